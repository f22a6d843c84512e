"""The tiered roster."""

from students.models.cards import CareCard
from students.models.care import CareLabel, CareTier, StudentLabel, TierAssignment
from students.models.changes import RosterChange
from students.models.imports import RosterUpload
from students.models.links import Guardian, Mentor
from students.models.proposals import TierProposal
from students.models.students import Enrolment, Pause, Student

__all__ = [
    "CareCard",
    "CareLabel",
    "CareTier",
    "Enrolment",
    "Guardian",
    "Mentor",
    "Pause",
    "RosterChange",
    "RosterUpload",
    "Student",
    "StudentLabel",
    "TierAssignment",
    "TierProposal",
]
