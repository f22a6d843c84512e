"""Is what is stored what the rule says? The same facts and the same rule, over whole periods, beside the rows."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from listening.actions.settling import board_class, extent, openings_touching
from listening.facts import Asked, SchoolFacts
from listening.models import CheckIn, ClassCheckIn, PeriodOpening, QuotaRule
from listening.quotas import Verdict
from schools.calendar import Span
from schools.models import School


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


def judged(school: School, *, first: date, last: date, as_of: date) -> Iterator[Judged]:
    """Every check-in of the periods that touch first … last, by rule or by row, as of the evening of a day.

    Reads the whole school; look at a stretch at a time.
    """
    openings = openings_touching(school, [(first, last)])
    if not openings:
        return
    since, until = extent(openings)
    facts = SchoolFacts.read(school, first=since, last=until)
    calendar = school.calendar()
    students = _stored(
        CheckIn.objects.filter(school=school, period__start__lte=last, period__end__gte=first), "student"
    )
    classes = _stored(
        ClassCheckIn.objects.filter(school=school, period__start__lte=last, period__end__gte=first), "school_class"
    )
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
            for klass in sorted({*facts.belonging, *(one for *of, one in classes if tuple(of) == key)}):
                verdict = facts.judge_class(asked, span, klass, as_of=as_of)
                yield Judged(opening, span, None, klass, verdict, _says(verdict, klass), classes.get((*key, klass)))


def differences(school: School, *, first: date, last: date, as_of: date) -> list[Judged]:
    """The check-ins whose rows are not what the rule says of them; none is how it should be."""
    return [one for one in judged(school, first=first, last=last, as_of=as_of) if not one.agrees]


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
