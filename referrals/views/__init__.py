"""The pages of the referrals, one module for each kind."""

from referrals.views.cases import case, case_move, case_text, cases
from referrals.views.concerns import concern, concerns, export, seen
from referrals.views.report import mine, new, urgent

__all__ = ["case", "case_move", "case_text", "cases", "concern", "concerns", "export", "mine", "new", "seen", "urgent"]
