"""What one check-in is, and why. Pure: no clock, no database; facts in, verdict out.

A check-in is one rule × one student (or one class) × one period, judged on the evening of a day (`as_of`).
Source: 倾听一刻钟工作方案 二(一)(二), 三.2 (尊重学生个人意愿); the order of the lines is that of the rule book.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from django.db.models import IntegerChoices, TextChoices

from schools.calendar import PeriodKind, Span
from schools.roles import Role

DAYS_OF_A_WEEK = 3  # school days that remain for who joins a week
MOST_DAYS = 10  # … and at most for who joins a longer period


class Status(IntegerChoices):
    DUE = 0, "待谈"
    MET = 1, "已谈"
    MISSED = 2, "漏谈"
    EXCUSED = 3, "免谈"


class Kind(TextChoices):
    TALK = "talk", "倾听"
    CONTACT = "contact", "家长沟通"
    VISIT = "visit", "家访"


class Outcome(TextChoices):
    MADE = "made", "聊成了"
    DECLINED = "declined", "婉拒"
    ABSENT = "absent", "不在"
    OTHER = "other", "没时间"


class Hat(TextChoices):
    """As whom somebody talked. It parts staff, parent and peer, nothing finer."""

    STAFF = "staff", "老师"
    GUARDIAN = "guardian", "家长"
    PEER = "peer", "同伴"


class WhyNot(TextChoices):
    """Why a talk does not count, in the order in which it is asked: the first that fits is told."""

    DELETED = "deleted", "这条记录已删除"
    NOT_ENROLLED = "not_enrolled", "谈的那天学生不在班（还没入班或已转出）"
    WRONG_KIND = "wrong_kind", "这项要求算的是另一种方式（倾听、家长沟通、家访各算各的）"
    OWN_CHILD = "own_child", "对自己的孩子只算家长，不算老师"
    WRONG_ROLE = "wrong_role", "谈的那天，倾听人不在这项要求所列的人员里"
    GROUP_TOO_LARGE = "group_too_large", "一起谈的学生超过这项要求允许的人数"
    DECLINED = "declined", "已邀约，学生婉拒"
    NOT_MADE = "not_made", "约了但没有谈成"
    TOO_SHORT = "too_short", "时长没有达到要求"
    ENTERED_TOO_LATE = "entered_too_late", "补录超过期限，需心理组长同意才计入"


class ExcusedBecause(TextChoices):
    LEFT = "left", "已转出或不在班"
    LEAVE = "leave", "休学中"
    TIER_CHANGED = "tier_changed", "关爱层级已变更"
    LABEL_ENDED = "label_ended", "关爱标签已结束"
    BY_PERSON = "by_person", "已说明原因免谈"
    DECLINED = "declined", "已邀约，学生婉拒"


class DayFacts(IntEnum):
    """How the subject of a check-in stands on one school day: in scope, by what; or out of it, why.

    A class is EVERYTHING while one of its students is enrolled and not away; it has LEFT when none is enrolled
    (who is away as 转出 is not), and is on LEAVE when all who are have 休学.
    A tier that covers wins over a label that does as well.
    """

    EVERYTHING = 0  # the rule names neither tier nor label
    TIER = 1
    LABEL = 2
    LEFT = 3  # in no class, or away as 转出
    LEAVE = 4  # away as 休学
    UNCOVERED = 5  # here, but under none of the rule's tiers and labels

    @property
    def in_scope(self) -> bool:
        return self in IN_SCOPE


IN_SCOPE = (DayFacts.EVERYTHING, DayFacts.TIER, DayFacts.LABEL)


class Standing(IntEnum):
    """Whether the listener held one of the rule's roles for the student on the day of the talk.

    For a class: max() over its students in the talk.
    """

    NOT_HELD = 0
    OWN_CHILD = 1  # would have, were the student not the listener's own child
    HELD = 2


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What a rule asks of a talk, and how many."""

    kind: Kind
    minimum: int  # at least 1: a rule with 0 is guidance and owes nothing
    minutes: int  # that a talk needs; 0 is any
    together: int  # the most students a talk that counts may have


