"""Cases at every stage, made as people make them."""

from datetime import date, timedelta

from referrals import actions
from referrals.actions import NewTask, Report
from referrals.choices import Change, Heard, Outcome, Paper, Source
from referrals.models import Referral, SecondWord
from referrals.requirements import Colour, Urgency
from students import actions as students
from students.models import Pause
from tests.cast import NOW, TODAY, at

REVIEW_ON = date(2025, 12, 1)
TRIED = "试着陪他走了一段路"


def later(days=0, hours=0):
    return NOW + timedelta(days=days, hours=hours)


def raised(cast, by=None, student=None, when=NOW, **said):
    """One report, and the case that it belongs to."""
    source = said.pop("source", Source.FORM)
    concern = actions.raise_concern(
        by=by or cast.teacher, student=student or cast.lin, at=when, source=source,
        report=Report(**{"words": "他说不想回家", "tried": TRIED} | said),
    )  # fmt: skip
    return fresh(concern.referral)


def fresh(case):
    return Referral.objects.select_related("student__school", "school", "owner").get(pk=case.pk)


def accepted(cast, **said):
    case = raised(cast, **said)
    return fresh(actions.accept(by=cast.counselor, referral=case, version=case.version, at=NOW))


def assessed(cast, colour=Colour.BLUE, **said):
    case = accepted(cast, **said)
    words = {"seen": "上课走神", "protective": "外婆", "reason": "一周以来"}
    actions.assess(by=cast.counselor, referral=case, version=case.version, colour=colour, at=NOW, **words)
    return fresh(case)


def planned(cast, tasks=None, **said):
    case = assessed(cast, **said)
    return write_plan(cast, case, tasks)


def write_plan(cast, case, tasks=None):
    tasks = tasks or [NewTask(cast.head_teacher, "每周聊一次", TODAY + timedelta(days=6))]
    actions.write_plan(
        by=cast.counselor, referral=case, version=case.version, goals="睡得好", measures="每周见一次", tasks=tasks,
        review_on=REVIEW_ON, at=NOW,
    )  # fmt: skip
    return fresh(case)


def finish_tasks(case, when=NOW):
    for task in case.tasks.open():
        actions.finish_task(by=task.assignee, task=task, at=when)
    return fresh(case)


def review(cast, case, change, when=NOW, next_on=REVIEW_ON):
    actions.review(
        by=cast.counselor, referral=case, version=case.version, change=change, seen="还好", next_on=next_on, at=when
    )
    return fresh(case)


def propose_close(cast, case, by=None, when=NOW):
    return actions.propose_close(
        by=by or cast.counselor, referral=case, version=case.version, outcome=Outcome.BETTER, heard=Heard.THANKS,
        summary="三周来睡得好多了", at=when,
    )  # fmt: skip


def confirm(cast, word, by=None, when=NOW):
    case = fresh(word.referral)
    return fresh(actions.confirm(by=by or cast.counselor2, word=word, version=case.version, at=when))


def closed(cast, **said):
    case = finish_tasks(planned(cast, **said))
    return confirm(cast, propose_close(cast, case))


def decide(cast, case, meeting=True, tasks=None, by=None):
    actions.decide(
        by=by or cast.principal, referral=case, version=case.version, meeting=meeting,
        present=[cast.principal, cast.counselor], evidence="三次记录", decision="请家长来", minutes="十分钟",
        tasks=tasks or [NewTask(cast.head_teacher, "约家长", TODAY + timedelta(days=1))], at=NOW,
    )  # fmt: skip
    return fresh(case)


def at_family_meeting(cast, **said):
    return decide(cast, assessed(cast, **({"colour": Colour.ORANGE} | said)))


def external(cast):
    case = at_family_meeting(cast)
    return fresh(actions.guardian_agreed(by=cast.head_teacher, referral=case, version=case.version, at=NOW))


def paper(cast, case, kind, when=NOW, **more):
    actions.add_paper(
        by=cast.counselor, referral=case, version=case.version, kind=kind, dated=TODAY, words="某医院", at=when, **more
    )
    return fresh(case)


def on_leave(cast):
    case = paper(cast, external(cast), Paper.LEAVE_APPLICATION)
    actions.begin_leave(
        by=cast.counselor, referral=case, version=case.version, first=TODAY, decision="同意", contact_plan="每周一次",
        at=NOW,
    )  # fmt: skip
    return fresh(case)


def in_return_review(cast):
    case = on_leave(cast)
    return apply(cast, case)


def apply(cast, case):
    return fresh(
        actions.apply_to_return(by=cast.counselor, referral=case, version=case.version, application="想回来", at=NOW)
    )


def approve(cast, case, by=None):
    back = TODAY + timedelta(days=1)
    actions.approve_return(
        by=by or cast.principal, referral=case, version=case.version, own_review="可以", return_plan="half",
        parties={"guardian", "head_teacher", "counselor"},
        follow_ups=actions.usual_follow_ups(case, since=back), back_on=back, at=NOW,
    )  # fmt: skip
    return fresh(case)


def following(cast):
    case = paper(cast, in_return_review(cast), Paper.CERTIFICATE, file="aGVsbG8=")
    return approve(cast, case)


def left(cast, case):
    """The student has moved to another school."""
    Pause.objects.filter(student=case.student).delete()
    students.pause(by=None, student=case.student, kind=Pause.Kind.LEFT, first=TODAY, last=None, at=NOW)
    return case


__all__ = [
    "NOW", "REVIEW_ON", "TODAY", "Change", "Colour", "SecondWord", "Urgency", "accepted", "apply", "approve",
    "assessed", "at", "at_family_meeting", "closed", "confirm", "decide", "external", "finish_tasks", "following",
    "fresh", "in_return_review", "later", "left", "on_leave", "paper", "planned", "propose_close", "raised", "review",
    "write_plan",
]  # fmt: skip
