"""今日: what this person has to do today, by role. Never empty."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Count, Subquery
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from listening import actions as listening
from listening.class_check_ins import ClassState, class_states
from listening.declined import DeclinedRow
from listening.declined import for_counselor as declined_for
from listening.models import CheckIn
from listening.my_list import MyList, my_lists
from listening.words import day_words, now_words
from notifications.inbox import unread_of
from notifications.models import InboxItem
from notifications.posts import WAITING_POSTS
from privacy.models import JobRun
from referrals.worries import OwnWorry, Worry, own_for_today, waiting_for, worries
from reports.figures import SchoolFigures, Tally, hidden_if_few, running, tally_of_each
from schools import actions as schools
from schools.appointments import asked_of
from schools.models import Membership, School, SchoolClass
from schools.permissions import Permission, holds, memberships_of
from schools.roles import Role
from students.classes import classes_visible_to
from students.models import Student

RECENT_ROWS = 8  # of 最近漏谈 on the page; the link beside them leads to all
MOST_ASKED = 5  # of 老师请您看一看 on the page


@dataclass(slots=True)
class Task:
    """One line of what is to be done, with the way there."""

    text: str
    url: str = ""
    action: str = ""
    done: bool = False
    figure: int = 0  # how many rows the page behind the link lists
    rows: str = ""  # which of its lists, where it has several


@dataclass(slots=True)
class Overview:
    """A school's or a grade's figure, as a sentence and a table."""

    figures: SchoolFigures
    whose: str  # 全校, 七年级
    missed_url: str
    opens_boards: bool
    students: int
    missed_total: int
    recent: list[CheckIn]  # of the newest missed period, in the school's order
    opens_reasons: bool

    @property
    def grades(self) -> list[tuple[str, Tally, list[tuple[SchoolClass, Tally]]]]:
        """The classes grade by grade, each grade with its sum."""
        groups = groupby(self.figures.classes, key=lambda one: str(one[0].grade))
        found = [(grade, list(some)) for grade, some in groups]
        return [(grade, Tally.sum(tally for _, tally in some), some) for grade, some in found]

    @property
    def recent_note(self) -> str:
        """第 9–10 周 · 11月20日到期."""
        if not self.recent:
            return ""
        period = self.recent[0].period
        return f"{period.words} · {day_words(period.due)}到期"

    @property
    def recent_url(self) -> str:
        return f"{self.missed_url}?from={self.recent[0].period.start}" if self.recent else self.missed_url

    @property
    def rhythm(self) -> str:
        """双周, 月: the period of the first requirement, as it stands in the sentence."""
        return now_words(self.figures.rule.period).removeprefix("本")

    @property
    def students_words(self) -> str:
        return f"{self.students:,}"

    @property
    def met_words(self) -> str:
        return f"{self.figures.whole.met:,}"

    @property
    def due_words(self) -> str:
        return f"{self.figures.whole.due:,}"

    @property
    def ring_label(self) -> str:
        return f"已谈 {self.figures.whole.met} 名，共 {self.figures.whole.asked} 名"

    @property
    def share_words(self) -> str:
        return f"{self.figures.whole.share}%"


@dataclass(slots=True)
class Today:
    """The parts of the page; each stands only for those whom it concerns."""

    lists: list[MyList] = field(default_factory=list)
    overviews: list[Overview] = field(default_factory=list)
    waiting: list[tuple[School, str]] = field(default_factory=list)  # schools whose first period has not begun
    set_up: list[tuple[School, list[Task]]] = field(default_factory=list)
    children: list[Student] = field(default_factory=list)
    me: Student | None = None
    peer_of: str = ""
    peer_classes: list[tuple[SchoolClass, list[ClassState]]] = field(default_factory=list)  # what the class owes
    county: list[tuple[School, str, str, str]] = field(default_factory=list)
    jobs: list[Task] = field(default_factory=list)
    inbox: list[InboxItem] = field(default_factory=list)
    asked: list[Worry] = field(default_factory=list)  # 老师请您看一看
    own_concerns: list[OwnWorry] = field(default_factory=list)
    posts: int = 0  # 待确认的任职
    declined: list[DeclinedRow] = field(default_factory=list)  # 连续两次婉拒, for counselors

    @property
    def is_empty(self) -> bool:
        return not any(
            (
                self.lists,
                self.overviews,
                self.waiting,
                self.set_up,
                self.children,
                self.me,
                self.peer_of,
                self.county,
                self.jobs,
                self.asked,
                self.posts,
                self.own_concerns,
                self.declined,
            )
        )


def today_of(person: User, *, at: datetime) -> Today:
    """Gather the parts that this person's memberships of this moment give."""
    page = Today()
    held = memberships_of(person, at=at)
    roles = {one.role for one in held}
    _settle({one.school for one in held if one.school and one.role not in (Role.GUARDIAN, Role.STUDENT)}, at)
    if roles & {Role.HEAD_TEACHER, Role.SUBJECT_TEACHER, Role.MENTOR}:
        page.lists = my_lists(person, at=at)
    if roles & {Role.COUNSELOR, Role.LEADER, Role.GRADE_HEAD}:
        _overviews(page, person, held, at=at)
    if Role.REGISTRAR in roles:
        page.set_up = [
            (one.school, _set_up(one.school, at=at)) for one in held if one.role == Role.REGISTRAR and one.school
        ]
    if Role.GUARDIAN in roles:
        linked = Student.objects.filter(guardians__in=person.wards.active_on(timezone.localdate(at)))
        page.children = list(linked.distinct().by_name())
    if Role.STUDENT in roles:
        page.me = Student.objects.filter(user=person).first()
    page.peer_of = next((one.scope_name for one in held if one.role == Role.PEER), "")
    led = list(dict.fromkeys(one.school_class for one in held if one.role == Role.PEER and one.school_class))
    page.peer_classes = [(one, class_states([one], day=timezone.localdate(at))) for one in led]
    for one in held:
        if one.role == Role.BUREAU and one.authority:
            page.county += _county(list(one.authority.schools.order_by("name")), on=timezone.localdate(at))
    if Role.ADMINISTRATOR in roles:
        page.jobs = _jobs(at)
    page.asked = worries(waiting_for(person, at=at)[:MOST_ASKED], at=at)
    page.own_concerns = own_for_today(person, at=at)
    page.declined = declined_for(person, at=at)
    if holds(person, Permission.INBOX_VIEW, at=at):
        # What waits for a counselor or for a second person stands above.
        above = ("concern:", WAITING_POSTS)
        page.inbox = [one for one in unread_of(person, at=at) if not one.key.startswith(above)][:3]
    page.posts = len(asked_of(person, at=at))
    return page


