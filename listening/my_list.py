"""我的倾听清单: whom to listen to next. Never met first, then overdue, due this week, later; the done ones below."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import ceil
from uuid import UUID

from django.db.models import Q, Subquery
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from listening.last_talks import LastTalk, last_talks
from listening.models import CheckIn, PeriodOpening
from listening.own_talks import OwnTalk, own_talks
from listening.owners import Owners
from listening.quotas import Status
from listening.words import before_words, day_words, due_words, rest_words, weekday
from schools.calendar import SchoolCalendar
from schools.models import School, SchoolClass
from schools.permissions import Permission, Reach, granting, memberships_of, schools_of
from schools.roles import Role
from students.models import Student


@dataclass(frozen=True, slots=True)
class Entry:
    """One student who is owed a talk, as one row of the list."""

    check_in: CheckIn
    last: LastTalk | None
    overdue_days: int | None  # calendar days since the due day of the period before, when that one was missed
    left: int  # school days until the due day, today included
    on: date
    is_today: bool = False
    needs_care: bool = False

    @property
    def student(self) -> Student:
        return self.check_in.student

    @property
    def mark_word(self) -> str:
        return "需关注" if self.needs_care else ""

    @property
    def days(self) -> int | None:
        return self.last.days_ago(self.on) if self.last else None

    @property
    def second(self) -> str:
        """36 天前 · 10月13日 刘敏."""
        if self.last is None:
            return "本学期还没聊过"
        ago = {0: "今天", 1: "昨天"}.get(self.last.days_ago(self.on), f"{self.last.days_ago(self.on)} 天前")
        minutes = self.last.minutes
        if (
            self.last.day >= self.check_in.period.start
            and minutes is not None
            and 0 < minutes < self.check_in.rule.minutes
        ):
            return f"{ago}聊了 {minutes} 分钟，不足 {self.check_in.rule.minutes} 分钟"
        return " ".join(filter(None, [f"{ago} · {day_words(self.last.day)}", self.last.who]))

    @property
    def log_url(self) -> str:
        return f"{reverse('listening:new')}?student={self.student.uid}"

    @property
    def state(self) -> str:
        if self.check_in.declined:
            return "attempted"
        return "missed" if self.overdue_days is not None else ""

    @property
    def state_word(self) -> str:
        if self.check_in.declined:
            return f"已邀约，{self.student.pronoun}想改天"
        return f"过期 {self.overdue_days} 天" if self.overdue_days is not None else ""


@dataclass(slots=True)
class Group:
    """One heading of the list with its rows."""

    title: str
    note: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def shown(self) -> int:
        """As many as today's share marks, and at least four."""
        return max(4, sum(entry.is_today for entry in self.entries))

    @property
    def first(self) -> list[Entry]:
        return self.entries[: self.shown]

    @property
    def rest(self) -> list[Entry]:
        return self.entries[self.shown :]

    @property
    def more_words(self) -> str:
        return f"再看 {len(self.rest)} 位"


@dataclass(slots=True)
class MyList:
    """Everything the page and the home page show of one person's list in one school."""

    school: School
    on: date
    groups: list[Group]
    done: list[CheckIn]
    offered: list[CheckIn]  # 也可以由我来谈
    today: list[OwnTalk]
    open_count: int
    total: int
    share: int
    days_left: int
    due: date | None
    period_words: str
    by_others: int
    late_count: int
    boards: list[SchoolClass]

    @property
    def waiting(self) -> list[int]:
        """The students who are owed a talk."""
        return [entry.student.pk for group in self.groups for entry in group.entries]

    def mark(self, marked: Collection[int]) -> None:
        """Let the rows of these students say 需关注."""
        for group in self.groups:
            group.entries = [replace(one, needs_care=one.student.pk in marked) for one in group.entries]

    @property
    def met_count(self) -> int:
        return len(self.done)

    @property
    def where(self) -> str:
        """七年级(1)班 · 第 11–12 周."""
        names = [one.name for one in self.boards]
        return " · ".join(filter(None, [names[0] if len(names) == 1 else "", self.period_words]))

    @property
    def ring_label(self) -> str:
        return f"已谈 {self.met_count} 位，共 {self.total} 位"

    @property
    def ring_note(self) -> str:
        return f"/ {self.total} 位已谈"

    @property
    def today_words(self) -> str:
        return f"今天记了 {len(self.today)} 次："

    @property
    def done_words(self) -> str:
        return f"已谈 {self.met_count} 位"

    @property
    def done_note(self) -> str:
        return f"其中补录 {self.late_count} 位" if self.late_count else ""

    @property
    def offered_note(self) -> str:
        return f"{len(self.offered)} 位，不是您的任务，谈了也算"

    @property
    def offered_by_class(self) -> list[tuple[str, list[CheckIn]]]:
        found: dict[str, list[CheckIn]] = defaultdict(list)
        for row in self.offered:
            found[row.school_class.name if row.school_class else "还没有班级"].append(row)
        return [(f"{name}，还有 {len(rows)} 位", rows) for name, rows in found.items()]

    @property
    def empty_words(self) -> str:
        if self.school.listening_since is None:
            return "学期和名册准备好以后，清单会自己排好。"
        return "现在没有轮到您谈的同学。谁来谈、多久一次，写在“倾听要求”里。"

    @property
    def next_entry(self) -> Entry | None:
        return next((entry for group in self.groups for entry in group.entries), None)

    @property
    def rest(self) -> str:
        """还有 13 位，4 个上课日。"""
        if not self.open_count:
            return "这个周期的都谈过了。" if self.total else ""
        days = f"，{self.days_left} 个上课日" if self.days_left and self.due else ""
        return f"还有 {self.open_count} 位{days}。"

    @property
    def pace(self) -> str:
        """每天 4 位，周五正好谈完。"""
        if not self.open_count:
            return ""
        if not (self.days_left and self.due):
            return f"到期的日子不一样，每天 {self.share} 位，都来得及。"
        if self.days_left == 1:
            return "今天是最后一个上课日。"
        day = due_words(self.due, on=self.on)
        return f"每天 {self.share} 位，{day}{'正好' if day.startswith('周') else ''}谈完。"


