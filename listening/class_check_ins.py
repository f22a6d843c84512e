"""What a class owes as a whole (同伴): its state for boards, and why it is what it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from listening.actions.settling import evening
from listening.boards import STATES
from listening.facts import Asked, SchoolFacts
from listening.forms.peers import form_words
from listening.models import ClassCheckIn, Conversation, PeriodOpening
from listening.quotas import Hat, Status, Verdict
from listening.why import (
    Explanation,
    TalkLine,
    demand_words,
    excuse_line,
    opened_words,
    verdict_words,
    why_words,
)
from listening.words import day_words, span_words, weekday
from schools.models import SchoolClass
from schools.permissions import Permission, holds


@dataclass(frozen=True, slots=True)
class ClassState:
    """One requirement that a class owes, in the period of that day."""

    check_in: ClassCheckIn

    @property
    def kind(self) -> str:
        return "late" if self.check_in.late else STATES[Status(self.check_in.status)]

    @property
    def title(self) -> str:
        return self.check_in.rule.name

    @property
    def small(self) -> str:
        """第 11–12 周，11月21日到期."""
        return f"{self.check_in.period.words}，{day_words(self.check_in.period.due)}到期"

    @property
    def url(self) -> str:
        """The why-page of this state."""
        row = self.check_in
        return reverse("listening:check-in", args=[row.school_class.uid, row.rule.uid, row.period.start])


def class_states(classes: Collection[SchoolClass], *, day: date) -> list[ClassState]:
    """What these classes owe in the periods that hold `day`; one query. The caller has found the classes visible."""
    rows = ClassCheckIn.objects.filter(
        school__in={one.school_id for one in classes},
        school_class__in=classes,
        rule__for_counselors=False,
        period__start__lte=day,
        period__end__gte=day,
    ).select_related("rule", "period", "school_class__grade")
    return [ClassState(row) for row in rows.order_by("rule__order", "rule__pk", "school_class__number", "pk")]


def explain_class(row: ClassCheckIn, person: User, *, at: datetime) -> Explanation:
    """The reason of one class check-in, from the same facts and the same rule that settled it.

    Of what did not count only activities of peers are named: the talks of the class's students with others are not
    about it.
    """
    school, rule, klass = row.school, row.rule, row.school_class
    as_of = evening(school, on=timezone.localdate(at))
    span = row.period.span(school.calendar())
    facts = SchoolFacts.read(school, first=span.start, last=span.end, classes=[klass.pk], care=False)
    verdict = facts.judge_class(Asked.of(rule), span, klass.pk, as_of=as_of)
    private = holds(person, Permission.COUNSELING_VIEW, at=at)
    counted, not_counted = _lines(row, facts, verdict, private=private)
    opening = PeriodOpening.objects.filter(school=school, period=row.period_id, rule=rule).first()
    first, more = verdict_words(row, verdict, on=as_of, private=private)
    return Explanation(
        check_in=row,
        kind="late" if row.late else STATES[Status(row.status)],
        verdict=first,
        verdict_more=more,
        demand=demand_words(rule),
        since=f"{day_words(rule.valid_from)}起生效" if rule.valid_from else "",
        period=f"{row.period.words}，{span_words(span.start, span.end)}",
        due=f"{day_words(span.due)}（{weekday(span.due)}），这个周期的最后一个上课日",
        counted=counted,
        not_counted=not_counted,
        made_up=[],
        excuse=excuse_line(row, verdict, person, at=at),
        history=opened_words(opening, row),
    )


def _lines(
    row: ClassCheckIn, facts: SchoolFacts, verdict: Verdict, *, private: bool
) -> tuple[list[TalkLine], list[TalkLine]]:
    talks = Conversation.objects.filter(pk__in=[int(one.id) for one in verdict.talks]).select_related("listener")
    found = talks.in_bulk()
    counted, not_counted = [], []
    for one in sorted(verdict.talks, key=lambda one: (found[int(one.id)].day, int(one.id))):
        talk = found[int(one.id)]
        hidden = talk.by_counselor and not private
        if one.why_not is None:
            why = "补录，计入" if one.late else "计入"
            counted.append(_line(talk, facts, counts=True, why=why, hidden=hidden))
        elif talk.hat == Hat.PEER and talk.deleted_at is None:
            not_counted.append(_line(talk, facts, counts=False, why=why_words(one.why_not, row.rule), hidden=False))
    return counted, not_counted


def _line(talk: Conversation, facts: SchoolFacts, *, counts: bool, why: str, hidden: bool) -> TalkLine:
    if hidden:
        return TalkLine(day_words(talk.day), who="", what="", counts=counts, why=why)
    heads = len(facts.talks[talk.pk][-1].students)
    how = form_words(talk.channel) if talk.hat == Hat.PEER else talk.get_channel_display()
    what = f"{heads} 位同学，{how} {talk.minutes} 分钟"
    return TalkLine(day_words(talk.day), who=talk.listener.name, what=what, counts=counts, why=why)
