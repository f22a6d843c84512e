"""校内支持: the plan (一生一策), who does what by when, reviews, follow-ups, what comes on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

from accounts.models import User
from privacy.keyring import Place, keyring
from referrals.actions.cases import call_panel
from referrals.actions.moving import NotYours, on, take
from referrals.actions.telling import tell_of_task, told_enough
from referrals.choices import Change, Paper
from referrals.circle import parts_of
from referrals.models import CasePaper, FollowUp, Referral, ReferralStep, Review, SupportPlan, Task, rules_of
from referrals.requirements import Given, Need
from referrals.stages import BY_COUNSELOR, Stage, Verb
from referrals.standing import case_of
from schools.permissions import is_staff
from students.notes import is_relative


class NotHere(Exception):
    """A task is for somebody who works in this school, and is no relative of the student."""


class AlreadyDone(Exception):
    """It is done, or kept, already."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """谁·做什么·何时."""

    assignee: User
    what: str
    due_on: date


def write_plan(
    *,
    by: User,
    referral: Referral,
    version: int,
    goals: str,
    measures: str,
    tasks: Sequence[NewTask],
    review_on: date | None,
    at: datetime,
) -> SupportPlan:
    """Write the plan, or a new edition of it. Raises NotYours, NotNow, Stale, Incomplete, NotHere."""
    with on(referral) as held:
        step = take(
            held, Verb.PLAN, by=by, at=at, version=version,
            given=Given(tasks=_counted(tasks), review_on=review_on), words={Need.GOALS: goals, Need.MEASURES: measures},
            facts={"review_on": str(review_on), "tasks": len(tasks)},
        )  # fmt: skip
        assert review_on is not None  # the table asked for it
        plan = SupportPlan.objects.create(referral=held, step=step, review_on=review_on)
        give_tasks(held, step, tasks, by=by, at=at)
    return plan


def add_tasks(*, by: User, referral: Referral, version: int, tasks: Sequence[NewTask], at: datetime) -> list[Task]:
    """More to do. Raises NotYours, NotNow, Stale, Incomplete, NotHere."""
    with on(referral) as held:
        given = Given(tasks=_counted(tasks))
        step = take(held, Verb.TASK, by=by, at=at, version=version, given=given, facts={"tasks": len(tasks)})
        return give_tasks(held, step, tasks, by=by, at=at)


def _counted(tasks: Sequence[NewTask]) -> int:
    return sum(1 for one in tasks if one.what.strip())


def give_tasks(held: Referral, step: ReferralStep, tasks: Sequence[NewTask], *, by: User, at: datetime) -> list[Task]:
    """Write the tasks of one step and tell whoever does them. Raises NotHere."""
    made = []
    for one in tasks:
        if not one.what.strip():
            continue
        if not is_staff(one.assignee, held.school, at=at) or is_relative(one.assignee, [held.student]):
            raise NotHere
        uid = uuid4()
        task = Task.objects.create(
            uid=uid,
            school=held.school,
            referral=held,
            step=step,
            assignee=one.assignee,
            what=keyring().seal(one.what.strip(), Place("referral_task", "what", uid, held.school.uid)),
            by=by,
            at=at,
            due_on=one.due_on,
        )
        tell_of_task(task, at=at)
        made.append(task)
    return made


def finish_task(*, by: User, task: Task, at: datetime) -> None:
    """Done: said by who does it, or by the counselor. Raises NotYours, NotNow, AlreadyDone."""
    with on(task.referral) as held:
        if Task.objects.filter(pk=task.pk, done_at__isnull=False).exists():
            raise AlreadyDone
        own = task.assignee_id == by.pk
        take(held, Verb.TASK_DONE, by=by, at=at, facts={"task": str(task.uid), "own": own})
        if not own and not parts_of(by, held, at=at) & BY_COUNSELOR:
            raise NotYours  # another one's task
        if not Task.objects.filter(pk=task.pk).open().update(done_at=at, done_by=by):
            raise AlreadyDone
        for key in (f"task:{task.uid}", f"task-late:{task.uid}"):
            told_enough(held, key, at=at)


def review(
    *,
    by: User,
    referral: Referral,
    version: int,
    change: Change,
    seen: str,
    next_on: date | None,
    at: datetime,
) -> Review:
    """Look at the plan again. Twice without anything getting better leads to the panel, by itself.

    Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        unchanged = change != Change.BETTER
        again = held.stage == Stage.IN_SCHOOL and unchanged and case_of(held, at=at).unchanged >= 1
        step = take(
            held, Verb.REVIEW_TO_PANEL if again else Verb.REVIEW, by=by, at=at, version=version,
            given=Given(review_on=next_on, unchanged=unchanged), words={Need.REVIEWED: seen},
            facts={"change": change.value, "next_on": str(next_on) if next_on else ""},
        )  # fmt: skip
        made = Review.objects.create(referral=held, step=step, change=change, next_on=next_on)
        if again:
            call_panel(held, at=at)
    return made


