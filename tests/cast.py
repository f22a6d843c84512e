"""The people of one school, by name, on one day: Tuesday 18 November 2025, 12:40, in the fortnight of weeks 11 and 12.

清江中学 has 七年级(1)班, 七年级(2)班 and 八年级(1)班, each with a few students; 柳林小学 is the other school.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import User
from listening import actions as listening
from listening.models import QuotaRule, Topic
from schools.models import Authority, CalendarDay, CalendarYear, Grade, Membership, School, SchoolClass, Term
from schools.roles import Role
from students import actions as students
from students.models import Student

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2025, 11, 18)
NOW = datetime(2025, 11, 18, 12, 40, tzinfo=SHANGHAI)
TERM = (date(2025, 9, 1), date(2026, 1, 23))
FORTNIGHT = date(2025, 11, 10)  # the first day of weeks 11–12
DUE = date(2025, 11, 21)
PASSWORD = "qingting-demo"
OFF = [date(2025, 10, day) for day in range(1, 9)] + [date(2026, 1, day) for day in (1, 2)]
MAKEUP = [date(2025, 9, 28), date(2025, 10, 11), date(2026, 1, 4)]


@dataclass
class Cast:
    """Everybody, by the part they play."""

    school: School
    other_school: School
    class_1: SchoolClass
    class_2: SchoolClass
    class_8: SchoolClass
    other_class: SchoolClass
    rule: QuotaRule
    people: dict[str, User] = field(default_factory=dict)
    students: dict[str, Student] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """`cast.head_teacher` is a person, `cast.lin` a student."""
        for found in (self.__dict__.get("people", {}), self.__dict__.get("students", {})):
            if name in found:
                return found[name]
        raise AttributeError(name)


def at(day: date, hour: int = 12, minute: int = 40) -> datetime:
    """A moment of a day in the school's own time."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def make_school(name: str, authority: Authority | None = None) -> School:
    """A school with a term, its calendar and the presets, whose quotas count since the term began."""
    school = School.objects.create(name=name, authority=authority, listening_since=TERM[0], helpline="0571-8000 1234")
    Term.objects.create(
        school=school, name="2025-2026学年第一学期", year="2025-2026", first_day=TERM[0], last_day=TERM[1]
    )
    CalendarDay.objects.bulk_create(
        [CalendarDay(school=school, day=day, is_school_day=False, note="放假") for day in OFF]
        + [CalendarDay(school=school, day=day, is_school_day=True, note="调休") for day in MAKEUP]
    )
    CalendarYear.objects.bulk_create(CalendarYear(school=school, year=year, source="hand") for year in (2025, 2026))
    students.adopt_scheme(school)
    listening.adopt_presets(school, only=("双周倾听",))
    return school


def make_class(school: School, grade: int, number: int) -> SchoolClass:
    found, _ = Grade.objects.get_or_create(school=school, number=grade)
    return SchoolClass.objects.create(school=school, grade=found, number=number, year="2025-2026")


def person(
    username: str,
    name: str,
    role: Role | None = None,
    school: School | None = None,
    *,
    since: date = TERM[0],
    **scope: Any,
) -> User:
    """An account with one membership."""
    user = User.objects.create_user(username, name=name, password=PASSWORD)
    if role:
        Membership.objects.create(user=user, role=role, school=school, valid_from=since, **scope)
    return user


def student(name: str, school_class: SchoolClass, *, since: date = TERM[0], **more: Any) -> Student:
    return students.add_student(by=None, name=name, school_class=school_class, since=since, at=at(since, 0, 5), **more)


