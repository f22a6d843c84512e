"""A worry is received: it joins the case of its student, or begins one. Whoever must act is told in the same breath."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from accounts.models import User
from privacy import actions as privacy
from privacy.keyring import keyring
from referrals.actions.due import refresh_due
from referrals.actions.moving import NotYours, hold, take
from referrals.actions.telling import (
    acknowledge,
    alert_for_harm,
    alert_for_life,
    concern_step,
    tell_of_concern,
)
from referrals.choices import About, LifeEvent, Situation, Source, Told
from referrals.models import Concern, HarmMark, Referral, ReferralStep, State, SuspectedGuardian
from referrals.requirements import Urgency
from referrals.stages import Stage, Verb
from schools.permissions import Permission, hat_worn
from schools.roles import Hat
from students.models import Guardian, Student
from students.notes import concern_counselors


@dataclass(frozen=True, slots=True)
class Report:
    """What the form of a report asks for."""

    words: str = ""  # what was seen or heard, in the child's words
    tried: str = ""
    guardian_told: Told | None = None
    guardian_words: str = ""  # what they answered, or why they were not told
    ways: str = ""  # safe times and ways to reach the student
    life_event: LifeEvent | None = None
    urgency: Urgency = Urgency.WEEK
    about: About = About.STUDENT
    situation: Situation | None = None  # 疑似侵害
    suspected: Sequence[Guardian] = field(default=())


def may_report_about(person: User, *, at: datetime) -> QuerySet[Student]:
    """The students about whom this person may report; a pupil the own record, for a friend too (named in the words)."""
    return Student.objects.visible_to(person, at=at, under=Permission.CONCERN_OWN)


@transaction.atomic
def report(
    *,
    by: User,
    students: Sequence[Student],
    report: Report,
    at: datetime,
    request_key: UUID,
    source: Source = Source.FORM,
) -> list[Concern]:
    """Report about several students at once, each with its own concern. The same `request_key` makes nothing twice.

    Raises NotYours for a student whom this person does not reach.
    """
    reached = may_report_about(by, at=at).filter(pk__in=[one.pk for one in students])
    if not students or reached.count() != len({one.pk for one in students}):
        raise NotYours
    ordered = sorted(students, key=lambda one: one.pk)  # two forms at once lock in one order
    return [
        raise_concern(by=by, student=one, at=at, source=source, report=report, request_key=request_key)
        for one in ordered
    ]


def raise_concern(
    *,
    by: User,
    student: Student,
    at: datetime,
    source: Source,
    words: str = "",
    conversation_uid: UUID | None = None,
    request_key: UUID | None = None,
    report: Report | None = None,
) -> Concern:
    """Ask the counselor to look at one student: the words sealed, the counselors in charge told, in one transaction.

    The same `request_key` of the same person about the same student again answers with the concern that stands.
    """
    try:
        with transaction.atomic():
            if request_key and (standing := _already(by, student, request_key)):
                return standing
            return _receive(
                report or Report(words=words), by=by, student=student, at=at, source=source,
                conversation_uid=conversation_uid, request_key=request_key or uuid4(),
            )  # fmt: skip
    except IntegrityError:
        # Two taps at once: the other one was first.
        if request_key and (standing := _already(by, student, request_key)):
            return standing
        raise


def _already(by: User, student: Student, request_key: UUID) -> Concern | None:
    return Concern.objects.filter(raised_by=by, student=student, request_key=request_key).first()


def _receive(
    said: Report, *, by: User, student: Student, at: datetime, source: Source, conversation_uid: UUID | None,
    request_key: UUID,
) -> Concern:  # fmt: skip
    if connection.features.has_select_for_update:
        list(Student.objects.select_for_update(no_key=True).filter(pk=student.pk).values_list("pk"))
    live = Referral.objects.filter(student=student).live().first()
    held = hold(live) if live else None
    joins = held is not None and held.is_live  # it may have ended while we waited for it
    case = held if held is not None and joins else _begin(said, student, at=at)
    concern = _concern(said, case, by=by, student=student, at=at, source=source)
    concern.conversation_uid, concern.request_key = conversation_uid, request_key
    concern.save(force_insert=True)
    concern_step(concern, State.RECEIVED, by=by, at=at)
    facts = {"concern": str(concern.uid), "urgency": said.urgency.value, "harm": said.situation or ""}
    if joins:
        # It may be more urgent than what is known, never less.
        more = {"urgency": max(case.urgency, said.urgency), "has_harm": case.has_harm or bool(said.situation)}
        take(case, Verb.JOIN, by=by, at=at, facts=facts, changes=more)
    else:
        _first_step(case, by=by, at=at, facts=facts)
    if said.situation:
        mark_harm(case, said.situation, said.suspected, by=by, at=at)
    refresh_due(case)
    tell_of_concern(concern, at=at)
    if said.urgency == Urgency.LIFE:
        alert_for_life(case, but=by, at=at)
    return concern


def _begin(said: Report, student: Student, *, at: datetime) -> Referral:
    return Referral.objects.create(
        school=student.school,
        student=student,
        stage=Stage.REPORTED,
        stage_since=at,
        opened_at=at,
        urgency=said.urgency,
        has_harm=bool(said.situation),
    )


def _first_step(case: Referral, *, by: User, at: datetime, facts: dict[str, Any]) -> None:
    ReferralStep.objects.create(
        referral=case, number=1, verb=Verb.REPORT, target=Stage.REPORTED, by=by, at=at, facts=facts
    )
    privacy.record(by_id=by.pk, verb="referral.report", at=at, school_id=case.school_id, kind="referral", uid=case.uid)


def _concern(said: Report, case: Referral, *, by: User, student: Student, at: datetime, source: Source) -> Concern:
    hat = hat_worn(by, at=at)
    own = hat == Hat.STUDENT and Student.objects.filter(pk=student.pk, user=by).exists()
    concern = Concern(
        school=student.school,
        student=student,
        referral=case,
        raised_by=by,
        from_home=own or hat == Hat.GUARDIAN,
        raised_at=at,
        source=source,
        about=said.about if not own or said.about == About.FRIEND else About.SELF,
        life_event=said.life_event or "",
        guardian_told=said.guardian_told or "",
        urgency=said.urgency,
        situation=said.situation or "",
    )
    concern.words = keyring().seal(said.words.strip(), concern.words_place) if said.words.strip() else None
    concern.tried = keyring().seal(said.tried.strip(), concern.tried_place) if said.tried.strip() else None
    concern.ways = keyring().seal(said.ways.strip(), concern.ways_place) if said.ways.strip() else None
    if answer := said.guardian_words.strip():
        concern.guardian_words = keyring().seal(answer, concern.guardian_words_place)
    return concern


def mark_harm(case: Referral, situation: Situation, suspected: Iterable[Guardian], *, by: User, at: datetime) -> None:
    """疑似侵害: kept, told at once to the 组长 and the lead counselor; guardians who may have done it are shut out."""
    HarmMark.objects.create(referral=case, situation=situation, by=by, at=at)
    for guardian in suspected:
        if guardian.student_id == case.student_id:
            SuspectedGuardian.objects.get_or_create(referral=case, guardian=guardian, defaults={"by": by, "at": at})
    alert_for_harm(case, but=by, at=at)


def mark_seen(*, by: User, concern: Concern, at: datetime) -> Concern:
    """A counselor has seen it; the raiser is told that much. Said again it changes nothing.

    The first one seen is how a case is accepted; what joined later is only acknowledged. Raises NotYours for whoever
    is neither in charge of the student nor the lead counselor.
    """
    if by not in concern_counselors(concern.school, [concern.student], at=at):
        raise NotYours
    with transaction.atomic():
        held = hold(concern.referral)
        if Concern.objects.filter(pk=concern.pk).unseen().exists():
            if held.stage == Stage.REPORTED:
                _accept(held, by=by, at=at, version=None)
            else:
                fresh = Concern.objects.select_related("school", "student", "raised_by", "referral").get(pk=concern.pk)
                acknowledge(fresh, by=by, at=at)
            refresh_due(held)
    concern.refresh_from_db(fields=["state", "seen_by", "seen_at"])
    return concern


def accept(*, by: User, referral: Referral, version: int, at: datetime) -> Referral:
    """受理: the case has an owner, and everybody who reported hears that it is in hand.

    Raises NotYours, NotNow, Stale.
    """
    with transaction.atomic():
        held = hold(referral)
        _accept(held, by=by, at=at, version=version)
        refresh_due(held)
    return held


def _accept(held: Referral, *, by: User, at: datetime, version: int | None) -> None:
    take(held, Verb.ACCEPT, by=by, at=at, version=version, changes={"owner": by})
    waiting = Concern.objects.filter(referral=held).unseen().order_by("pk")
    for concern in waiting.select_related("school", "student", "raised_by", "referral"):
        acknowledge(concern, by=by, at=at)
