"""The school as it is."""

from schools.models.calendar_days import CalendarDay, CalendarYear
from schools.models.changes import SchoolChange
from schools.models.classes import Grade, SchoolClass
from schools.models.memberships import Membership
from schools.models.schools import Authority, School
from schools.models.terms import Term

__all__ = [
    "Authority",
    "CalendarDay",
    "CalendarYear",
    "Grade",
    "Membership",
    "School",
    "SchoolChange",
    "SchoolClass",
    "Term",
]
