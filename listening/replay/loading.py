"""The rows of a described school, as rows of ours. What is not a talk is there from the start, each with the changes
that its days make: settle_changes has to notice them when the day comes.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from listening.models import Conversation, QuotaRule
from schools.calendar import PeriodKind, days_between
from schools.models import CalendarDay, Grade, Membership, School, SchoolChange, SchoolClass, Term
from schools.roles import Role
from students.models import (
    CareLabel,
    CareTier,
    Enrolment,
    Guardian,
    Mentor,
    Pause,
    RosterChange,
    Student,
    StudentLabel,
    TierAssignment,
)

Row = dict[str, Any]
ONE_DAY = timedelta(days=1)


@dataclass
class Loaded:
    """A described school in the database: its rows by the names that the file gives them."""

    school: School
    terms: dict[str, Term] = field(default_factory=dict)
    grades: dict[str, Grade] = field(default_factory=dict)
    classes: dict[str, SchoolClass] = field(default_factory=dict)
    students: dict[str, Student] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    rules: dict[str, QuotaRule] = field(default_factory=dict)
    talks: dict[str, Conversation] = field(default_factory=dict)  # as they are typed in


def load(described: Row) -> Loaded:
    """Everything but talks, what was said about them, and excuses."""
    terms = [
        (row["id"], row["year"], _day(row["first_day"]), _day(row["last_day"])) for row in _rows(described, "terms")
    ]
    school = School.objects.create(
        name=f"replay {uuid.uuid4()}",
        late_days=described["school"].get("late_days", 7),
        listening_since=min((first for _, _, first, _ in terms), default=date.min),
    )
    loaded = Loaded(school)
    for name, year, first, last in terms:
        loaded.terms[name] = Term.objects.create(school=school, name=name, year=year, first_day=first, last_day=last)
    _load_days(school, described)
    _load_classes(loaded, described)
    tiers = _load_tiers(school, described["school"]["tiers"])
    labels = _load_labels(school, described)
    for n, row in enumerate(_rows(described, "students")):
        loaded.students[row["id"]] = Student.objects.create(school=school, name=row["id"], number=str(n))
    for n, row in enumerate(_rows(described, "people")):
        username = f"replay-{school.pk}-{n}"
        loaded.people[row["id"]] = User.objects.create(username=username, name=row["id"], password="!")
    for n, row in enumerate(_rows(described, "rules")):
        loaded.rules[row["id"]] = _load_rule(school, n, row, tiers, labels)
    _load_roster(loaded, described, tiers, labels)
    _load_people(loaded, described)
    return loaded


def _load_days(school: School, described: Row) -> None:
    off: set[date] = set()
    for row in _rows(described, "holidays"):
        off |= days_between(_day(row["from"]), _day(row.get("to") or row["from"]))
    makeup = {_day(day) for day in _rows(described, "makeup_days")}
    rows = [CalendarDay(school=school, day=day, is_school_day=False) for day in sorted(off - makeup)]
    rows += [CalendarDay(school=school, day=day, is_school_day=True) for day in sorted(makeup)]
    CalendarDay.objects.bulk_create(rows)


def _load_classes(loaded: Loaded, described: Row) -> None:
    for n, row in enumerate(_rows(described, "grades"), start=1):
        loaded.grades[row["id"]] = Grade.objects.create(school=loaded.school, number=n)
    for n, row in enumerate(_rows(described, "classes"), start=1):
        grade = loaded.grades[row["grade"]]
        loaded.classes[row["id"]] = SchoolClass.objects.create(school=loaded.school, grade=grade, number=n, year="")


def _load_tiers(school: School, names: list[str]) -> dict[str, CareTier]:
    return {
        name: CareTier.objects.create(school=school, name=name, order=order, axis=CareTier.Axis.S0)
        for order, name in enumerate(names)
    }


def _load_labels(school: School, described: Row) -> dict[str, CareLabel]:
    named = {row["label"] for row in _rows(described, "labels")}
    named |= {label for row in _rows(described, "rules") for label in row.get("labels") or ()}
    return {name: CareLabel.objects.create(school=school, name=name) for name in sorted(named)}


def _load_rule(
    school: School, order: int, row: Row, tiers: dict[str, CareTier], labels: dict[str, CareLabel]
) -> QuotaRule:
    rule = QuotaRule.objects.create(
        school=school,
        name=row["id"],
        order=order,
        roles=row["roles"],
        for_counselors=row["roles"] == [Role.COUNSELOR],
        kind=row.get("kind") or "talk",
        per=row.get("per") or QuotaRule.Per.STUDENT,
        period=PeriodKind(row["period"]),
        weeks=row.get("weeks") or 1,
        minimum=row["min"],
        minutes=row.get("minutes") or 0,
        together=row.get("group") or 1,
        valid_from=_day_or_none(row.get("valid_from")),
        valid_to=_day_or_none(row.get("valid_to")),
    )
    rule.tiers.set([tiers[name] for name in row.get("tiers") or ()])
    rule.labels.set([labels[name] for name in row.get("labels") or ()])
    return rule


def _load_roster(loaded: Loaded, described: Row, tiers: dict[str, CareTier], labels: dict[str, CareLabel]) -> None:
    school, students = loaded.school, loaded.students
    kinds = RosterChange.Kind
    changes: list[RosterChange] = []
    enrolments, pauses, labelled = [], [], []
    for row, first, last in _spans(described, "enrolments"):
        student = students[row["student"]]
        klass = loaded.classes[row["class"]]
        enrolments.append(
            Enrolment(school=school, student=student, school_class=klass, valid_from=first or date.min, valid_to=last)
        )
        changes += _noted(student, kinds.CLASS, first, last)
    for row, first, last in _spans(described, "away"):
        student = students[row["student"]]
        pauses.append(
            Pause(school=school, student=student, kind=row["kind"], valid_from=first or date.min, valid_to=last)
        )
        changes += _noted(student, kinds.PAUSE, first, last)
    for row, first, last in _spans(described, "labels"):
        student, label = students[row["student"]], labels[row["label"]]
        labelled.append(
            StudentLabel(school=school, student=student, label=label, valid_from=first or date.min, valid_to=last)
        )
        changes += _noted(student, kinds.LABEL, first, last)
    given = []
    for row, first, _ in _spans(described, "tiers"):
        student, tier = students[row["student"]], tiers[row["tier"]]
        given.append(
            TierAssignment(
                school=school,
                student=student,
                tier=tier,
                axis_before=tier.axis,
                axis=tier.axis,
                valid_from=first or date.min,
            )
        )
        changes += _noted(student, kinds.TIER, first, None)
    Enrolment.objects.bulk_create(enrolments)
    Pause.objects.bulk_create(pauses)
    StudentLabel.objects.bulk_create(labelled)
    TierAssignment.objects.bulk_create(given)
    RosterChange.objects.bulk_create(changes)


def _load_people(loaded: Loaded, described: Row) -> None:
    school, people, students = loaded.school, loaded.people, loaded.students
    held, wider = [], []
    for row, first, last in _spans(described, "memberships"):
        klass = loaded.classes[row["of"]] if row["scope"] == "class" else None
        grade = loaded.grades[row["of"]] if row["scope"] == "grade" else None
        held.append(
            Membership(
                school=school,
                user=people[row["person"]],
                role=row["role"],
                grade=grade,
                school_class=klass,
                valid_from=first or date.min,
                valid_to=last,
            )
        )
        for day in _boundaries(first, last):
            wider.append(
                SchoolChange(
                    school=school,
                    kind=SchoolChange.Kind.MEMBERSHIP,
                    school_class=klass,
                    first_day=day,
                    at=_start(day),
                )
            )
    paired, linked = [], []
    changes: list[RosterChange] = []
    for row, first, last in sorted(_spans(described, "mentors"), key=lambda one: one[1] or date.min):
        student = students[row["student"]]
        paired.append(
            Mentor(
                school=school,
                teacher=people[row["person"]],
                student=student,
                valid_from=first or date.min,
                valid_to=last,
            )
        )
        changes += _noted(student, RosterChange.Kind.MENTOR, first, last)
    for row, first, last in _spans(described, "guardians"):
        student = students[row["student"]]
        barred = _day_or_none(row.get("barred_from")), _day_or_none(row.get("barred_to"))
        linked.append(
            Guardian(
                school=school,
                student=student,
                user=people[row["person"]],
                name=row["person"],
                valid_from=first,
                valid_to=last,
                barred_from=barred[0],
                barred_to=barred[1],
            )
        )
        changes += _noted(student, RosterChange.Kind.GUARDIAN, first, last)
        changes += _noted(student, RosterChange.Kind.GUARDIAN, *barred)
    Membership.objects.bulk_create(held)
    # Two open pairings of the same two are one, since the earlier day: the later row adds nothing.
    Mentor.objects.bulk_create(paired, ignore_conflicts=True)
    Guardian.objects.bulk_create(linked)
    SchoolChange.objects.bulk_create(wider)
    RosterChange.objects.bulk_create(changes)


def _rows(described: Row, key: str) -> list[Any]:
    return described.get(key) or []


def _spans(described: Row, key: str) -> Iterator[tuple[Row, date | None, date | None]]:
    """The rows with their first and last day; one that ends before it begins holds on no day and is left out."""
    for row in _rows(described, key):
        first, last = _day_or_none(row.get("from")), _day_or_none(row.get("to"))
        if first is None or last is None or first <= last:
            yield row, first, last


def _boundaries(first: date | None, last: date | None) -> Iterable[date]:
    if first is not None:
        yield first
    if last is not None and last < date.max:
        yield last + ONE_DAY


def _noted(student: Student, kind: RosterChange.Kind, first: date | None, last: date | None) -> Iterator[RosterChange]:
    for day in _boundaries(first, last):
        yield RosterChange(
            school_id=student.school_id, student=student, kind=kind, effective_on=day, look_on=day, at=_start(day)
        )


def _start(day: date) -> datetime:
    day = max(day, date(1970, 1, 1))  # the beginning of time has no time zone
    return datetime.combine(day, time(), timezone.get_current_timezone())


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _day_or_none(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
