"""写到一半的: which forms keep drafts, whom they are about, and the one way to what was typed.

A draft is its owner's alone. The names around it are not: whom the owner no longer reaches is not named.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from accounts.access import Request
from accounts.models import User
from privacy.keyring import CannotOpen, keyring
from schools.permissions import Permission
from students.actions.drafts import Typed, finished
from students.glass import for_review
from students.models import Draft, Student, StudentLabel

MOST = 256 * 1024  # bytes of one draft: a class sheet with the longest words in every row


class NotForYou(Exception):
    """Only its owner opens a draft; one with words of a record only while the owner may open that."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a draft is about, as far as its owner still sees it."""

    name: str
    url: str


Find = Callable[[User, Sequence[UUID], datetime], dict[UUID, Found]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form that keeps drafts. `find` asks as often for many as for one.

    A form that `holds_record` begins with words that stand already, perhaps a colleague's: its draft opens only to
    whoever may open the form. All others hold nothing but what their owner typed.
    """

    title: str
    find: Find
    holds_record: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One of 我的草稿."""

    draft: Draft
    title: str
    when: str
    found: Found | None


_forms: dict[str, Form] = {}


def know(forms: Mapping[str, Form]) -> None:
    """Make forms known that keep drafts; each app says it of its own."""
    _forms.update(forms)


def is_known(key: str) -> bool:
    return key in _forms


def lines_of(person: User, *, at: datetime) -> list[Line]:
    """All that this person has not finished, the newest first."""
    return _lines(list(Draft.objects.of(person).newest()), person, at=at)


def line_of(draft: Draft, person: User, *, at: datetime) -> Line:
    return _lines([draft], person, at=at)[0]


def _lines(drafts: Sequence[Draft], person: User, *, at: datetime) -> list[Line]:
    found = {
        key: form.find(person, [one.about for one in drafts if one.form == key], at) for key, form in _used(drafts)
    }
    return [
        Line(one, _form(one).title, when_words(one.saved_at, at=at), found[one.form].get(one.about)) for one in drafts
    ]


def _form(draft: Draft) -> Form:
    """Words of a form that is no more are kept as well."""
    return _forms.get(draft.form, Form("草稿", lambda person, abouts, at: {}))


def _used(drafts: Iterable[Draft]) -> list[tuple[str, Form]]:
    return list({one.form: _form(one) for one in drafts}.items())


def open_typed(draft: Draft, *, by: User, at: datetime) -> Typed | None:
    """What was typed, for its owner; None when it cannot be opened here. It is no reading of a record: no trail row.

    Raises NotForYou.
    """
    if draft.owner_id != by.pk:
        raise NotForYou
    draft.owner = by
    form = _form(draft)
    if form.holds_record and not form.find(by, [draft.about], at):
        raise NotForYou
    try:
        kept = json.loads(keyring().unseal(bytes(draft.typed), draft.typed_place))
    except CannotOpen:
        return None
    return Typed([(name, value) for name, value in kept["fields"]], kept["words"])


def saving(request: Request, form: str, about: UUID, *, field: str = "draft_tab") -> AbstractContextManager[None]:
    """Around the action that saves what the form holds: the draft ends with it, or both are as before.

    A page that has kept no draft names none: then it costs nothing.
    """
    try:
        tab = UUID(request.POST.get(field, ""))
    except ValueError:
        return nullcontext()
    return finished(by=request.user, form=form, about=about, tab=tab)


def when_words(moment: datetime, *, at: datetime) -> str:
    """12:40, of an earlier day 11月17日 12:40."""
    local, now = timezone.localtime(moment), timezone.localtime(at)
    day = "" if local.date() == now.date() else f"{local.month}月{local.day}日 "
    return f"{day}{local:%H:%M}"


def of_students(route: str, permission: Permission, query: str = "") -> Find:
    """Forms about one student, at an address with the student's number, or with it in the query."""

    def find(person: User, abouts: Sequence[UUID], at: datetime) -> dict[UUID, Found]:
        reached = Student.objects.visible_to(person, at=at, under=permission).filter(uid__in=abouts)
        return {
            uid: Found(name, f"{reverse(route)}?{query}={uid}" if query else reverse(route, args=[uid]))
            for uid, name in reached.values_list("uid", "name")
        }

    return find


def _of_given_labels(person: User, abouts: Sequence[UUID], at: datetime) -> dict[UUID, Found]:
    reached = Student.objects.visible_to(person, at=at, under=Permission.CARE_EDIT)
    rows = StudentLabel.objects.filter(uid__in=abouts, valid_to=None, student__in=reached).select_related("student")
    return {
        one.uid: Found(one.student.name, reverse("students:care-label-end", args=[one.student.uid, one.uid]))
        for one in rows
    }


def _of_glasses(person: User, abouts: Sequence[UUID], at: datetime) -> dict[UUID, Found]:
    rows = for_review(person, at=at).filter(uid__in=abouts).select_related("student")
    return {one.uid: Found(one.student.name, reverse("students:glass", args=[one.uid])) for one in rows}


OWN: Mapping[str, Form] = {
    "card": Form("支持要点", of_students("students:card-edit", Permission.CARE_EDIT), holds_record=True),
    "proposal": Form("提议关爱层级", of_students("students:care-propose", Permission.CARE_EDIT)),
    "label": Form("加标签", of_students("students:care-label-new", Permission.CARE_EDIT)),
    "label-end": Form("取下标签", _of_given_labels),
    "glass": Form("紧急查看", of_students("students:glass-open", Permission.GLASS_OPEN)),
    "glass-review": Form("复核紧急查看", _of_glasses),
}
"""The forms of this app."""
