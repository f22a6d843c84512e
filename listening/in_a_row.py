"""How far up the word goes of each student, or class, who missed a requirement: looked at one by one.

The ladder itself is pure and stands in ladder.py; where thousands missed, the database counts them (tally.py).
"""

from collections.abc import Collection
from datetime import date

from listening.ladder import MOST_MISSES, Step, misses_in_row, step
from listening.models import CheckIn, ClassCheckIn
from listening.quotas import Status
from listening.tally import Opened, Versions
from schools.models import School
from students.models import TierAssignment

LOOK_BACK = 20  # periods before this one that are looked at: a long row of excused ones ends somewhere
MANY = 500  # subjects; more of them are not named one by one in a query


def steps_of_students(school: School, around: Versions, students: Collection[int], *, due: date) -> dict[int, Step]:
    """Of these, who were missed in the period between, which was due on that day."""
    most_care = _in_most_care(school, students, due=due)
    misses = _misses(school, around, students, CheckIn)
    return {one: step(count, most_care=one in most_care) for one, count in misses.items()}


def steps_of_classes(school: School, around: Versions, classes: Collection[int]) -> dict[int, Step]:
    """The same of classes: none is in more care than another."""
    misses = _misses(school, around, classes, ClassCheckIn)
    return {one: step(count, most_care=False) for one, count in misses.items()}


def _misses(
    school: School, around: Versions, subjects: Collection[int], model: type[CheckIn | ClassCheckIn]
) -> dict[int, int]:
    """How many in a row, with the one between: those before it, and those after it that stand already."""
    found = {one: [Status.MISSED] for one in subjects}
    for older, opened in ((True, around.before), (False, around.after)):
        waiting = set(subjects)
        for one in opened[:LOOK_BACK]:
            if not waiting:
                break
            for subject, status in _statuses(school, one, waiting, model):
                if subject not in waiting:
                    continue
                found[subject].insert(len(found[subject]) if older else 0, Status(status))
                if status == Status.MET or len(found[subject]) >= LOOK_BACK or _is_enough(found[subject]):
                    waiting.discard(subject)
    return {one: misses_in_row(_from_this_on(statuses)) for one, statuses in found.items()}


def _is_enough(newest_first: list[Status]) -> bool:
    return newest_first.count(Status.MISSED) >= MOST_MISSES


def _from_this_on(newest_first: list[Status]) -> list[Status]:
    """Without a met one that came after: it ended the row only later."""
    return newest_first[1:] if newest_first[0] == Status.MET else newest_first


def _statuses(
    school: School, one: Opened, subjects: Collection[int], model: type[CheckIn | ClassCheckIn]
) -> list[tuple[int, int]]:
    field = "student" if model is CheckIn else "school_class"
    rows = model._default_manager.filter(school=school, period=one.period, rule=one.rule).exclude(status=Status.DUE)
    if len(subjects) <= MANY:
        rows = rows.filter(**{f"{field}__in": subjects})
    return list(rows.values_list(field, "status"))


def _in_most_care(school: School, students: Collection[int], *, due: date) -> set[int]:
    """Who of these was in the first tier of the scheme on the due day."""
    given = TierAssignment.objects.filter(school=school, valid_from__lte=due)
    ever = given.filter(tier__order=0).values("student")
    orders = dict(given.filter(student__in=ever).order_by("valid_from", "pk").values_list("student", "tier__order"))
    return {student for student, order in orders.items() if order == 0} & set(students)
