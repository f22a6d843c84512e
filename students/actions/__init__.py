"""The verbs of the roster. Each writes what changed as a RosterChange in its own transaction."""

from students.actions.imports import (
    AlreadyDone,
    choose_columns,
    confirm,
    forget_old_uploads,
    keep_upload,
    plan_of,
    starting_days,
)
from students.actions.roster import add_student, link_guardian, move_class, pair_mentor, pause, set_tier
from students.actions.schemes import adopt_scheme

__all__ = [
    "AlreadyDone",
    "add_student",
    "adopt_scheme",
    "choose_columns",
    "confirm",
    "forget_old_uploads",
    "keep_upload",
    "link_guardian",
    "move_class",
    "pair_mentor",
    "pause",
    "plan_of",
    "set_tier",
    "starting_days",
]
