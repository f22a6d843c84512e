"""The verbs of listening. Import the module, so that a call reads as a sentence: `actions.log_conversation(…)`."""

from listening.actions.changes import settle_changes
from listening.actions.conversations import NotYours, log_conversation
from listening.actions.corrections import AlreadyDeleted, allow_late, delete_conversation, edit_conversation
from listening.actions.excuses import TooLate, excuse
from listening.actions.nights import run_day
from listening.actions.periods import close_periods, open_periods
from listening.actions.presets import adopt_presets
from listening.actions.settling import settle

__all__ = [
    "AlreadyDeleted",
    "NotYours",
    "TooLate",
    "adopt_presets",
    "allow_late",
    "close_periods",
    "delete_conversation",
    "edit_conversation",
    "excuse",
    "log_conversation",
    "open_periods",
    "run_day",
    "settle",
    "settle_changes",
]
