"""Concerns as pages show them: to the counselors, and to whoever raised them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from referrals.models import Concern, State, SuspectedGuardian
from schools.permissions import Permission, holds, is_staff
from students.models import Enrolment

MOST_WAITING = 100  # that the menu counts; the list itself shows all
RECENT = timedelta(days=7)  # how long 今日 goes on saying that one was seen


@dataclass(frozen=True, slots=True)
class Worry:
    """One line."""

    concern: Concern
    class_name: str

    @property
    def is_unseen(self) -> bool:
        return self.concern.state == State.RECEIVED


@dataclass(frozen=True, slots=True)
class OwnWorry:
    """One line for the raiser: that it was received, and that it was seen. No more."""

    concern: Concern
    kind: str  # how the state is drawn
    words: str

    @property
    def is_answered(self) -> bool:
        """Whether this person hears that there is an answer."""
        return self.words == State.ANSWERED.label


def waiting_for(person: User, *, at: datetime) -> list[Concern]:
    """What no counselor has seen yet. Kept for this one moment only, so that menu and page ask once."""
    if not holds(person, Permission.CONCERN_VIEW, at=at):
        return []
    kept: tuple[datetime, list[Concern]] | None = getattr(person, "_concerns_at", None)
    if kept is None or kept[0] != at:
        kept = (at, list(Concern.objects.visible_to(person, at=at).unseen().for_list()[:MOST_WAITING]))
        person._concerns_at = kept  # type: ignore[attr-defined]
    return kept[1]


def worries(concerns: Iterable[Concern], *, at: datetime) -> list[Worry]:
    """Each with the class of the student today; one query for all."""
    found = list(concerns)
    here = Enrolment.objects.on(timezone.localdate(at)).filter(student__in=[one.student_id for one in found])
    names = {one.student_id: one.school_class.name for one in here.select_related("school_class__grade")}
    return [Worry(one, names.get(one.student_id, "不在班")) for one in found]


def own_worry(concern: Concern, person: User, *, at: datetime) -> OwnWorry:
    """Staff hear that it was seen, was answered, and the class of what came of it (Heard); never content.

    A pupil or a parent hears that it was received, or that there is an answer (access table). A guardian who may have
    done harm cannot tell from this that anything has happened.
    """
    if is_staff(person, concern.school, at=at) and not concern.from_home:
        match concern.state:
            case State.ENDED:
                return OwnWorry(concern, "met", concern.get_heard_display())
            case State.SEEN | State.ANSWERED:
                return OwnWorry(concern, "met", State(concern.state).label)
    elif concern.state == State.ANSWERED and not _is_suspected(person, concern):
        return OwnWorry(concern, "met", State.ANSWERED.label)
    return OwnWorry(concern, "due", "已收到")


def _is_suspected(person: User, concern: Concern) -> bool:
    return SuspectedGuardian.objects.filter(referral=concern.referral_id, guardian__user=person).exists()


def own_for_today(person: User, *, at: datetime, most: int = 5) -> list[OwnWorry]:
    """Own ones that wait or were seen in the last days; a counselor has the whole list instead."""
    if not holds(person, Permission.CONCERN_OWN, at=at) or holds(person, Permission.CONCERN_VIEW, at=at):
        return []
    recent = Q(state=State.RECEIVED) | Q(seen_at__gte=at - RECENT)
    rows = Concern.objects.of_raiser(person, at=at).filter(recent).for_list()[:most]
    return [own_worry(one, person, at=at) for one in rows]