def _settle(schools_here: set[School], at: datetime) -> None:
    for school in schools_here:
        listening.settle_changes(school, on=timezone.localdate(at), at=at)


def _overviews(page: Today, person: User, held: list[Membership], *, at: datetime) -> None:
    """One overview a school: of the whole school for counselors and leaders, of the grade for its head."""
    on = timezone.localdate(at)
    seen: set[int] = set()
    for one in sorted(held, key=lambda one: one.role == Role.GRADE_HEAD):
        if (
            one.role not in (Role.COUNSELOR, Role.LEADER, Role.GRADE_HEAD)
            or one.school is None
            or one.school.pk in seen
        ):
            continue
        seen.add(one.school.pk)
        classes, whose = None, "全校"
        if one.role == Role.GRADE_HEAD:
            here = classes_visible_to(person, at=at, under=Permission.BOARD_VIEW).filter(school=one.school)
            classes, whose = here.order_by(), one.scope_name or "全校"
        figures = running(one.school, person, on=on, calendar=one.school.calendar(), classes=classes)
        if figures is None:
            page.waiting.append((one.school, "学期、名册准备好以后，这里会有本周期的情况。"))
            continue
        missed, recent = _missed(person, one.school, at=at)
        page.overviews.append(
            Overview(
                figures=figures,
                whose=whose,
                missed_url=reverse("listening:missed"),
                opens_boards=holds(person, Permission.BOARD_VIEW, at=at),
                students=figures.whole.asked + figures.whole.excused,
                missed_total=missed,
                recent=recent,
                opens_reasons=holds(person, Permission.CHECK_IN_VIEW, at=at),
            )
        )


