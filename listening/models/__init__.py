"""倾听一刻钟: what was said to have happened, what is owed, and what came of it."""

from listening.models.check_ins import CheckIn, ClassCheckIn, ClassFigure, Excuse, PeriodOpening
from listening.models.conversations import Conversation, ConversationStudent, ConversationVersion, LateWord, Topic
from listening.models.make_ups import MakeUp
from listening.models.notes import Addendum, NoteEdition
from listening.models.periods import Ledger, Period
from listening.models.rules import QuotaRule

__all__ = [
    "Addendum",
    "CheckIn",
    "ClassCheckIn",
    "ClassFigure",
    "Conversation",
    "ConversationStudent",
    "ConversationVersion",
    "Excuse",
    "LateWord",
    "Ledger",
    "MakeUp",
    "NoteEdition",
    "Period",
    "PeriodOpening",
    "QuotaRule",
    "Topic",
]
