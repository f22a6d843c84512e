"""Schools of any size by set-based SQL: classes of fifty, a head teacher each, a care tier for every tenth student."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from accounts.models import User
from listening import actions as listening
from listening.models import QuotaRule
from schools.calendar import PeriodKind
from schools.models import Authority, Grade, Membership, School, SchoolClass
from schools.roles import Role
from students.models import CareTier, Student
from tests.cast import FORTNIGHT, TERM, TODAY, at, make_school

CLASS_SIZE = 50
GRADES = 9

# Both databases read this. A number is a seat: the class is the seat divided by the size of a class.
STUDENTS = """
INSERT INTO students_student (uid, school_id, name, pinyin, initials, gender, number, national_number)
WITH RECURSIVE seats(seat) AS (SELECT 0 UNION ALL SELECT seat + 1 FROM seats WHERE seat + 1 < %s)
SELECT {uid}, school.id, '学生' || seat, 'xuesheng' || seat, 'xs', 'f', seat, '' FROM schools_school AS school, seats
"""
ENROLMENTS = """
INSERT INTO students_enrolment (school_id, student_id, school_class_id, valid_from)
SELECT student.school_id, student.id, class.id, %s FROM students_student AS student
JOIN schools_schoolclass AS class
  ON class.school_id = student.school_id AND class.number = CAST(student.number AS integer) / %s + 1
"""
TIERS = """
INSERT INTO students_tierassignment (uid, school_id, student_id, tier_id, axis_before, axis, valid_from)
SELECT {uid}, student.school_id, student.id, tier.id, 0, tier.axis, %s FROM students_student AS student
JOIN students_caretier AS tier ON tier.school_id = student.school_id AND tier."order" = 0
WHERE CAST(student.number AS integer) %% 10 = 0
"""
RANDOM_UID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}


@dataclass
class Data:
    """What stands in the database."""

    authority: Authority
    schools: list[School]
    size: int  # students a school

    @property
    def school(self) -> School:
        return self.schools[0]

    @property
    def students(self) -> int:
        return self.size * len(self.schools)

    def school_class(self, at: int) -> SchoolClass:
        """The class at this place, with its school and grade."""
        return SchoolClass.objects.select_related("school", "grade").get(school=self.school, number=at + 1)

    def head_teacher(self, at: int) -> User:
        return User.objects.get(memberships__school_class=self.school_class(at), memberships__role=Role.HEAD_TEACHER)

    def classmates(self, at: int) -> list[Student]:
        here = Student.objects.filter(enrolments__school_class=self.school_class(at))
        return list(here.select_related("school").order_by("pk"))


def make(*, schools: int, size: int) -> Data:
    """As many schools with as many students each, all under one authority. Nothing is opened yet."""
    authority = Authority.objects.create(name="教育局")
    made = [make_school(f"学校{number}", authority) for number in range(schools)]
    QuotaRule.objects.all().delete()  # what a school starts with may change; here one rule stands
    for school in made:
        add_rule(school, "双周倾听", PeriodKind.FORTNIGHT)
        _staff(school, size // CLASS_SIZE)
    uid = RANDOM_UID[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(STUDENTS.format(uid=uid), [size])
        cursor.execute(ENROLMENTS, [TERM[0], CLASS_SIZE])
        cursor.execute(TIERS.format(uid=uid), [TERM[0]])
    analyze()
    return Data(authority, made, size)


def _staff(school: School, classes: int) -> None:
    grades = Grade.objects.bulk_create(Grade(school=school, number=number + 1) for number in range(GRADES))
    rooms = SchoolClass.objects.bulk_create(
        SchoolClass(school=school, grade=grades[at % GRADES], number=at + 1, year="2025-2026") for at in range(classes)
    )
    people = User.objects.bulk_create(
        User(username=f"head-{school.pk}-{at}", name=f"班主任{at}", password="!") for at in range(classes)
    )
    Membership.objects.bulk_create(
        Membership(user=user, role=Role.HEAD_TEACHER, school=school, school_class=room, valid_from=TERM[0])
        for user, room in zip(people, rooms, strict=True)
    )


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def add_rule(school: School, name: str, period: PeriodKind, *, tiered: bool = False) -> QuotaRule:
    """One more requirement of the teachers: of every student, or of those with the first care tier."""
    roles = [Role.HEAD_TEACHER, Role.SUBJECT_TEACHER, Role.MENTOR]
    order = 30 + QuotaRule.objects.filter(school=school).count()
    rule = QuotaRule.objects.create(school=school, name=name, order=order, roles=roles, period=period)
    if tiered:
        rule.tiers.set(CareTier.objects.filter(school=school, order=0))
    return rule


def open_today(data: Data, *, since: date = FORTNIGHT) -> None:
    """What is owed since then, as the night would have opened it."""
    for school in data.schools:
        school.listening_since = since
        school.save()
        listening.run_day(school, on=TODAY, at=at(TODAY, 0, 10))
    analyze()
