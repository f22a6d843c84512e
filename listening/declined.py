"""连续两次婉拒: children who declined twice in a row under one requirement. For counselors alone, and by name.

A child, not a count: nobody is held to anything; the counselor looks how this child would like to be accompanied.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from listening.actions.settling import evening
from listening.facts import Asked, SchoolFacts
from listening.ladder import declines_in_row
from listening.models import CheckIn, Period, QuotaRule
from listening.owners import Owners
from listening.quotas import ExcusedBecause, Status
from schools.models import School, SchoolClass
from schools.permissions import Permission, granting
from students.models import Student

IN_A_ROW = 2
LOOK_BACK = timedelta(days=180)  # half a year: what lies further back is another story


@dataclass(frozen=True, slots=True)
class Declined:
    """One child under one requirement, with the newest period that ended so."""

    student: int
    school_class: int | None
    rule: QuotaRule
    period: Period


@dataclass(frozen=True, slots=True)
class DeclinedRow:
    """One line of the counselor's list."""

    student: Student
    school_class: SchoolClass | None
    rule: QuotaRule
    period: Period

    @property
    def words(self) -> str:
        where = self.school_class.name if self.school_class else ""
        return " · ".join(filter(None, [where, self.rule.name, f"最近一次在{self.period.words}"]))


def declined(school: School, *, on: date) -> list[Declined]:
    """Who declined in the last two check-ins in a row. One query when nobody did."""
    recent = CheckIn.objects.filter(school=school, period__start__gte=on - LOOK_BACK)
    found = recent.filter(status=Status.EXCUSED, declined__gt=0).values_list("student", "rule__lineage")
    often: dict[tuple[int, UUID], int] = defaultdict(int)
    for key in found:
        often[key] += 1
    likely = {key for key, count in often.items() if count >= IN_A_ROW}
    if not likely:
        return []
    rows = recent.filter(
        student__in={student for student, _ in likely}, rule__lineage__in={lineage for _, lineage in likely}
    ).exclude(status=Status.DUE)
    by_child: dict[tuple[int, UUID], list[CheckIn]] = defaultdict(list)
    for row in rows.select_related("period", "rule").order_by("-period__start", "-pk"):
        if (key := (row.student_id, row.rule.lineage)) in likely:
            by_child[key].append(row)
    ended = _ended_declined(school, [row for some in by_child.values() for row in some], on=on)
    return [
        Declined(newest.student_id, newest.school_class_id, newest.rule, newest.period)
        for some in by_child.values()
        if declines_in_row((Status(row.status), row.pk in ended) for row in some) >= IN_A_ROW
        for newest in [next(row for row in some if row.pk in ended)]
    ]


def _ended_declined(school: School, rows: list[CheckIn], *, on: date) -> set[int]:
    """Which of these were excused because the child declined, and not because of a leave, a tier or a person's word."""
    asked = [row for row in rows if row.status == Status.EXCUSED and row.declined]
    calendar = school.calendar()
    facts = SchoolFacts.read(
        school,
        first=min(row.period.start for row in asked),
        last=max(row.period.end for row in asked),
        students={row.student_id for row in asked},
    )
    as_of = evening(school, on=on)
    rules = QuotaRule.objects.filter(pk__in={row.rule_id for row in asked}).prefetch_related("tiers", "labels")
    what = {rule.pk: Asked.of(rule) for rule in rules}
    return {
        row.pk
        for row in asked
        if facts.judge_student(what[row.rule_id], row.period.span(calendar), row.student_id, as_of=as_of).reason
        == ExcusedBecause.DECLINED
    }


def for_counselor(person: User, *, at: datetime) -> list[DeclinedRow]:
    """Those in this counselor's charge: of the grades held, or, for the lead and who holds none, of the school."""
    today = timezone.localdate(at)
    rows: list[DeclinedRow] = []
    schools = {held.school_id: held.school for held, _ in granting(person, Permission.COUNSELING_VIEW, at=at)}
    for school in schools.values():
        if school is None or not (found := declined(school, on=today)):
            continue
        owners = Owners(school, on=today)
        mine = [one for one in found if person.pk in owners.in_charge(one.school_class) | owners.leads]
        seen = Student.objects.visible_to(person, at=at, under=Permission.COUNSELING_VIEW)
        students = seen.in_bulk([one.student for one in mine])
        classes = SchoolClass.objects.select_related("grade").in_bulk({one.school_class for one in mine} - {None})
        rows += [
            DeclinedRow(students[one.student], classes.get(one.school_class or 0), one.rule, one.period)
            for one in mine
            if one.student in students
        ]
    return sorted(rows, key=lambda row: (row.student.pinyin, row.student.pk))
