"""Who is told of what: inbox rows without content, written in the transaction of the act. No mail, no broker."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from notifications import actions as notifications
from notifications import texts
from notifications.actions import Word
from notifications.models import InboxItem
from privacy import actions as privacy
from referrals.choices import About
from referrals.circle import counselors, heads, leaders, leads
from referrals.models import Concern, ConcernStep, Referral, State, Task
from schools.permissions import Permission, holds, is_staff
from schools.roles import Role
from students.notes import concern_counselors, counselors_in_charge, is_relative


def tell(people: Iterable[User], about: str, text: str, *, referral: Referral, path: str, at: datetime) -> None:
    """Each person once under one key: telling again renews the row."""
    words = [Word(one.pk, about, text, path) for one in dict.fromkeys(people)]
    notifications.tell_all(words, school=referral.school, at=at)


def list_path() -> str:
    """Where a case stands in the list, for counselors and leaders alike; an address carries no student."""
    return reverse("referrals:cases")


def told_enough(referral: Referral, key: str, *, at: datetime) -> None:
    """What one of them has answered need not call the others."""
    for item in InboxItem.objects.filter(school=referral.school_id, key=key).unread():
        notifications.mark_read(item, at=at)


# To those who act


def tell_of_concern(concern: Concern, *, at: datetime) -> None:
    """Who is in charge; where nobody can be, the lead; without one every counselor of the school. Not the raiser.

    A raiser who is in charge alone knows already. Danger to life and suspected harm call everybody who must act.
    """
    about, school, referral = [concern.student], concern.school, concern.referral
    in_charge = [one for one in counselors_in_charge(school, about, at=at) if not is_relative(one, about)]
    found = in_charge or concern_counselors(school, about, at=at) or counselors(school, concern.student, at=at)
    text = texts.concern_raised(by=_who(concern, at=at))
    others = [one for one in found if one != concern.raised_by]
    tell(others, concern_key(concern), text, referral=referral, path=reverse("referrals:list"), at=at)


def alert_for_life(referral: Referral, *, but: User, at: datetime) -> None:
    """危及生命: the counselors who may answer, and the whole leadership group. One event, however often it is sent."""
    student, school = referral.student, referral.school
    people = [*concern_counselors(school, [student], at=at), *leaders(school, student, at=at)]
    people = people or counselors(school, student, at=at)
    tell(
        [one for one in people if one != but], f"life:{referral.uid}", texts.concern_urgent(), referral=referral,
        path=list_path(), at=at,
    )  # fmt: skip


def alert_for_harm(referral: Referral, *, but: User, at: datetime) -> None:
    """疑似侵害: the 组长 and the lead counselor; where they have said it themself, they know."""
    people = [*heads(referral.school, referral.student, at=at), *leads(referral.school, referral.student, at=at)]
    tell(
        [one for one in people if one != but], f"harm:{referral.uid}", texts.concern_harm(), referral=referral,
        path=list_path(), at=at,
    )  # fmt: skip


def tell_of_task(task: Task, *, at: datetime) -> None:
    """Whoever has something to do, unless they said so themself."""
    if task.assignee_id != task.by_id:
        key, text = f"task:{task.uid}", texts.task_given()
        path = reverse("referrals:case", args=[task.referral.uid])  # which shows it to whoever has the task alone
        tell([task.assignee], key, text, referral=task.referral, path=path, at=at)


def _who(concern: Concern, *, at: datetime) -> str:
    """老师, 家长, 同学 or 心理委员."""
    if is_staff(concern.raised_by, concern.school, at=at) and not concern.from_home:
        return "老师"
    if concern.from_home:
        return str(Role.GUARDIAN.label) if concern.about == About.STUDENT else "同学"
    return str(Role.PEER.label)


# To whoever reported


def concern_key(concern: Concern) -> str:
    return f"concern:{concern.uid}"


def concern_step(concern: Concern, state: State, *, by: User, at: datetime) -> None:
    ConcernStep.objects.create(concern=concern, what=state, by=by, at=at)
    privacy.record(
        by_id=by.pk, verb=f"concern.{state}", at=at, school_id=concern.school_id, kind="concern", uid=concern.uid
    )


def hear(concern: Concern, about: str, text: str, *, by: User, at: datetime) -> None:
    """Staff find a row in their inbox; families and pupils find the state on their own page."""
    raiser = concern.raised_by
    if raiser != by and not concern.from_home and holds(raiser, Permission.INBOX_VIEW, at=at):
        key = f"concern-{about}:{concern.uid}"
        tell([raiser], key, text, referral=concern.referral, path=reverse("referrals:mine"), at=at)


def acknowledge(concern: Concern, *, by: User, at: datetime) -> bool:
    """A concern that waited is in hand now; its reporter hears that much. False where it did not wait any more."""
    waited = Concern.objects.filter(pk=concern.pk).unseen()
    if not waited.update(state=State.SEEN, seen_by=by, seen_at=at):
        return False
    concern_step(concern, State.SEEN, by=by, at=at)
    told_enough(concern.referral, concern_key(concern), at=at)
    hear(concern, "seen", texts.concern_seen(), by=by, at=at)
    return True


def concerns_of(referral: Referral) -> list[Concern]:
    rows = Concern.objects.filter(referral=referral).select_related("school", "student", "raised_by", "referral")
    return list(rows.order_by("pk"))
