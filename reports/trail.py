"""The trail as people may read it: one's own acts, who read one student's record, a school's, the administrator's.

Of students a name is shown to whoever reaches the student now; the school's trail names none: that a text about a
child's care was read would tell of the care.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from privacy.models import AuditEntry, ReadEntry
from privacy.trail import Mark, Row, Source, hashed, of_group, page_of
from privacy.verbs import Group, words_of
from schools.models import Membership, School, SchoolClass
from schools.permissions import Permission
from schools.roles import STAFF_ROLES, Role
from students.models import BreakGlass, Student

PAGE = 40
ENDED = {"idle": "太久没有操作", "over": "登录时间到了", "person": "从另一台设备让它退出"}
DETAILS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(
        (f"membership.{step}" for step in ("propose", "confirm", "grant", "decline", "withdraw", "end")),
        lambda said: str(Role(said).label) if said in Role else "",
    ),
    "session.end": lambda said: ENDED.get(said, ""),
    "session.fail": lambda said: "动态码不对" if said == "code" else "",
    "class.print": lambda said: _lines(said),
    "class.export": lambda said: _lines(said),
    "roster.faults": lambda said: _lines(said),
    "roster.import": lambda said: said,
    **dict.fromkeys(("trail.export", "missed.export", "roster.export", "concern.export"), lambda said: said),
    "calendar.day": lambda said: said,
    "school.late_days": lambda said: f"{said} 天",
}
"""What is said beside a verb; of all others nothing is."""


def _lines(said: str) -> str:
    number = said.partition(" ")[0]
    return f"{number} 行" if number.isdigit() else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page or of a file."""

    at: datetime
    who: str
    words: str
    about: str = ""
    detail: str = ""
    is_glass: bool = False


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Some lines, and the mark at which the next ones begin ("" where there are no more)."""

    lines: list[Line]
    more: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a school's trail is asked for."""

    person: User | None = None
    group: Group | None = None
    first: date | None = None
    last: date | None = None


def own_acts(person: User, *, at: datetime, before: Mark | None) -> TrailPage:
    """What this person did and read, and who tried to sign in to the account and could not."""
    sources: list[Source] = [
        AuditEntry.objects.filter(by_id=person.pk),
        AuditEntry.objects.filter(by_id=None, kind="account", uid=person.uid),
        ReadEntry.objects.filter(by_id=person.pk),
    ]
    rows, mark = page_of(sources, before=before, most=PAGE)
    reached = Student.objects.visible_to(person, at=at, under=Permission.STUDENT_LIST)
    students = dict(reached.filter(pk__in={row.student_id for row in rows}).values_list("pk", "name"))
    about = _about(rows)
    lines = [
        Line(
            row.at,
            "",
            row.words,
            students.get(row.student_id or 0, "") or _of(about, row),
            detail_of(row),
            row.is_glass,
        )
        for row in rows
    ]
    return TrailPage(lines, str(mark or ""))


def readers_of(student: Student, *, before: Mark | None) -> TrailPage:
    """Who opened which kind of text about this student, the page of care, and by break-glass whatever it was."""
    sources: list[Source] = [
        AuditEntry.objects.filter(verb="care.view", uid=student.uid),
        AuditEntry.objects.filter(
            of_group(Group.GLASS), uid__in=BreakGlass.objects.filter(student=student).values("uid")
        ),
        ReadEntry.objects.filter(school_id=student.school_id, student_id=student.pk),
    ]
    rows, mark = page_of(sources, before=before, most=PAGE)
    names = _names(rows)
    lines = [Line(row.at, _who(names, row), row.words, is_glass=row.is_glass) for row in rows]
    return TrailPage(lines, str(mark or ""))


