"""What the clock does: it asks the next one up, and reminds. It closes nothing and lightens nothing; the table says so.

Right after days without a worker: every level that was passed over is asked once, in its order.
"""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications import texts
from referrals.actions.moving import on, take
from referrals.actions.telling import list_path, tell
from referrals.circle import ladder
from referrals.deadlines import Unit, next_level
from referrals.models import Referral, Task
from referrals.requirements import LEVELS
from referrals.stages import Verb
from schools.models import School


def escalate(*, by: User | None, referral: Referral, at: datetime) -> Referral:
    """Ask the next one up: the lead counselor, then the 副组长, then the 组长. The clock comes through here too.

    Raises NotYours, NotNow, Incomplete (everybody was asked).
    """
    with on(referral) as held:
        _ask(held, by=by, at=at)
    return held


def _ask(held: Referral, *, by: User | None, at: datetime) -> None:
    level, passed = held.escalated + 1, held.ask_at or at
    following = None
    if level < LEVELS:
        following = next_level(passed, Unit(held.due_unit), level=level, calendar=held.school.calendar())
    facts = {"level": level, "passed": passed.isoformat()}
    take(held, Verb.ESCALATE, by=by, at=at, facts=facts, changes={"escalated": level, "ask_at": following})
    people = [one for one in ladder(level, held, at=at) if one != by]
    key = f"overdue:{held.uid}:{held.length}"
    tell(people, key, texts.case_overdue(), referral=held, path=list_path(), at=at)


def run_clock(school: School, *, at: datetime) -> int:
    """Everything in this school whose time is over at this moment. Twice gives the same. Returns how much was done."""
    done = 0
    due = Referral.objects.filter(school=school, ask_at__lte=at).order_by("ask_at", "pk")
    for referral in list(due):
        done += _catch_up(referral, at=at)
    late = Task.objects.filter(school=school, due_on__lt=timezone.localdate(at), reminded_at=None).open()
    for task in late.select_related("referral__school", "referral__owner", "assignee"):
        done += _remind(task, at=at)
    return done


def _catch_up(referral: Referral, *, at: datetime) -> int:
    """All the levels that the deadline has passed since, one after the other."""
    count = 0
    with on(referral) as held:
        while held.is_live and held.ask_at is not None and held.ask_at <= at:
            _ask(held, by=None, at=at)
            count += 1
    return count


def _remind(task: Task, *, at: datetime) -> int:
    """Once: whoever does it, and the owner of the case."""
    with on(task.referral) as held:
        waiting = Task.objects.filter(pk=task.pk, reminded_at=None).open()
        if not held.is_live or not waiting.update(reminded_at=at):
            return 0
        people = [task.assignee, *([held.owner] if held.owner else [])]
        key = f"task-late:{task.uid}"
        tell(people, key, texts.task_late(), referral=held, path=reverse("notifications:inbox"), at=at)
    return 1


def schools_waiting(*, at: datetime) -> list[int]:
    """The schools in which the clock has something to do: two looks at partial indexes."""
    asked = Referral.objects.filter(ask_at__lte=at).values_list("school", flat=True)
    late = Task.objects.filter(due_on__lt=timezone.localdate(at), reminded_at=None, done_at=None)
    return sorted({*asked, *late.values_list("school", flat=True)})
