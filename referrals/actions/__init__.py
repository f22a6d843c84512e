"""The verbs of a concern and its case. Every act on a case comes through `moving.take`, people and the clock alike."""

from referrals.actions.cases import (
    LiveCaseStands,
    assess,
    hurry,
    raise_colour,
    reopen,
    send_back,
    settle_mild,
    to_panel,
)
from referrals.actions.clocks import escalate, run_clock, schools_waiting
from referrals.actions.closing import (
    AlreadyAnswered,
    AlreadyWaiting,
    NeedsAnother,
    confirm,
    decline,
    propose_clear_harm,
    propose_close,
    propose_lower,
    withdraw,
)
from referrals.actions.harm import suspect_harm, tell_authority
from referrals.actions.moving import Incomplete, NotNow, NotYours, Stale
from referrals.actions.owners import hand_over, hand_over_all
from referrals.actions.panel import back_in_school, decide, guardian_agreed, guardian_not_reached, guardian_refused
from referrals.actions.reporting import Report, accept, mark_seen, may_report_about, raise_concern, report
from referrals.actions.returning import answer_appeal, apply_to_return, approve_return, begin_leave, defer_return
from referrals.actions.settings import save_settings
from referrals.actions.support import (
    AlreadyDone,
    NewTask,
    NotHere,
    add_paper,
    add_tasks,
    finish_task,
    keep_follow_up,
    plan_follow_ups,
    review,
    usual_follow_ups,
    write_plan,
)

__all__ = [
    "AlreadyAnswered", "AlreadyDone", "AlreadyWaiting", "Incomplete", "LiveCaseStands", "NeedsAnother", "NewTask",
    "NotHere", "NotNow", "NotYours", "Report", "Stale", "accept", "add_paper", "add_tasks", "answer_appeal",
    "apply_to_return", "approve_return", "assess", "back_in_school", "begin_leave", "confirm", "decide", "decline",
    "defer_return", "escalate", "finish_task", "guardian_agreed", "guardian_not_reached", "guardian_refused",
    "hand_over", "hand_over_all", "hurry", "keep_follow_up", "mark_seen", "may_report_about", "plan_follow_ups",
    "propose_clear_harm", "propose_close", "propose_lower", "raise_colour", "raise_concern", "reopen", "report",
    "review", "run_clock", "save_settings", "schools_waiting", "send_back", "settle_mild", "suspect_harm",
    "tell_authority", "to_panel", "usual_follow_ups", "withdraw", "write_plan",
]  # fmt: skip