def school_trail(school: School, chosen: Chosen, *, before: Mark | None, most: int = PAGE) -> TrailPage:
    """What was done and read in a school, and when its staff signed in or could not."""
    rows, mark = page_of(_of_school(school, chosen), before=before, most=most)
    names, about = _names(rows), _about(rows)
    lines = [Line(row.at, _who(names, row), row.words, _of(about, row), detail_of(row), row.is_glass) for row in rows]
    return TrailPage(lines, str(mark or ""))


def _of_school(school: School, chosen: Chosen) -> list[Source]:
    acts = AuditEntry.objects.of_school(school.pk)
    # Signing in belongs to no school: those of whoever works or has worked here.
    accounts = AuditEntry.objects.filter(school_id=None, kind="account", uid__in=staff_of(school).values("uid"))
    reads = ReadEntry.objects.of_school(school.pk)
    if chosen.person:
        acts, reads = acts.filter(by_id=chosen.person.pk), reads.filter(by_id=chosen.person.pk)
        accounts = accounts.filter(uid=chosen.person.uid)
    if chosen.group:
        acts, accounts = acts.filter(of_group(chosen.group)), accounts.filter(of_group(chosen.group))
        reads = reads if chosen.group is Group.READ else reads.none()
    since, until = _moment(chosen.first), _moment(chosen.last and chosen.last + timedelta(days=1))
    span = (Q(at__gte=since) if since else Q()) & (Q(at__lt=until) if until else Q())
    return [acts.filter(span), accounts.filter(span), reads.filter(span)]


def _moment(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def staff_of(school: School) -> QuerySet[User]:
    """Whoever works or has worked in a school, by name."""
    held = Membership.objects.filter(school=school, role__in=STAFF_ROLES)
    return User.objects.filter(pk__in=held.values("user")).order_by("name", "pk")


@dataclass(frozen=True, slots=True)
class TechnicalLine:
    """One act without people: its moment, its verb, and ids of which the same are told from others."""

    at: datetime
    verb: str
    words: str
    by: str
    about: str


def technical_log(group: Group | None, *, before: int | None) -> tuple[list[TechnicalLine], int | None]:
    """The acts of all schools in the order in which they were written, the newest first; and where to go on."""
    rows = AuditEntry.objects.filter(of_group(group)) if group else AuditEntry.objects.all()
    rows = rows.filter(pk__lt=before) if before else rows
    found = list(rows.order_by("-pk")[: PAGE + 1])
    lines = [
        TechnicalLine(
            at=one.at,
            verb=one.verb,
            words=words_of(one.verb),
            by=hashed("person", one.by_id) if one.by_id else "",
            about=hashed("object", one.uid) if one.uid else "",
        )
        for one in found[:PAGE]
    ]
    return lines, found[PAGE - 1].pk if len(found) > PAGE else None


def detail_of(row: Row) -> str:
    say = DETAILS.get(row.verb)
    return say(row.detail) if say and row.detail else ""


def _names(rows: Iterable[Row]) -> dict[int, str]:
    return dict(User.objects.filter(pk__in={row.by_id for row in rows}).values_list("pk", "name"))


def _who(names: dict[int, str], row: Row) -> str:
    if row.by_id is None:
        return "不知道是谁" if row.verb == "session.fail" else "系统"
    return names.get(row.by_id, "已注销的账号")


def _about(rows: Iterable[Row]) -> dict[UUID, str]:
    """The person or the class that an act was about; never a student."""
    found: dict[str, set[UUID]] = {"account": set(), "membership": set(), "class": set()}
    for row in rows:
        kind = "class" if row.kind == "school_class" else row.kind
        if kind in found and row.uid:
            found[kind].add(row.uid)
    people = User.objects.filter(uid__in=found["account"]).values_list("uid", "name")
    held = Membership.objects.filter(uid__in=found["membership"]).values_list("uid", "user__name")
    classes = SchoolClass.objects.filter(uid__in=found["class"]).select_related("grade")
    return dict(people) | dict(held) | {one.uid: one.name for one in classes}


def _of(about: dict[UUID, str], row: Row) -> str:
    return about.get(row.uid, "") if row.uid else ""
