"""Pages of listening: object by visible_to, form, one action, answer."""

from listening.views.boards import board, classes
from listening.views.check_ins import check_in, excuse, excuse_allow, make_up
from listening.views.conversations import conversation, note, note_add, note_editions
from listening.views.corrections import allow_late, delete, edit
from listening.views.excuses import excuses
from listening.views.exports import blank_sheet, class_report, class_report_file
from listening.views.glass import glass, glass_note
from listening.views.lists import my_list
from listening.views.misses import missed, missed_export
from listening.views.peers import peer_activity, peers
from listening.views.rules import rule_edit, rule_end, rule_new, rules
from listening.views.sheets import sheet
from listening.views.talks import new

__all__ = [
    "allow_late",
    "blank_sheet",
    "board",
    "check_in",
    "class_report",
    "class_report_file",
    "classes",
    "conversation",
    "delete",
    "edit",
    "excuse",
    "excuse_allow",
    "excuses",
    "glass",
    "glass_note",
    "make_up",
    "missed",
    "missed_export",
    "my_list",
    "new",
    "note",
    "note_add",
    "note_editions",
    "peer_activity",
    "peers",
    "rule_edit",
    "rule_end",
    "rule_new",
    "rules",
    "sheet",
]
