"""The verbs of listening. Import the module, so that a call reads as a sentence: `actions.log_conversation(…)`."""

from listening.actions.changes import settle_changes
from listening.actions.conversations import NotYours, log_conversation
from listening.actions.corrections import AlreadyDeleted, allow_late, delete_conversation, edit_conversation
from listening.actions.excuses import TooLate, allow_excuse, excuse, excuse_late, too_late_to_excuse
from listening.actions.make_ups import make_up
from listening.actions.nights import run_day
from listening.actions.notes import NoteChanged, NoteClosed, NotTheWriter, add_to_note, edit_note, may_edit_note
from listening.actions.peers import log_activity
from listening.actions.periods import close_periods, open_periods
from listening.actions.presets import adopt_presets
from listening.actions.rules import NeedsOne, Superseded, add_rule, change_rule, end_rule
from listening.actions.settling import settle

__all__ = [
    "AlreadyDeleted",
    "NeedsOne",
    "NotTheWriter",
    "NotYours",
    "NoteChanged",
    "NoteClosed",
    "Superseded",
    "TooLate",
    "add_rule",
    "add_to_note",
    "adopt_presets",
    "allow_excuse",
    "allow_late",
    "change_rule",
    "close_periods",
    "delete_conversation",
    "edit_conversation",
    "edit_note",
    "end_rule",
    "excuse",
    "excuse_late",
    "log_activity",
    "log_conversation",
    "make_up",
    "may_edit_note",
    "open_periods",
    "run_day",
    "settle",
    "settle_changes",
    "too_late_to_excuse",
]
