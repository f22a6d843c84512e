"""Keeping what is being typed. A draft is changed by the page that wrote it last, or by one that has read it since."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from accounts.models import User
from privacy.keyring import keyring
from students.models import Draft

Pairs = Sequence[tuple[str, str]]


class DraftElsewhere(Exception):
    """Another page of the same person has written meanwhile: both texts are there, and the person chooses."""

    def __init__(self, stands: Draft) -> None:
        super().__init__()
        self.stands = stands


class DraftGone(Exception):
    """It was saved or put aside in another page."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a page sends: its fields as pairs, and the names of those that hold words."""

    fields: Pairs
    words: Sequence[str]

    @property
    def is_empty(self) -> bool:
        return not self.texts

    @property
    def texts(self) -> list[str]:
        """The words alone."""
        return [value for name, value in self.fields if name in self.words and value.strip()]

    def as_text(self) -> str:
        return json.dumps({"fields": self.fields, "words": self.words}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Who writes: one opened page, how often it has sent, which edition it has read, whether its key is a new one."""

    tab: UUID
    turn: int
    edition: int
    fresh_key: bool = False


def keep_draft(*, by: User, form: str, about: UUID, page: Page, typed: Typed, at: datetime) -> Draft | None:
    """Keep it in the place of what the page has read; None when nothing is left of it.

    A message that arrives after a later one of its page changes nothing. Raises DraftElsewhere, DraftGone.
    """
    try:
        with transaction.atomic():
            rows = Draft.objects.of(by).filter(form=form, about=about)
            held = rows.select_for_update(no_key=True).first()
            if held is None:
                return _begin(by, form, about, page, typed, at)
            return _go_on(held, by, page, typed, at)
    except IntegrityError:
        # Two pages began at once: the other one was first.
        if standing := Draft.objects.of(by).filter(form=form, about=about).first():
            raise DraftElsewhere(standing) from None
        raise


def _begin(by: User, form: str, about: UUID, page: Page, typed: Typed, at: datetime) -> Draft | None:
    if typed.is_empty:
        return None
    if page.edition:
        raise DraftGone
    draft = Draft(owner=by, form=form, about=about, tab=page.tab, turn=page.turn, saved_at=at)
    draft.typed = keyring().seal(typed.as_text(), draft.typed_place)
    draft.save(force_insert=True)
    return draft


def _go_on(held: Draft, by: User, page: Page, typed: Typed, at: datetime) -> Draft | None:
    if held.tab == page.tab:
        if page.turn <= held.turn:
            return held
    elif typed.is_empty and not page.edition:
        return None  # a page that has nothing to say takes nothing away
    elif held.edition != page.edition or (held.key_used and not page.fresh_key):
        raise DraftElsewhere(held)
    if typed.is_empty:
        held.delete()
        return None
    held.owner = by
    held.typed = keyring().seal(typed.as_text(), held.typed_place)
    held.tab, held.turn, held.edition = page.tab, page.turn, held.edition + 1
    held.key_used, held.saved_at = False, at
    held.save(update_fields=["typed", "tab", "turn", "edition", "key_used", "saved_at"])
    return held


@contextmanager
def finished(*, by: User, form: str, about: UUID, tab: UUID) -> Iterator[None]:
    """What the draft was for is saved within: the draft of the page `tab` ends in the same transaction.

    Words of another page stay: that page is told, and its key is not used a second time.
    """
    with transaction.atomic():
        yield
        rows = Draft.objects.of(by).filter(form=form, about=about)
        if not rows.filter(tab=tab).delete()[0]:
            rows.update(key_used=True, tab=uuid4())


def discard_draft(*, by: User, draft: Draft) -> None:
    """The owner does not want it any more."""
    Draft.objects.of(by).filter(pk=draft.pk).delete()
