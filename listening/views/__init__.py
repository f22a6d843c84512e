"""Pages of listening: object by visible_to, form, one action, answer."""

from listening.views.boards import board, check_in, classes, missed
from listening.views.lists import my_list, rules
from listening.views.talks import conversation, new

__all__ = ["board", "check_in", "classes", "conversation", "missed", "my_list", "new", "rules"]
