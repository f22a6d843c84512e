"""The tiered roster."""

from students.models.cards import CareCard
from students.models.care import CareLabel, CareTier, StudentLabel, TierAssignment
from students.models.changes import RosterChange
from students.models.drafts import Draft
from students.models.glass import BreakGlass
from students.models.imports import RosterUpload
from students.models.links import Guardian, Mentor, StaffRelative
from students.models.proposals import TierProposal
from students.models.students import Enrolment, Pause, Student

__all__ = [
    "BreakGlass",
    "CareCard",
    "CareLabel",
    "CareTier",
    "Draft",
    "Enrolment",
    "Guardian",
    "Mentor",
    "Pause",
    "RosterChange",
    "RosterUpload",
    "StaffRelative",
    "Student",
    "StudentLabel",
    "TierAssignment",
    "TierProposal",
]