def _missed(person: User, school: School, *, at: datetime) -> tuple[int, list[CheckIn]]:
    """How many rows the list of missed ones has this term, and the first of its newest period; one query."""
    since = (
        school.terms.filter(first_day__lte=timezone.localdate(at))
        .order_by("-first_day")
        .values_list("first_day", flat=True)[:1]
    )
    rows = CheckIn.objects.visible_to(person, at=at, under=Permission.MISSED_VIEW).filter(school=school).missed()
    rows = rows.under_rules_seen_by(person, at=at).filter(period__start__gte=since)
    total = rows.order_by().values("school").annotate(total=Count("pk")).values("total")
    newest = rows.order_by("-period__start").values("period__start")[:1]
    recent = rows.filter(period__start=newest).for_list().annotate(total=Subquery(total))
    found = list(recent[:RECENT_ROWS])
    return (found[0].total if found else 0), found  # type: ignore[attr-defined]


def _set_up(school: School, *, at: datetime) -> list[Task]:
    """What the registrar still has to prepare, and what stands."""
    on = timezone.localdate(at)
    term = school.terms.filter(last_day__gte=on).order_by("first_day").first()
    students = Student.objects.filter(school=school).enrolled_on(on).count()
    if not students and term:
        students = Student.objects.filter(school=school).enrolled_on(max(on, term.first_day)).count()
    classes = school.classes.filter(enrolments__isnull=False).distinct()
    led = Membership.objects.valid_on(on).filter(school=school, role=Role.HEAD_TEACHER).values("school_class")
    without = classes.exclude(pk__in=led).count()
    tasks = [
        Task(
            f"本学期：{term.name}" if term else "先填本学期的起止日期",
            reverse("schools:terms"),
            "看看" if term else "去填",
            done=term is not None,
        ),
        Task(
            f"名册：{students:,} 名学生，{classes.count()} 个班"
            if students
            else "把学校的名册导进来，xlsx、xls、csv 都可以",
            reverse("students:list") if students else reverse("students:import"),
            "看看" if students else "导入",
            done=bool(students),
            figure=students,
        ),
        Task(
            f"还有 {without} 个班没有班主任"
            if without
            else "每个班都有班主任"
            if students
            else "名册导入以后，给每个班指定班主任",
            reverse("schools:classes"),
            "去指定" if without or not students else "看看",
            done=bool(students) and not without,
            figure=without,
            rows="without",
        ),
    ]
    if term:
        unknown = schools.years_without_days(school, list(range(term.first_day.year, term.last_day.year + 1)))
        if unknown:
            years = "、".join(map(str, unknown))
            tasks.append(Task(f"没有 {years} 年的放假安排，先按周一到周五计算", reverse("schools:calendar"), "填校历"))
    return tasks


def _county(here: list[School], *, on: date) -> list[tuple[School, str, str, str]]:
    """Two queries for all schools of the county together."""
    tallies = tally_of_each(here, on=on)
    enrolled = Student.objects.filter(school__in=here).enrolled_on(on).order_by().values("school")
    counts = dict(enrolled.annotate(students=Count("pk")).values_list("school", "students"))
    return [
        (
            school,
            hidden_if_few(counts.get(school.pk, 0)),
            hidden_if_few(whole.met),
            hidden_if_few(whole.due + whole.missed),
        )
        for school in here
        for whole in [tallies.get(school.pk, Tally())]
    ]


def _jobs(at: datetime) -> list[Task]:
    """What the installation's administrator looks after: whether the jobs ran."""
    last = JobRun.objects.exclude(finished_at=None).order_by("-finished_at").first()
    waiting = JobRun.objects.filter(finished_at=None, queued_at__gt=at - timedelta(days=2)).count()
    ran = (
        f"夜间任务最近一次完成于 {timezone.localtime(last.finished_at):%m月%d日 %H:%M}"
        if last and last.finished_at
        else "夜间任务还没有跑过"
    )
    accounts = User.objects.filter(is_active=True).count()
    return [
        Task(ran, done=last is not None),
        Task(f"有 {waiting} 个任务在排队" if waiting else "没有积压的任务", done=not waiting),
        Task(f"这套系统里有 {School.objects.count()} 所学校、{accounts:,} 个启用的账号", done=True),
    ]
