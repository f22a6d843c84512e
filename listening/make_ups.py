"""补谈: which later talks could be, and are, linked to a check-in that was missed."""

from collections.abc import Collection, Sequence
from datetime import datetime

from accounts.models import User
from listening.facts import Asked, SchoolFacts
from listening.models import CheckIn, Conversation, MakeUp, Period
from listening.neighbours import neighbours
from listening.quotas import Status
from schools.permissions import Permission
from students.models import Student


def linked_talks(check_in: CheckIn) -> list[Conversation]:
    """The talks that made up for it, by day."""
    rows = MakeUp.objects.of(check_in).standing().select_related("conversation__listener", "conversation__school")
    return [row.conversation for row in rows]


def made_up_among(rows: Sequence[CheckIn]) -> set[tuple[int, int, int]]:
    """Which of these missed ones of one school have a later talk linked: period, rule and student."""
    missed = [row for row in rows if row.status == Status.MISSED]
    return made_up_in(missed[0].school_id, [(row.period_id, row.student_id) for row in missed]) if missed else set()


def made_up_in(school: int, missed: Collection[tuple[int, int]]) -> set[tuple[int, int, int]]:
    """The same of missed ones given by period and student."""
    if not missed:
        return set()
    periods, students = {period for period, _ in missed}, {student for _, student in missed}
    linked = MakeUp.objects.standing().filter(school=school, period__in=periods, student__in=students)
    return set(linked.values_list("period", "rule", "student"))


def linkable_talks(check_in: CheckIn, person: User, *, at: datetime) -> list[Conversation]:
    """The talks of the next period that meet all the rule asks, not linked yet, and that this person may open.

    None for whoever may not log a talk with this student.
    """
    if check_in.status != Status.MISSED:
        return []
    loggable = Student.objects.visible_to(person, at=at, under=Permission.CONVERSATION_CREATE)
    if not loggable.filter(pk=check_in.student_id).exists():
        return []
    following = neighbours([check_in.period])[check_in.period.pk].after
    if following is None:
        return []
    numbers = _counting(check_in, following)
    seen = Conversation.objects.visible_to(person, at=at).standing().filter(pk__in=numbers)
    linked = MakeUp.objects.of(check_in).values("conversation")
    return list(seen.exclude(pk__in=linked).select_related("listener", "school").order_by("day", "pk"))


def _counting(check_in: CheckIn, period: Period) -> list[int]:
    """The talks of that period that the rule would count, by its own hand."""
    school, student = check_in.school, check_in.student_id
    span = period.span(school.calendar())
    facts = SchoolFacts.read(school, first=span.start, last=span.end, students=[student], talks_only=True)
    return facts.counted_talks(Asked.of_talks(check_in.rule), span, student)
