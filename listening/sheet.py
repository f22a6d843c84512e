"""整班录入: the rows of one class, one a student, and the talk that each ticked row becomes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.http import QueryDict

from accounts.models import User
from listening import actions
from listening.choosing import loggable
from listening.forms.sheets import SheetRowForm
from listening.models import CheckIn, Conversation, QuotaRule
from listening.quotas import Kind, Status
from schools.models import School, SchoolClass
from schools.permissions import Permission, memberships_of
from schools.roles import Role
from students.models import Student

FIELD = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?:heard|note)")
UNKNOWN = "一位同学"
MOVED = "这位同学现在不在这张名单里，没有保存。要记的话，请到“记一次”里找这位同学。"


@dataclass(slots=True)
class Row:
    """One line of the sheet. `student` is None for a line that was sent about somebody who is not on the list."""

    uid: str
    name: str
    form: SheetRowForm
    student: Student | None = None
    met: bool = False  # the first requirement for everybody is met in this period already
    talk: Conversation | None = None  # what it became
    stood: bool = False  # it had been saved before, by the same form

    @property
    def faults(self) -> list[str]:
        """What is wrong with this line."""
        if not self.form.is_bound:
            return []
        found = [str(fault) for faults in self.form.errors.values() for fault in faults]
        return [MOVED, *found] if self.student is None else found

    @property
    def is_wrong(self) -> bool:
        return bool(self.faults)

    @property
    def is_ticked(self) -> bool:
        return bool(self.form.is_bound and self.form.cleaned_data.get("heard"))


def rows_of(
    school_class: SchoolClass, person: User, *, on: date, at: datetime, sent: QueryDict | None = None
) -> list[Row]:
    """Everybody of the class about whom this person may log a talk, by pinyin; then who was sent and is not among them.

    A row that was sent about somebody else is kept with its words, so that nothing typed is lost.
    """
    students = list(loggable(person, at=at).in_class(school_class, on=on).select_related("school").by_name())
    met = _met(school_class.school, students, person, on=on, at=at)
    rows = [
        Row(str(one.uid), one.name, _form(sent, str(one.uid), one.name), student=one, met=one.pk in met)
        for one in students
    ]
    if sent is None:
        return rows
    known = {row.uid for row in rows}
    strange = {found[1] for key in sent if (found := FIELD.fullmatch(key)) and str(sent[key]).strip()} - known
    names = {str(one.uid): one.name for one in loggable(person, at=at).filter(uid__in=strange)}
    lost = [
        Row(uid, names.get(uid, UNKNOWN), _form(sent, uid, names.get(uid, UNKNOWN)))
        for uid in sorted(strange, key=lambda uid: (names.get(uid, ""), uid))
    ]
    return [*rows, *lost]


def _form(sent: QueryDict | None, uid: str, name: str) -> SheetRowForm:
    return SheetRowForm(sent, prefix=uid, name=name)


def _met(school: School, students: Iterable[Student], person: User, *, on: date, at: datetime) -> set[int]:
    """Who is met under the first requirement that is for everybody: one for some would tell who they are."""
    rule = (
        QuotaRule.objects.filter(school=school, per=QuotaRule.Per.STUDENT, kind=Kind.TALK, tiers=None, labels=None)
        .in_use_on(on)
        .owed()
        .teachers()
        .in_order()
        .first()
    )
    if rule is None:
        return set()
    seen = CheckIn.objects.visible_to(person, at=at, under=Permission.MY_LIST_VIEW)
    rows = seen.filter(school=school, rule=rule, student__in=students, period__start__lte=on, period__end__gte=on)
    return set(rows.filter(status=Status.MET).values_list("student", flat=True))


def is_counselor(person: User, school: School, *, at: datetime) -> bool:
    """Whether this person's talks here are 心理辅导, as they are unless said otherwise."""
    return any(one.role == Role.COUNSELOR and one.school_id == school.pk for one in memberships_of(person, at=at))


def save(rows: Iterable[Row], top: dict[str, Any], *, by: User, at: datetime) -> list[Row]:
    """Log a talk for each ticked row that is right, each in its own transaction; the others are left alone.

    The number of a talk comes of the form's and the student's: what is sent again stands already.
    """
    right = [(row, row.student) for row in rows if row.student and not row.is_wrong and row.is_ticked]
    keys = {row.uid: row_key(top["form_key"], row.uid) for row, _ in right}
    standing = Conversation.objects.filter(recorded_by=by, request_key__in=keys.values())
    known = set(standing.values_list("request_key", flat=True))
    for row, student in right:
        row.stood = keys[row.uid] in known
        row.talk = actions.log_conversation(
            by=by,
            students=[student],
            day=top["day"],
            at=at,
            minutes=top["minutes"],
            channel=top["channel"],
            note=row.form.cleaned_data["note"],
            by_counselor=is_counselor(by, student.school, at=at),
            request_key=keys[row.uid],
        )
    return [row for row, _ in right]


def row_key(form_key: UUID, uid: str) -> UUID:
    """The number under which this row of this form is logged, however often it is sent."""
    return uuid5(form_key, uid)