def my_lists(person: User, *, at: datetime) -> list[MyList]:
    """The person's list in each school where they listen; the schools' changes are settled by the caller."""
    return [_my_list(person, school, at=at) for school in schools_of(person, Permission.MY_LIST_VIEW, at=at)]


def _my_list(person: User, school: School, *, at: datetime) -> MyList:
    on = timezone.localdate(at)
    calendar = school.calendar()
    rows = _running(person, school, on=on, at=at)
    owners = Owners(school, on=on)
    mine, offered = [], []
    for row in rows:
        if person.pk in owners.of(row.rule, row.student_id, row.school_class_id):
            mine.append(row)
        elif row.status == Status.DUE:
            offered.append(row)
    still_open = [row for row in mine if row.status == Status.DUE]
    # The ring counts people, so it counts under one requirement: the first one.
    first = min((row.rule for row in mine), key=lambda rule: (rule.order, rule.pk), default=None)
    ring = [row for row in mine if first is not None and row.rule_id == first.pk]
    done = [row for row in ring if row.status == Status.MET]
    entries = _entries(school, _one_each(still_open), calendar, on=on, person=person, at=at)
    share = fair_share([entry.left for entry in entries])
    _mark_today(entries, share)
    own = own_talks(
        person,
        school,
        first=min((row.period.start for row in done), default=on),
        last=max((row.period.end for row in done), default=on),
        on=on,
    )
    dues = {entry.check_in.period.due for entry in entries}
    due = dues.pop() if len(dues) == 1 else None
    return MyList(
        school=school,
        on=on,
        groups=_grouped(entries, on=on),
        done=done,
        offered=_one_each(offered),
        today=own.today,
        open_count=len(entries),
        total=len(ring),
        share=min(share, len(entries)),
        days_left=entries[0].left if due else 0,
        due=due,
        period_words=ring[0].period.words if ring else "",
        by_others=len({row.student_id for row in done} - own.met),
        late_count=sum(row.late for row in done),
        boards=_boards(person, school, at=at),
    )


def fair_share(lefts: list[int]) -> int:
    """How many today, so that each is met by its own due day without haste on the last one.

    `lefts` are the school days left of each open check-in, today included. With one due day it is the plain share:
    open ÷ days left, rounded up.
    """
    ordered = sorted(max(1, left) for left in lefts)
    return max((ceil(place / left) for place, left in enumerate(ordered, start=1)), default=0)


def _boards(person: User, school: School, *, at: datetime) -> list[SchoolClass]:
    """The class boards that this list links: those of the person's own classes."""
    own = {
        held.school_class.pk: held.school_class
        for held, reach in granting(person, Permission.BOARD_VIEW, at=at)
        if reach is Reach.SCOPE and held.school_id == school.pk and held.school_class
    }
    return sorted(own.values(), key=lambda one: (one.grade.number, one.number, one.pk))


