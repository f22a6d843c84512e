"""One owner at a time: handing over one case, or everything of somebody who leaves."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from notifications import texts
from referrals.actions.moving import on, take
from referrals.actions.telling import list_path, tell
from referrals.circle import counselors
from referrals.models import Referral, Task
from referrals.requirements import Given
from referrals.stages import Verb
from schools.models import School


def hand_over(
    *, by: User, referral: Referral, version: int | None, to: User, notes: bool, tasks: bool, at: datetime
) -> Referral:
    """Another counselor of the school owns it from now on. With the choice of what passes on:

    `notes`: what was written before may be read by an owner who is not in charge of the grade; `tasks`: what the old
    owner had to do is the new one's. Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        before = held.owner
        able = to in counselors(held.school, held.student, at=at) and to != before
        passed = Task.objects.filter(referral=held, assignee=before).open() if tasks and before else Task.objects.none()
        take(
            held, Verb.HAND_OVER, by=by, at=at, version=version, given=Given(to_counselor=able),
            facts={"notes": notes, "tasks": passed.count()},
            changes={"owner": to, "owner_reads_since": None if notes else at},
        )  # fmt: skip
        passed.update(assignee=to)
        key = f"handed:{held.uid}:{held.length}"
        people = [one for one in (to, before) if one and one != by]
        tell(people, key, texts.case_handed(), referral=held, path=list_path(), at=at)
    return held


@transaction.atomic
def hand_over_all(
    *, by: User, school: School, leaver: User, to: User, notes: bool, tasks: bool, at: datetime
) -> list[Referral]:
    """Everything that a leaver owns in this school, in one go or not at all.

    Raises what `hand_over` raises; then nothing has changed hands.
    """
    own = Referral.objects.filter(school=school, owner=leaver).live().order_by("pk")
    return [hand_over(by=by, referral=one, version=None, to=to, notes=notes, tasks=tasks, at=at) for one in list(own)]
