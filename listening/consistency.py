"""Is what is stored what the rule says? The same facts and the same rule, over whole periods, beside the rows."""

import logging
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from listening.actions import locking
from listening.actions.changes import settle_changes
from listening.actions.settling import board_class, evening, extent
from listening.facts import Asked, SchoolFacts
from listening.models import CheckIn, ClassCheckIn, Ledger, PeriodOpening, QuotaRule
from listening.openings import openings_touching
from listening.quotas import Verdict
from schools.calendar import Span
from schools.models import School, SchoolClass

logger = logging.getLogger(__name__)

PARTS = 7  # nights in which the whole school is looked at once
LOOK_BACK = timedelta(days=35)  # periods that touch these days


class Judged(NamedTuple):
    """One check-in as the rule sees it, and how it is stored (None: it is not). Either student or class is None."""

    opening: PeriodOpening
    span: Span
    student: int | None
    school_class: int | None
    verdict: Verdict
    says: tuple[int, int, int, bool, int | None] | None  # status, counted, declined, late, class of the board
    stored: tuple[int, int, int, bool, int | None] | None

    @property
    def agrees(self) -> bool:
        return self.says == self.stored


def judged(
    school: School, *, first: date, last: date, as_of: date, classes: Collection[int] | None = None
) -> Iterator[Judged]:
    """Every check-in of the periods that touch first … last, by rule or by row, as of the evening of a day.

    Reads the whole school, or who belonged to these classes at any time; look at a stretch at a time.
    """
    openings = openings_touching(school, [(first, last)])
    if not openings:
        return
    since, until = extent(openings)
    facts = SchoolFacts.read(school, first=since, last=until, classes=classes)
    calendar = school.calendar()
    students = _stored(
        CheckIn.objects.filter(school=school, period__start__lte=last, period__end__gte=first), "student"
    )
    rows_of_classes = _stored(
        ClassCheckIn.objects.filter(school=school, period__start__lte=last, period__end__gte=first), "school_class"
    )
    if classes is not None:
        students = {key: row for key, row in students.items() if key[2] in facts.enrolments}
        rows_of_classes = {key: row for key, row in rows_of_classes.items() if key[2] in classes}
    belonging = facts.belonging if classes is None else set(facts.belonging) & set(classes)
    for opening in openings:
        asked, span = Asked.of(opening.rule), opening.period.span(calendar)
        key = (opening.period_id, opening.rule_id)
        if opening.rule.per == QuotaRule.Per.STUDENT:
            for student in sorted({*facts.enrolments, *(one for *of, one in students if tuple(of) == key)}):
                verdict = facts.judge_student(asked, span, student, as_of=as_of)
                board = board_class(facts, student, span, as_of=as_of)
                row = students.get((*key, student))
                yield Judged(opening, span, student, None, verdict, _says(verdict, board), row)
        else:
            for klass in sorted({*belonging, *(one for *of, one in rows_of_classes if tuple(of) == key)}):
                verdict = facts.judge_class(asked, span, klass, as_of=as_of)
                yield Judged(
                    opening, span, None, klass, verdict, _says(verdict, klass), rows_of_classes.get((*key, klass))
                )


def differences(
    school: School, *, first: date, last: date, as_of: date, classes: Collection[int] | None = None
) -> list[Judged]:
    """The check-ins whose rows are not what the rule says of them; none is how it should be."""
    found = judged(school, first=first, last=last, as_of=as_of, classes=classes)
    return [one for one in found if not one.agrees]


def part_of(school: School, day: date) -> list[int]:
    """The classes whose turn it is: every class once in seven days."""
    classes = SchoolClass.objects.filter(school=school).order_by("pk").values_list("pk", flat=True)
    return [pk for place, pk in enumerate(classes) if place % PARTS == day.toordinal() % PARTS]


@transaction.atomic
def check_part(school: School, *, day: date, at: datetime) -> int:
    """Look at the part of this night and say how many rows differ; each is logged by its numbers, none is corrected.

    Nobody else writes meanwhile: a row and the facts behind it are read as of one moment. Before the night has run for
    this day there is nothing to compare.
    """
    locking.alone(school)
    if not Ledger.objects.filter(school=school, through__gte=day).exists():
        return 0
    settle_changes(school, on=day, at=at)
    as_of = evening(school, on=day)
    found = differences(school, first=day - LOOK_BACK, last=day, as_of=as_of, classes=part_of(school, day))
    for one in found:
        logger.warning(
            "check-in differs: school=%s period=%s rule=%s student=%s class=%s stored=%s says=%s",
            school.pk,
            one.opening.period_id,
            one.opening.rule_id,
            one.student,
            one.school_class,
            one.stored,
            one.says,
        )
    return len(found)


def _says(verdict: Verdict, board: int | None) -> tuple[int, int, int, bool, int | None] | None:
    if not verdict.exists:
        return None
    return int(verdict.status), len(verdict.counted), verdict.declined, verdict.late, board


def _stored(
    rows: Iterable[CheckIn] | Iterable[ClassCheckIn], subject: str
) -> dict[tuple[int, int, int], tuple[int, int, int, bool, int | None]]:
    return {
        (row.period_id, row.rule_id, getattr(row, f"{subject}_id")): (
            row.status,
            row.counted,
            row.declined,
            row.late,
            row.school_class_id,
        )
        for row in rows
    }
