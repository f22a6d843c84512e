"""The verbs of listening. Import the module, so that a call reads as a sentence: `actions.log_conversation(…)`."""

from listening.actions.changes import settle_changes
from listening.actions.conversations import NotYours, log_conversation
from listening.actions.corrections import AlreadyDeleted, allow_late, delete_conversation, edit_conversation
from listening.actions.excuses import TooLate, excuse
from listening.actions.nights import run_day
from listening.actions.periods import close_periods, open_periods
from listening.actions.presets import adopt_presets
from listening.actions.rules import NeedsOne, Superseded, add_rule, change_rule, end_rule
from listening.actions.settling import settle

__all__ = [
    "AlreadyDeleted",
    "NeedsOne",
    "NotYours",
    "Superseded",
    "TooLate",
    "add_rule",
    "adopt_presets",
    "allow_late",
    "change_rule",
    "close_periods",
    "delete_conversation",
    "edit_conversation",
    "end_rule",
    "excuse",
    "log_conversation",
    "open_periods",
    "run_day",
    "settle",
    "settle_changes",
]
