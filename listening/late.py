"""补录: how far back a talk may be written down, and when it waits for the lead counselor's word."""

from datetime import date, timedelta

from listening.models import CheckIn, Conversation
from schools.models import Membership, School
from schools.roles import Role
from schools.statements import ask
from students.models import Mentor

NEEDS_A_WORD = "补录超过期限，要心理组长同意才计入。"
WITHOUT_TERMS = timedelta(days=60)

# By hand, because every logged talk asks it: hardly any lies in a period that is over so long.
OVER = """
SELECT 1 FROM listening_period
WHERE school_id = %(school)s AND start <= %(day)s AND "end" >= %(day)s AND due < %(latest)s LIMIT 1"""


def earliest_day(school: School, *, today: date) -> date:
    """The first day of the term before this one: nothing further back is owed to anybody any more."""
    begun = school.terms.filter(first_day__lte=today).order_by("-first_day").values_list("first_day", flat=True)[:2]
    return min(begun, default=today - WITHOUT_TERMS)


def waits_for_word(talk: Conversation) -> bool:
    """Whether it was entered too late for a check-in that it could have met, and nobody has said yet that it counts."""
    school = talk.school
    shortest = min([school.late_days, *(days for _, days in school.late_days_before)])
    latest = talk.entered_on - timedelta(days=shortest)
    if not ask(OVER, {"school": talk.school_id, "day": talk.day, "latest": latest}):
        return False
    if talk.deleted_at is not None or talk.late_words.exists():
        return False
    students = list(talk.lines.values_list("student", flat=True))
    held = Membership.objects.valid_on(talk.day).filter(user=talk.listener_id, school=talk.school_id)
    roles = set(held.values_list("role", flat=True))
    if Mentor.objects.on(talk.day).filter(teacher=talk.listener_id, student__in=students).exists():
        roles.add(Role.MENTOR)
    over = CheckIn.objects.missed().filter(
        school=talk.school_id,
        student__in=students,
        rule__kind=talk.kind,
        period__start__lte=talk.day,
        period__end__gte=talk.day,
        period__due__lt=latest,
    )
    return any(
        roles.intersection(named) and due + timedelta(days=school.late_days_of(due)) < talk.entered_on
        for named, due in over.values_list("rule__roles", "period__due")
    )