@dataclass(frozen=True, slots=True)
class TalkVersion:
    """A talk as it stood from the day this version was typed in, seen from one check-in."""

    entered_on: date
    day: date
    kind: Kind
    outcome: Outcome
    minutes: int
    heads: int  # distinct students in it
    names_subject: bool  # the student; for a class any student who belonged to it on the talk's day
    enrolled: bool  # on that day such a student was in a class and had not left
    standing: Standing
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class TalkFacts:
    """A talk with all its versions, oldest first, and the days of the lead counselor's word for it."""

    id: int | str
    versions: tuple[TalkVersion, ...]
    late_allowed_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Whether there is a check-in at all, and whether it is still owed."""

    exists: bool
    owed: bool
    reason: ExcusedBecause | None  # why it exists but is not owed
    need: int  # school days in scope that make the period one's own
    here: int  # school days in scope so far
    left: int  # school days of the period still to come


@dataclass(frozen=True, slots=True)
class TalkVerdict:
    """One talk that touches the check-in: why it does not count, or None and since when it does."""

    id: int | str
    why_not: WhyNot | None
    entry_day: date | None  # of a talk that counts, or would but for its lateness, or was declined
    late: bool  # it counts, and its entry day is after the due day (补录)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check-in is. Of one that does not exist, nothing but `scope` means anything."""

    scope: Scope
    status: Status
    reason: ExcusedBecause | None
    late: bool  # met, and would not be without its late entries
    talks: tuple[TalkVerdict, ...]  # in the order in which they were given
    declined: int

    @property
    def exists(self) -> bool:
        return self.scope.exists

    @property
    def owed(self) -> bool:
        return self.scope.owed

    @property
    def counted(self) -> tuple[int | str, ...]:
        return tuple(talk.id for talk in self.talks if talk.why_not is None)

    @property
    def not_counted(self) -> tuple[tuple[int | str, WhyNot], ...]:
        return tuple((talk.id, talk.why_not) for talk in self.talks if talk.why_not is not None)


ROLES_UNDER: dict[Hat, frozenset[Role]] = {
    Hat.STAFF: frozenset(Role) - {Role.GUARDIAN, Role.PEER},
    Hat.GUARDIAN: frozenset({Role.GUARDIAN}),
    Hat.PEER: frozenset({Role.PEER}),
}


def standing(
    roles: Collection[Role], *, held: Collection[Role], guardian: bool, barred: bool, hat: Hat | None
) -> Standing:
    """Whether a listener holds one of the rule's roles for one student on one day.

    `held` are the roles by membership and mentorship; `guardian` says that the two are linked that day, barred or not,
    and alone decides on that role. A guardian of the student is a guardian only, and nothing at all while barred.
    """
    wanted = frozenset(roles) if hat is None else ROLES_UNDER[hat].intersection(roles)
    as_others = any(role in wanted and role != Role.GUARDIAN for role in held)
    if not guardian:
        return Standing.HELD if as_others else Standing.NOT_HELD
    if Role.GUARDIAN in wanted and not barred:
        return Standing.HELD
    return Standing.OWN_CHILD if as_others else Standing.NOT_HELD


