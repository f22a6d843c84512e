"""Who waits for whom, so that two who write at once both count.

Whoever settles single check-ins shares the school; the night and a change of the calendar, which write whole periods
at a time, have it alone. Students come next and classes last, each in the order of their numbers. SQLite has one
writer at a time and needs none of this.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection

from schools.models import School, SchoolClass
from schools.statements import ask, one_of

# By hand, because every logged talk asks it.
LOCK_STUDENTS = "SELECT id FROM students_student WHERE id {students} ORDER BY id FOR NO KEY UPDATE"
LISTENING = 15  # the first of the two numbers of an advisory lock: the quarter of an hour


def share(school: School) -> None:
    """Until the end of this transaction nobody has the school alone."""
    _advise("SELECT pg_advisory_xact_lock_shared(%s, %s)", school)


def alone(school: School) -> None:
    """Until the end of this transaction nobody else settles in this school. Take it before anything else is locked."""
    _advise("SELECT pg_advisory_xact_lock(%s, %s)", school)


def _advise(statement: str, school: School) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, [LISTENING, school.pk])


def students(numbers: Collection[int]) -> None:
    """Lock these students. Read their facts only after it."""
    if connection.features.has_select_for_update:
        values: dict[str, Any] = {}
        ask(LOCK_STUDENTS.format(students=one_of("student", numbers, values)), values)


def classes(numbers: Collection[int]) -> None:
    """Lock these classes. Read the facts of their students only after it."""
    if connection.features.has_select_for_update:
        rows = SchoolClass.objects.select_for_update(no_key=True).filter(pk__in=numbers)
        list(rows.order_by("pk").values_list("pk"))