def plan_follow_ups(
    *, by: User, referral: Referral, version: int, on_days: Sequence[date], at: datetime
) -> list[FollowUp]:
    """Agree on days to look again. Raises NotYours, NotNow, Stale, Incomplete."""
    with on(referral) as held:
        days = tuple(sorted(set(on_days)))
        step = take(
            held, Verb.FOLLOW_UP, by=by, at=at, version=version, given=Given(follow_ups=days),
            facts={"days": [str(day) for day in days]},
        )  # fmt: skip
        return write_follow_ups(held, step, days)


def write_follow_ups(held: Referral, step: ReferralStep, days: Sequence[date]) -> list[FollowUp]:
    """One row a day; a day that is agreed already stays as it is."""
    standing = set(FollowUp.objects.filter(referral=held).open().values_list("on", flat=True))
    return [
        FollowUp.objects.create(referral=held, step=step, on=day) for day in dict.fromkeys(days) if day not in standing
    ]


def usual_follow_ups(referral: Referral, *, since: date) -> list[date]:
    """The school's days (preset 3, 7, 14, 30) from this one on; a form offers them, people change them."""
    return [since + timedelta(days=n) for n in rules_of(referral.school).follow_up_days]


def keep_follow_up(*, by: User, follow_up: FollowUp, seen: str, at: datetime) -> None:
    """Looked again, and what was seen. Raises NotYours, NotNow, Incomplete, AlreadyDone."""
    with on(follow_up.referral) as held:
        step = take(
            held, Verb.FOLLOW_UP_KEPT, by=by, at=at, words={Need.FOLLOWED: seen}, facts={"on": str(follow_up.on)}
        )
        waiting = FollowUp.objects.filter(pk=follow_up.pk).open()
        if not waiting.update(kept_at=at, kept_by=by, kept_step=step):
            raise AlreadyDone


def add_paper(
    *,
    by: User,
    referral: Referral,
    version: int,
    kind: Paper,
    dated: date,
    words: str = "",
    file: str = "",
    media_type: str = "",
    at: datetime,
) -> CasePaper:
    """What came on paper. `file` is the file as text (base64), looked at by the form; a certificate counts with it.

    Raises NotYours, NotNow, Stale, Incomplete.
    """
    with on(referral) as held:
        step = take(
            held, Verb.PAPER, by=by, at=at, version=version, given=Given(paper=kind.value),
            facts={"kind": kind.value, "dated": str(dated), "file": bool(file)},
        )  # fmt: skip
        paper = CasePaper(
            school=held.school, referral=held, step=step, kind=kind, dated=dated, media_type=media_type if file else ""
        )
        if words.strip():
            paper.words = keyring().seal(words.strip(), paper.words_place)
        if file:
            paper.file = keyring().seal(file, paper.file_place)
            paper.filename = f"{kind.label} {dated}"
        paper.save(force_insert=True)
    return paper