def need(span: Span) -> int:
    """How many school days in scope, past and possible, make a period one's own."""
    days = len(span.school_days)
    if span.kind == PeriodKind.DAY:
        return 1
    if span.kind == PeriodKind.WEEK or (span.kind == PeriodKind.WEEKS and span.weeks == 1):
        return min(DAYS_OF_A_WEEK, days)
    return min((days + 1) // 2, MOST_DAYS)


def scope(span: Span, days: Sequence[DayFacts], *, as_of: date) -> Scope:
    """Whether a check-in exists and is owed, from the school days of the period up to as_of.

    `days` runs along span.school_days; what lies after as_of is not looked at and may be left out.

    On a school day the subject can still reach every day of the period but those spent out of scope so far. So the
    check-in exists when at most `slack` days come before the first in scope, and is owed when the last day so far is
    in scope and at most `slack` were not. Set-based SQL may stand on two things that follow: everyone in scope on the
    period's first school day has the check-in (mass opening asks for nothing else), and whoever was never out owes it.
    """
    total = len(span.school_days)
    needed = need(span)
    seen = bisect_right(span.school_days, as_of)
    if len(days) != seen:
        if len(days) < seen:
            raise ValueError("A fact is missing for a school day up to as_of.")
        days = days[:seen]
    if not seen:
        return Scope(exists=False, owed=False, reason=None, need=needed, here=0, left=total)
    here = sum(map(days.count, IN_SCOPE))
    out = seen - here
    slack = total - needed
    has = not out or next((at for at, day in enumerate(days) if day.in_scope), total) <= slack
    owes = not out or (days[-1].in_scope and out <= slack)
    reason = _why_out(days) if has and not owes else None
    return Scope(exists=has, owed=owes, reason=reason, need=needed, here=here, left=total - seen)


def exists(span: Span, days: Sequence[DayFacts], *, as_of: date) -> bool:
    """Whether there is such a check-in on the evening of as_of."""
    return scope(span, days, as_of=as_of).exists


def owed(span: Span, days: Sequence[DayFacts], *, as_of: date) -> bool:
    """Whether the check-in is owed, looked at on the last school day of the period up to as_of."""
    return scope(span, days, as_of=as_of).owed


def _why_out(days: Sequence[DayFacts]) -> ExcusedBecause:
    """The reason of the last day out of scope; a check-in that exists has a day in scope before it."""
    last_out = max(at for at, day in enumerate(days) if not day.in_scope)
    if days[last_out] == DayFacts.LEFT:
        return ExcusedBecause.LEFT
    if days[last_out] == DayFacts.LEAVE:
        return ExcusedBecause.LEAVE
    covered_by = next(days[at] for at in range(last_out - 1, -1, -1) if days[at].in_scope)
    return ExcusedBecause.LABEL_ENDED if covered_by == DayFacts.LABEL else ExcusedBecause.TIER_CHANGED


def last_day_to_change(span: Span, *, late_days: int) -> date:
    """The last day on which a talk is entered, or an excuse given, without the lead counselor's word."""
    return span.due + timedelta(days=late_days)


def why_not(rule: RuleFacts, version: TalkVersion) -> WhyNot | None:
    """Why this version of a talk does not count, but for a late entry; None when it does. The first line that fits."""
    if version.deleted:
        return WhyNot.DELETED
    if not version.enrolled:
        return WhyNot.NOT_ENROLLED
    if version.kind != rule.kind:
        return WhyNot.WRONG_KIND
    if version.standing == Standing.OWN_CHILD:
        return WhyNot.OWN_CHILD
    if version.standing == Standing.NOT_HELD:
        return WhyNot.WRONG_ROLE
    if version.heads > rule.together:
        return WhyNot.GROUP_TOO_LARGE
    if version.outcome == Outcome.DECLINED:
        return WhyNot.DECLINED
    if version.outcome != Outcome.MADE:
        return WhyNot.NOT_MADE
    if version.minutes < rule.minutes:
        return WhyNot.TOO_SHORT
    return None


def judge_talk(rule: RuleFacts, span: Span, talk: TalkFacts, *, as_of: date, late_days: int) -> TalkVerdict | None:
    """One talk in the light of one check-in; None when it does not touch it as it stands on as_of."""
    versions = talk.versions
    if versions[-1].entered_on > as_of:
        versions = tuple(version for version in versions if version.entered_on <= as_of)
        if not versions:
            return None
    if not _touches(span, versions[-1]):
        return None
    why = why_not(rule, versions[-1])
    if why is not None and why != WhyNot.DECLINED:
        return TalkVerdict(talk.id, why, entry_day=None, late=False)
    entry_day = _entry_day(rule, span, versions, why)
    if entry_day > last_day_to_change(span, late_days=late_days) and not any(
        entry_day <= said_on <= as_of for said_on in talk.late_allowed_on
    ):
        return TalkVerdict(talk.id, WhyNot.ENTERED_TOO_LATE, entry_day, late=False)
    return TalkVerdict(talk.id, why, entry_day, late=why is None and entry_day > span.due)


def _touches(span: Span, version: TalkVersion) -> bool:
    return version.names_subject and span.holds(version.day)


def _entry_day(rule: RuleFacts, span: Span, versions: Sequence[TalkVersion], why: WhyNot | None) -> date:
    """The day since which the talk has had its present result without a break: counts, or declined.

    A correction that changes nothing keeps it. An edit that takes the result away breaks it, even for an hour.
    """
    since = versions[-1].entered_on
    for version in versions[-2::-1]:
        if not _touches(span, version) or why_not(rule, version) != why:
            break
        since = version.entered_on
    return since


def judge(
    rule: RuleFacts,
    span: Span,
    days: Sequence[DayFacts],
    talks: Iterable[TalkFacts],
    excuses_on: Iterable[date],
    *,
    as_of: date,
    late_days: int,
    excuses_allowed_on: Iterable[date] = (),
) -> Verdict:
    """What one check-in is on the evening of as_of, and why.

    `days` as in scope(); `talks` may hold more than touch the check-in; `excuses_on` are the days on which somebody
    with the right excused this very check-in, `excuses_allowed_on` those of the lead counselor's word for one that was
    given too late. What is dated or typed in after as_of is not known yet.
    """
    here = scope(span, days, as_of=as_of)
    if not here.exists:
        return Verdict(here, Status.EXCUSED, reason=None, late=False, talks=(), declined=0)
    heard = tuple(
        verdict
        for talk in talks
        if (verdict := judge_talk(rule, span, talk, as_of=as_of, late_days=late_days)) is not None
    )
    counted = sum(1 for talk in heard if talk.why_not is None)
    in_time = counted - sum(1 for talk in heard if talk.late)
    declined = sum(1 for talk in heard if talk.why_not == WhyNot.DECLINED)
    last_day = min(as_of, last_day_to_change(span, late_days=late_days))
    status, reason = status_of(
        here,
        enough=counted >= rule.minimum,
        excused=any(given_on <= last_day for given_on in excuses_on)
        or any(allowed_on <= as_of for allowed_on in excuses_allowed_on),
        due_day_over=as_of > span.due,
        declined=declined > 0,
    )
    late = status == Status.MET and in_time < rule.minimum
    return Verdict(here, status, reason, late, heard, declined)


def status_of(
    here: Scope, *, enough: bool, excused: bool, due_day_over: bool, declined: bool
) -> tuple[Status, ExcusedBecause | None]:
    """The first line that fits. A child who declines stays open until the due day."""
    if enough:
        return Status.MET, None
    if not here.owed:
        return Status.EXCUSED, here.reason
    if excused:
        return Status.EXCUSED, ExcusedBecause.BY_PERSON
    if not due_day_over:
        return Status.DUE, None
    if declined:
        return Status.EXCUSED, ExcusedBecause.DECLINED
    return Status.MISSED, None