def _running(person: User, school: School, *, on: date, at: datetime) -> list[CheckIn]:
    """The check-ins of running periods that this person could meet, under rules that name one of the person's roles."""
    roles = {held.role for held in memberships_of(person, at=at) if held.school_id == school.pk}
    seen = CheckIn.objects.visible_to(person, at=at, under=Permission.MY_LIST_VIEW)
    rows = seen.filter(school=school, rule__minimum__gte=1, period__start__lte=on, period__end__gte=on)
    if Role.COUNSELOR not in roles:
        rows = rows.of_teachers()
    return [row for row in rows.exclude(status=Status.EXCUSED).for_list() if roles.intersection(row.rule.roles)]


def _one_each(rows: Iterable[CheckIn]) -> list[CheckIn]:
    """One row a student: what is due first stands for all."""
    first: dict[int, CheckIn] = {}
    for row in rows:
        known = first.get(row.student_id)
        if known is None or row.period.due < known.period.due:
            first[row.student_id] = row
    return list(first.values())


def _entries(
    school: School, rows: list[CheckIn], calendar: SchoolCalendar, *, on: date, person: User, at: datetime
) -> list[Entry]:
    students = [row.student_id for row in rows]
    sees = Student.objects.visible_to(person, at=at, under=Permission.COUNSELING_VIEW)
    last = last_talks(school, students, sees_counselors=sees)
    missed = _missed_before(school, rows)
    term = calendar.term_of(on)
    entries = []
    for row in rows:
        talk = last.get(row.student_id)
        if talk and term and talk.day < term.first_day:
            talk = None
        before = missed.get((row.rule.lineage, row.student_id))
        entries.append(
            Entry(
                check_in=row,
                last=talk,
                overdue_days=(on - before).days if before else None,
                left=calendar.school_days_left(row.period.due, on=on),
                on=on,
            )
        )
    entries.sort(key=_urgency)
    return entries


def _urgency(entry: Entry) -> tuple[int, date, date, str, int]:
    """Never met first, then overdue, then by due day; within these who has waited longest."""
    rank = 0 if entry.last is None else 1 if entry.overdue_days is not None else 2
    since = entry.last.day if entry.last else date.min
    return (rank, entry.check_in.period.due if rank == 2 else date.min, since, entry.student.pinyin, entry.check_in.pk)


def _missed_before(school: School, rows: list[CheckIn]) -> dict[tuple[UUID, int], date]:
    """The due day of the period just before, for those whose check-in under the same rule was missed in it.

    By the lineage of the rule: what was missed under an earlier version of it counts.
    """
    starts: dict[UUID, date] = {}
    for row in rows:
        lineage = row.rule.lineage
        starts[lineage] = min(row.period.start, starts.get(lineage, row.period.start))
    if not starts:
        return {}
    just_before = Q()
    for lineage, start in starts.items():
        opened = PeriodOpening.objects.filter(school=school, rule__lineage=lineage, period__start__lt=start)
        latest = opened.order_by("-period__start", "-pk").values("period")[:1]
        just_before |= Q(rule__lineage=lineage, period=Subquery(latest))
    missed = CheckIn.objects.filter(just_before, school=school, student__in=[row.student_id for row in rows]).missed()
    found = missed.values_list("rule__lineage", "student", "period__due")
    return {(lineage, student): due for lineage, student, due in found}


def _mark_today(entries: list[Entry], share: int) -> None:
    for at, entry in enumerate(entries[:share]):
        entries[at] = Entry(entry.check_in, entry.last, entry.overdue_days, entry.left, entry.on, is_today=True)


def _grouped(entries: list[Entry], *, on: date) -> list[Group]:
    sunday = on + timedelta(days=6 - on.weekday())
    never = Group("还没聊过", "本学期第一次")
    kinds = {entry.check_in.rule.period for entry in entries if entry.overdue_days is not None}
    before = before_words(kinds.pop()) if len(kinds) == 1 else "上一周期"
    overdue = Group("已过期", f"{before}漏谈，先补上")
    week = Group("本周到期", "")
    later = Group("以后", "")
    for entry in entries:
        if entry.last is None:
            never.entries.append(entry)
        elif entry.overdue_days is not None:
            overdue.entries.append(entry)
        elif entry.check_in.period.due <= sunday:
            week.entries.append(entry)
        else:
            later.entries.append(entry)
    for group in (week, later):
        if group.entries:
            first = group.entries[0]
            group.title = (
                f"本{weekday(first.check_in.period.due)}前"
                if group is week
                else f"{day_words(first.check_in.period.due)}前"
            )
            group.note = rest_words(first.left)
    for group in (never, overdue, week, later):
        group.note = " · ".join(filter(None, [f"{len(group.entries)} 位", group.note]))
    return [group for group in (never, overdue, week, later) if group.entries]
