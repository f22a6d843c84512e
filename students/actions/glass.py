"""紧急查看, step by step. Who is told finds a row in the inbox, written in the same transaction: no job, no mail."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from accounts.models import User
from notifications import actions as notifications
from notifications import texts
from notifications.actions import Word
from notifications.models import InboxItem
from privacy import actions as privacy
from privacy.keyring import Place, keyring
from students.glass import circle_of, for_review, may_open
from students.models import BreakGlass, Student
from students.models.glass import LASTS


class MayNotOpen(Exception):
    """This person opens none for this student, agrees to none, reviews none."""


class OneAtATime(Exception):
    """This person has one open."""

    def __init__(self, glass: BreakGlass) -> None:
        super().__init__()
        self.glass = glass


class GlassOver(Exception):
    """Its hour is over, or it was closed."""


class AlreadyAgreed(Exception):
    """A second person has agreed already."""


class GlassStands(Exception):
    """It is reviewed when it is over."""


class AlreadyReviewed(Exception):
    """Somebody else was first."""


@transaction.atomic
def open_glass(*, by: User, student: Student, reason: str, at: datetime) -> BreakGlass:
    """For 60 minutes, for one student. The counselors in charge and who reviews are told in this transaction.

    Raises MayNotOpen, OneAtATime.
    """
    if not may_open(by, student, at=at):
        raise MayNotOpen
    # What time has ended is marked as ended, so that the database can hold everybody to one.
    BreakGlass.objects.filter(by=by, closed_at=None, ends_at__lte=at).update(closed_at=F("ends_at"))
    school, uid = student.school, uuid4()
    try:
        with transaction.atomic():
            glass = BreakGlass.objects.create(
                uid=uid,
                school=school,
                student=student,
                by=by,
                reason=keyring().seal(reason.strip(), Place("break_glass", "reason", uid, school.uid)),
                opened_at=at,
                ends_at=at + LASTS,
            )
    except IntegrityError as problem:
        standing = BreakGlass.objects.with_people().filter(by=by, closed_at=None).first()
        if standing is None:
            raise
        raise OneAtATime(standing) from problem
    _record(glass, "open", by=by, at=at)
    _tell(glass, circle_of(by, student, at=at).told, "glass", texts.glass_opened(), at=at)
    return glass


@transaction.atomic
def ask_second(*, by: User, glass: BreakGlass, at: datetime) -> None:
    """Ask for a second person's word, once; whoever may give it is told. Raises MayNotOpen, GlassOver."""
    if glass.by_id != by.pk:
        raise MayNotOpen
    standing = BreakGlass.objects.filter(pk=glass.pk).standing(at=at)
    if standing.filter(asked_at=None).update(asked_at=at):
        _record(glass, "ask", by=by, at=at)
        _tell(glass, circle_of(by, glass.student, at=at).seconds, "glass-second", texts.glass_asked(), at=at)
    elif not standing.exists():
        raise GlassOver


@transaction.atomic
def agree(*, by: User, glass: BreakGlass, at: datetime) -> None:
    """The second person's word: notes open until the hour is over. Raises MayNotOpen, AlreadyAgreed, GlassOver."""
    if by not in circle_of(glass.by, glass.student, at=at).seconds:
        raise MayNotOpen
    asked = BreakGlass.objects.filter(pk=glass.pk, asked_at__lte=at).standing(at=at)
    if not asked.exists():
        raise GlassOver
    if not asked.filter(second_by=None).update(second_by=by, second_at=at):
        raise AlreadyAgreed
    _record(glass, "second", by=by, at=at)
    _told_enough(glass, "glass-second", at=at)
    _tell(glass, [glass.by], "glass-agreed", texts.glass_agreed(), at=at)


@transaction.atomic
def close_glass(*, by: User, glass: BreakGlass, at: datetime) -> None:
    """End it before its hour is over; one that is over stays as it is. Raises MayNotOpen."""
    if glass.by_id != by.pk:
        raise MayNotOpen
    if BreakGlass.objects.filter(pk=glass.pk).standing(at=at).update(closed_at=at):
        _record(glass, "close", by=by, at=at)
        _told_enough(glass, "glass-second", at=at)


@transaction.atomic
def review_glass(*, by: User, glass: BreakGlass, words: str, at: datetime) -> None:
    """已复核, with words. Raises MayNotOpen, GlassStands, AlreadyReviewed."""
    if not for_review(by, at=at).filter(pk=glass.pk).exists():
        raise MayNotOpen
    if BreakGlass.objects.filter(pk=glass.pk).standing(at=at).exists():
        raise GlassStands
    sealed = keyring().seal(words.strip(), glass.review_words_place)
    waiting = BreakGlass.objects.filter(pk=glass.pk).unreviewed()
    if not waiting.update(reviewed_by=by, reviewed_at=at, review_words=sealed):
        raise AlreadyReviewed
    _record(glass, "review", by=by, at=at)
    _told_enough(glass, "glass", at=at)


def _record(glass: BreakGlass, step: str, *, by: User, at: datetime) -> None:
    privacy.record(
        by_id=by.pk, verb=f"glass.{step}", at=at, school_id=glass.school_id, kind="break_glass", uid=glass.uid
    )


def _tell(glass: BreakGlass, people: Iterable[User], about: str, text: str, *, at: datetime) -> None:
    path = reverse("students:glass", args=[glass.uid])
    words = [Word(one.pk, f"{about}:{glass.uid}", text, path) for one in people]
    notifications.tell_all(words, school=glass.school, at=at)


def _told_enough(glass: BreakGlass, about: str, *, at: datetime) -> None:
    """What one of them has answered need not call the others."""
    for item in InboxItem.objects.filter(school=glass.school_id, key=f"{about}:{glass.uid}").unread():
        notifications.mark_read(item, at=at)
