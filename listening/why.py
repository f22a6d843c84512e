"""为什么: one check-in, and why it is what it is, in words that a head teacher understands.

What the viewer may not know is not in it: a counselor's talk shows its day alone where it counts, and not at all where
it does not; why a check-in under a rule with tiers or labels is excused reads 不再需要.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.html import format_html

from accounts.models import User
from listening.actions.settling import evening
from listening.boards import STATES, rhythm
from listening.facts import Asked, SchoolFacts
from listening.make_ups import linked_talks
from listening.models import CheckIn, ClassCheckIn, Conversation, Excuse, PeriodOpening, QuotaRule
from listening.quotas import ExcusedBecause, Kind, Status, Verdict, WhyNot
from listening.words import day_words, span_words, weekday
from schools.permissions import Permission, holds
from students.models import Student

NO_LONGER = "不再需要"


@dataclass(frozen=True, slots=True)
class TalkLine:
    """One talk of the period, counted or not."""

    day: str
    who: str
    what: str
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the why-page says."""

    check_in: CheckIn | ClassCheckIn
    kind: str
    verdict: str
    verdict_more: str
    demand: str
    since: str
    period: str
    due: str
    counted: list[TalkLine]
    not_counted: list[TalkLine]
    made_up: list[TalkLine]
    excuse: str
    history: str

    @property
    def word(self) -> str:
        word = str(Status(self.check_in.status).label)
        return f"{word}，已补谈" if self.made_up else word

    @property
    def tone(self) -> str:
        """The ground of the verdict; a due one has none of its own."""
        return {Status.MET: "met", Status.MISSED: "missed", Status.EXCUSED: "excused"}.get(
            Status(self.check_in.status), ""
        )

    @property
    def done(self) -> int:
        return self.check_in.counted

    @property
    def need(self) -> int:
        return self.check_in.rule.minimum


def explain(check_in: CheckIn, person: User, *, at: datetime) -> Explanation:
    """The reason of one check-in, from the same facts and the same rule that settled it."""
    school, rule, student = check_in.school, check_in.rule, check_in.student
    on = timezone.localdate(at)
    as_of = evening(school, on=on)
    span = check_in.period.span(school.calendar())
    facts = SchoolFacts.read(school, first=span.start, last=span.end, students=[student.pk])
    verdict = facts.judge_student(Asked.of(rule), span, student.pk, as_of=as_of)
    seen = set(
        Student.objects.visible_to(person, at=at, under=Permission.COUNSELING_VIEW)
        .filter(pk=student.pk)
        .values_list("pk", flat=True)
    )
    sees_all = student.pk in seen
    talks = Conversation.objects.filter(pk__in=[one.id for one in verdict.talks]).select_related("listener").in_bulk()
    counted, not_counted = [], []
    for one in sorted(verdict.talks, key=lambda one: (talks[int(one.id)].day, one.id)):
        talk = talks[int(one.id)]
        hidden = talk.by_counselor and not sees_all
        if one.why_not is None:
            counted.append(
                _line(
                    talk,
                    len(facts.talks[talk.pk][-1].students),
                    hidden=hidden,
                    counts=True,
                    why="补录，计入" if one.late else "计入",
                )
            )
        elif not hidden and talk.deleted_at is None:
            not_counted.append(
                _line(
                    talk,
                    len(facts.talks[talk.pk][-1].students),
                    hidden=False,
                    counts=False,
                    why=why_words(one.why_not, rule),
                )
            )
    opening = PeriodOpening.objects.filter(school=school, period=check_in.period_id, rule=rule).first()
    first, more = verdict_words(check_in, verdict, on=as_of, private=holds(person, Permission.COUNSELING_VIEW, at=at))
    return Explanation(
        check_in=check_in,
        kind="late" if check_in.late else STATES[Status(check_in.status)],
        verdict=first,
        verdict_more=more,
        demand=demand_words(rule),
        since=f"{day_words(rule.valid_from)}起生效" if rule.valid_from else "",
        period=f"{check_in.period.words}，{span_words(span.start, span.end)}",
        due=f"{day_words(span.due)}（{weekday(span.due)}），这个周期的最后一个上课日",
        counted=counted,
        not_counted=not_counted,
        made_up=_made_up(check_in, sees_all=sees_all),
        excuse=excuse_line(check_in, verdict, person, at=at),
        history=opened_words(opening, check_in),
    )


def _made_up(check_in: CheckIn, *, sees_all: bool) -> list[TalkLine]:
    """The later talks that are linked to a miss."""
    if check_in.status != Status.MISSED:
        return []
    return [
        _line(talk, talk.lines.count(), hidden=talk.by_counselor and not sees_all, counts=False, why="补谈")
        for talk in linked_talks(check_in)
    ]