def make_cast() -> Cast:
    """Everybody in place, the fortnight open, nobody listened to yet."""
    authority = Authority.objects.create(name="临江县教育局")
    school = make_school("清江中学", authority)
    other = make_school("柳林镇中心小学", authority)
    cast = Cast(
        school=school,
        other_school=other,
        class_1=make_class(school, 7, 1),
        class_2=make_class(school, 7, 2),
        class_8=make_class(school, 8, 1),
        other_class=make_class(other, 3, 1),
        rule=QuotaRule.objects.get(school=school),
    )
    seventh, eighth = cast.class_1.grade, cast.class_8.grade
    cast.people = {
        "counselor": person(
            "counselor", "顾文静", Role.COUNSELOR, school, grade=seventh, is_lead=True, title="专职心理教师"
        ),
        "counselor2": person("counselor2", "沈岚", Role.COUNSELOR, school, grade=eighth, title="兼职心理教师"),
        "head_teacher": person("headteacher", "刘敏", Role.HEAD_TEACHER, school, school_class=cast.class_1),
        "head_teacher2": person("headteacher2", "钱进", Role.HEAD_TEACHER, school, school_class=cast.class_2),
        "head_teacher8": person("headteacher8", "赵立", Role.HEAD_TEACHER, school, school_class=cast.class_8),
        "teacher": person("teacher", "王海涛", Role.SUBJECT_TEACHER, school, school_class=cast.class_1, title="数学"),
        "grade_head": person("gradehead", "周立新", Role.GRADE_HEAD, school, grade=seventh),
        "leader": person("moral", "何建国", Role.LEADER, school, title="德育处主任"),
        "principal": person("principal", "程远山", Role.LEADER, school, is_lead=True, title="校长"),
        "registrar": person("registrar", "吴教务", Role.REGISTRAR, school, title="教务"),
        "parent": person("parent", "林建平", Role.GUARDIAN, school),
        "student": person("student", "林知夏", Role.STUDENT, school),
        "peer": person("peer", "许若楠", Role.PEER, school, school_class=cast.class_1),
        "bureau": person("bureau", "县教育局"),
        "stranger": person("stranger", "路人"),
        "admin": person("admin", "管理员"),
        "other_counselor": person("otherschool", "秦老师", Role.COUNSELOR, other, is_lead=True),
        "other_head_teacher": person("otherhead", "柳班主任", Role.HEAD_TEACHER, other, school_class=cast.other_class),
    }
    Membership.objects.create(user=cast.bureau, role=Role.BUREAU, authority=authority, valid_from=TERM[0])
    Membership.objects.create(user=cast.admin, role=Role.ADMINISTRATOR, valid_from=TERM[0])
    cast.students = {
        "lin": student("林知夏", cast.class_1, gender="f"),
        "ma": student("马依依", cast.class_1, gender="f"),
        "xu": student("许若楠", cast.class_1, gender="f"),
        "chen": student("陈一诺", cast.class_2, gender="m"),
        "zhao": student("赵子涵", cast.class_8, gender="m"),
        "other": student("柳小树", cast.other_class, gender="m"),
    }
    Student.objects.filter(pk=cast.lin.pk).update(user=cast.people["student"])
    students.link_guardian(
        by=None,
        student=cast.lin,
        name="林建平",
        relation="父亲",
        phone="139 0000 0001",
        user=cast.parent,
        since=TERM[0],
        at=at(TERM[0]),
    )
    students.pair_mentor(by=None, teacher=cast.teacher, student=cast.ma, since=TERM[0], at=at(TERM[0]))
    for one in (school, other):
        # Only the running fortnight is opened: what lies before is not what these tests are about.
        School.objects.filter(pk=one.pk).update(listening_since=FORTNIGHT)
        one.refresh_from_db()
        listening.run_day(one, on=TODAY, at=at(TODAY, 0, 10))
    return cast


def talk(by: User, *about: Student, day: date = TODAY, **more: Any) -> Any:
    """A talk as the form would log it."""
    return listening.log_conversation(by=by, students=list(about), day=day, at=more.pop("at", NOW), **more)


def peers_rule(school: School) -> QuotaRule:
    """同伴倾听, as the preset has it, with its running fortnight opened."""
    rule = QuotaRule.objects.create(
        school=school,
        name="同伴倾听",
        order=90,
        roles=[Role.PEER],
        per=QuotaRule.Per.CLASS,
        period="fortnight",
        minimum=1,
        minutes=15,
        together=60,
    )
    listening.open_periods(school, on=TODAY, at=NOW)
    return rule


def activity(by: User, listener: User, *about: Student, when: datetime = NOW, **more: Any) -> Any:
    """What a class did together, as the form would write it."""
    facts = {"minutes": 20, "channel": "walk", "request_key": uuid4()} | more
    return listening.log_activity(
        by=by, listener=listener, students=list(about), day=timezone.localdate(when), at=when, **facts
    )


def topics(school: School) -> list[Topic]:
    return list(Topic.objects.filter(school=school))


__all__ = [
    "DUE", "FORTNIGHT", "NOW", "PASSWORD", "SHANGHAI", "TERM", "TODAY", "Cast", "activity", "at", "make_cast",
    "make_class", "make_school", "peers_rule", "person", "student", "talk", "topics",
]  # fmt: skip
