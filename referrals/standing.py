"""What the table needs to know of a case, read from its rows."""

from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from referrals.choices import Change, Paper
from referrals.models import CasePaper, FollowUp, HarmReport, Referral, ReferralStep, Review, SupportPlan, Task
from referrals.requirements import Case, Colour, Urgency
from referrals.stages import Stage, Verb
from students.models import Enrolment, Pause


def case_of(referral: Referral, *, at: datetime) -> Case:
    """The facts at this moment."""
    day = timezone.localdate(at)
    away = Pause.objects.filter(student=referral.student_id)
    leaving = _last(referral, Q(verb=Verb.LEAVE))
    certificates = _papers(referral, leaving).filter(kind=Paper.CERTIFICATE, file__isnull=False)
    return Case(
        colour=Colour(referral.colour),
        urgency=Urgency(referral.urgency),
        has_harm=referral.has_harm,
        authority_told=HarmReport.objects.filter(referral=referral).exists(),
        open_tasks=Task.objects.filter(referral=referral).open().count(),
        open_follow_ups=FollowUp.objects.filter(referral=referral).open().count(),
        has_plan=SupportPlan.objects.filter(referral=referral).exists(),
        unchanged=_unchanged(referral),
        papers=frozenset(
            {
                *_papers(referral, _last(referral, Q(verb=Verb.AGREED)))
                .filter(kind__in=(Paper.LETTER, Paper.RECEIPT))
                .values_list("kind", flat=True),
                *_papers(referral, leaving).filter(kind=Paper.LEAVE_APPLICATION).values_list("kind", flat=True),
            }
        ),
        certificate_attached=certificates.exists(),
        is_paused=away.filter(Q(valid_to=None) | Q(valid_to__gte=day), kind=Pause.Kind.LEAVE).exists(),
        has_left=away.on(day).filter(kind=Pause.Kind.LEFT).exists()
        or not Enrolment.objects.on(day).filter(student=referral.student_id).exists(),
        escalated=referral.escalated,
    )


def _last(referral: Referral, which: Q) -> int:
    """The number of the last such step; what came before it belongs to an earlier time."""
    found = ReferralStep.objects.filter(which, referral=referral).aggregate(last=Max("number"))
    return found["last"] or 0


def _papers(referral: Referral, since: int) -> QuerySet[CasePaper]:
    return CasePaper.objects.filter(referral=referral, step__number__gt=since)


def _unchanged(referral: Referral) -> int:
    """How many reviews in a row saw nothing get better, since the case came into the school's support."""
    since = _last(referral, Q(target=Stage.IN_SCHOOL) & ~Q(source=Stage.IN_SCHOOL))
    seen = Review.objects.filter(referral=referral, step__number__gt=since).order_by("-step__number")
    count = 0
    for change in seen.values_list("change", flat=True):
        if change == Change.BETTER:
            break
        count += 1
    return count