def excuse_line(check_in: CheckIn | ClassCheckIn, verdict: Verdict, person: User, *, at: datetime) -> str:
    """“外出比赛”，刘敏 11月18日: what was said, where it is what excused this one, or waits for the lead counselor.

    Under a rule with tiers or labels it is for counselors, and for whoever said it.
    """
    if verdict.reason != ExcusedBecause.BY_PERSON and verdict.status != Status.MISSED:
        return ""
    said = Excuse.objects.of(check_in).first()
    if said is None or said.waits_for_word != (verdict.status == Status.MISSED):
        return ""
    open_to_all = not (check_in.rule.tiers.all() or check_in.rule.labels.all())
    if not (open_to_all or said.by == person or holds(person, Permission.COUNSELING_VIEW, at=at)):
        return ""
    words = f"“{said.why}”，{said.by.name if said.by else ''} {day_words(said.on)}"
    if said.waits_for_word:
        return f"{words}。要心理组长同意才算"
    if said.allowed_on:
        words += f"，{said.allowed_by.name if said.allowed_by else '心理组长'} {day_words(said.allowed_on)}同意"
    return words


def demand_words(rule: QuotaRule) -> str:
    """班主任、任课教师或结对导师，与本人谈，双周至少 1 次，每次 15 分钟，一对一."""
    found = f"{rule.listeners}，{_what(rule)}，{rhythm(rule)}至少 {rule.minimum} 次"
    if rule.minutes:
        found += f"，每次 {rule.minutes} 分钟"
    if rule.per == QuotaRule.Per.CLASS:
        return found
    return found + ("，一对一" if rule.together == 1 else f"，最多 {rule.together} 位一起")


def _what(rule: QuotaRule) -> str:
    if rule.per == QuotaRule.Per.CLASS:
        return "和班里的同学一起"
    return "与本人谈" if rule.kind == Kind.TALK else str(rule.get_kind_display())


def _line(talk: Conversation, heads: int, *, hidden: bool, counts: bool, why: str) -> TalkLine:
    if hidden:
        return TalkLine(day_words(talk.day), who="", what="", counts=counts, why=why)
    what = f"{talk.get_channel_display()} {talk.minutes} 分钟" if talk.minutes else talk.get_outcome_display()
    if heads > 1:
        what = f"{heads} 位同学一起，{what}"
    return TalkLine(day_words(talk.day), who=talk.listener.name, what=what, counts=counts, why=why)


def why_words(why: WhyNot, rule: QuotaRule) -> str:
    match why:
        case WhyNot.TOO_SHORT:
            return f"不足 {rule.minutes} 分钟"
        case WhyNot.GROUP_TOO_LARGE:
            return "这条要求只算一对一" if rule.together == 1 else f"这条要求最多 {rule.together} 位一起"
        case WhyNot.WRONG_ROLE:
            return f"那天不是这位同学的{rule.listeners}"
        case _:
            return str(why.label)


def verdict_words(check_in: CheckIn | ClassCheckIn, verdict: Verdict, *, on: date, private: bool) -> tuple[str, str]:
    """One sentence, in two parts."""
    rule, period = check_in.rule, check_in.period
    counted, need = check_in.counted, rule.minimum
    end = "。" if check_in.status == Status.MET else "，"
    first = format_html("{}要谈 <b>{} 次</b>，<b>已算 {} 次</b>{}", period.words, need, counted, end)
    match check_in.status:
        case Status.MET:
            return first, "其中有补录，在期限以内。" if check_in.late else ""
        case Status.DUE:
            more = f"还差 {need - counted} 次，{day_words(period.due)}前都来得及。"
            return first, more + ("已邀约过，到期前仍可再谈。" if check_in.declined else "")
        case Status.MISSED:
            return first, f"{day_words(period.due)}到期时还没有谈够。在补录期限内记下当时的倾听，仍会计入。"
        case _:
            return first, f"不用再谈：{_excuse_words(verdict.reason, rule, private=private)}。"


def _excuse_words(reason: ExcusedBecause | None, rule: QuotaRule, *, private: bool) -> str:
    if reason is None:
        return NO_LONGER
    names_care = bool(rule.tiers.all() or rule.labels.all())
    if names_care and not private:
        return NO_LONGER
    return str(reason.label)


def opened_words(opening: PeriodOpening | None, check_in: CheckIn | ClassCheckIn) -> str:
    if opening is None:
        return ""
    opened = timezone.localdate(opening.opened_at)
    words = f"{day_words(max(opened, check_in.period.opens))}开出"
    if opening.closed_at:
        words += f"，{day_words(timezone.localdate(opening.closed_at))}结束"
    return words
