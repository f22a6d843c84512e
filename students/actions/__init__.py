"""The verbs of the roster. Each writes what changed as a RosterChange in its own transaction."""

from students.actions.roster import add_student, link_guardian, move_class, pair_mentor, pause, set_tier
from students.actions.schemes import adopt_scheme

__all__ = ["add_student", "adopt_scheme", "link_guardian", "move_class", "pair_mentor", "pause", "set_tier"]
