"""The verbs of listening. Import the module, so that a call reads as a sentence: `actions.log_conversation(…)`."""

from listening.actions.conversations import NotYours, log_conversation
from listening.actions.nights import close_periods, open_periods, run_day
from listening.actions.presets import adopt_presets
from listening.actions.settling import settle, settle_changes

__all__ = [
    "NotYours",
    "adopt_presets",
    "close_periods",
    "log_conversation",
    "open_periods",
    "run_day",
    "settle",
    "settle_changes",
]
