"""By when a case has to move, worked out anew after every act; the clock looks at nothing else."""

from datetime import datetime

from referrals import deadlines
from referrals.deadlines import Unit, end_of
from referrals.models import Concern, FollowUp, HarmMark, HarmReport, Referral, Review, SupportPlan, rules_of
from referrals.requirements import Colour, Urgency
from referrals.stages import Stage


def refresh_due(held: Referral) -> None:
    """Write the deadline that follows from the case as it stands. A new one begins at the foot of the ladder."""
    if not held.is_live:
        return
    found = _due(held)
    due_at, unit = found or (None, Unit.SCHOOL_DAYS)
    if (due_at, unit) == (held.due_at, held.due_unit):
        return
    values = {"due_at": due_at, "due_unit": unit, "ask_at": due_at, "escalated": 0}
    Referral.objects.filter(pk=held.pk).update(**values)
    for name, value in values.items():
        setattr(held, name, value)


def _due(held: Referral) -> tuple[datetime, Unit] | None:
    if since := _at_once(held):
        return since, Unit.AT_ONCE
    match held.stage:
        case Stage.IN_SCHOOL:
            if planned := _next_review(held):
                return planned, Unit.SCHOOL_DAYS
        case Stage.FOLLOW_UP:
            following = FollowUp.objects.filter(referral=held).open().order_by("on").first()
            return (end_of(following.on), Unit.SCHOOL_DAYS) if following else None
    span = rules_of(held.school).span(held.at_stage, Colour(held.colour), Urgency(held.urgency))
    if span is None:
        return None
    return deadlines.due(span, since=held.stage_since, calendar=held.school.calendar()), span.unit


def _at_once(held: Referral) -> datetime | None:
    """Since when something waits that cannot: a report about life that nobody has seen, harm that nobody reported."""
    waiting = Concern.objects.filter(referral=held, urgency=Urgency.LIFE).unseen().order_by("raised_at").first()
    if waiting:
        return waiting.raised_at
    if held.has_harm and not HarmReport.objects.filter(referral=held).exists():
        mark = HarmMark.objects.filter(referral=held).order_by("pk").first()
        return mark.at if mark else None
    return None


def _next_review(held: Referral) -> datetime | None:
    """The day of the last word: the plan's, or that of a later review. Only of this time in the school's support."""
    plan = SupportPlan.objects.filter(referral=held, step__at__gte=held.stage_since).order_by("-pk").first()
    review = Review.objects.filter(referral=held, step__at__gte=held.stage_since).order_by("-step__number").first()
    if plan is None:
        return None
    if review and review.next_on and review.step_id > plan.step_id:
        return end_of(review.next_on)
    return end_of(plan.review_on)
