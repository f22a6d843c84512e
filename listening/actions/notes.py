"""The life of a note after the talk was logged: edited by its writer for 48 hours, then added to. Nothing is lost."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from listening.actions.corrections import AlreadyDeleted
from listening.models import Addendum, Conversation, NoteEdition
from privacy import actions as privacy
from privacy.keyring import keyring

EDITED_FOR = timedelta(hours=48)  # the access table


class NotTheWriter(Exception):
    """Only who wrote a note may change it or add to it."""


class NoteClosed(Exception):
    """The 48 hours are over: the note can be added to, not changed."""


class NoteChanged(Exception):
    """The note is no longer the one that was read: somebody else, or another window, was first."""


def may_edit_note(person: User, talk: Conversation, *, at: datetime) -> bool:
    """Whether the writer may still change the note itself; the last moment of the 48 hours is in them."""
    return talk.recorded_by_id == person.pk and talk.deleted_at is None and at <= talk.recorded_at + EDITED_FOR


@transaction.atomic
def edit_note(*, by: User, talk: Conversation, note: str, edition: int, at: datetime) -> Conversation:
    """Replace the note that was read as `edition`; the one before is kept as the bytes that it was.

    Raises NotTheWriter, NoteClosed, NoteChanged when another edition stands by now, AlreadyDeleted.
    """
    stands = _hold(by, talk)
    if not may_edit_note(by, stands, at=at):
        raise NoteClosed
    if stands.note_edition != edition:
        raise NoteChanged
    if stands.note is not None:
        NoteEdition.objects.create(
            conversation=stands, edition=stands.note_edition, note=bytes(stands.note), by=by, replaced_at=at
        )
    stands.note_edition += 1
    stands.note = keyring().seal(note.strip(), stands.note_place) if note.strip() else None
    stands.save(update_fields=["note", "note_edition"])
    _record(by, "conversation.note", stands, at)
    talk.refresh_from_db(fields=["note", "note_edition"])
    return talk


def add_to_note(*, by: User, talk: Conversation, note: str, at: datetime, request_key: UUID) -> Addendum:
    """Add to a note. The same `request_key` again answers with what stands. Raises NotTheWriter, AlreadyDeleted."""
    try:
        with transaction.atomic():
            stands = _hold(by, talk)
            added = Addendum(conversation=stands, by=by, at=at, request_key=request_key)
            added.note = keyring().seal(note.strip(), added.note_place)
            added.save(force_insert=True)
            _record(by, "conversation.add", stands, at)
            return added
    except IntegrityError:
        # Sent twice: the first one stands.
        if standing := Addendum.objects.filter(conversation=talk, request_key=request_key).first():
            return standing
        raise


def _hold(by: User, talk: Conversation) -> Conversation:
    """The talk as it stands, with nobody else writing to it."""
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related("school")
    stands = rows.get(pk=talk.pk)
    if stands.recorded_by_id != by.pk:
        raise NotTheWriter
    if stands.deleted_at is not None:
        raise AlreadyDeleted
    return stands


def _record(by: User, verb: str, stands: Conversation, at: datetime) -> None:
    privacy.record(by_id=by.pk, verb=verb, at=at, school_id=stands.school_id, kind="conversation", uid=stands.uid)
