"""The forms of this app that keep drafts, and what each draft is about, as far as its owner still sees it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch
from django.urls import reverse

from accounts.models import User
from listening.models import Conversation
from schools.permissions import Permission
from students.classes import classes_visible_to
from students.drafts import Find, Form, Found, of_students
from students.models import Student


def of_classes(route: str, permission: Permission) -> Find:
    """Forms about one class."""

    def find(person: User, abouts: Sequence[UUID], at: datetime) -> dict[UUID, Found]:
        reached = classes_visible_to(person, at=at, under=permission).filter(uid__in=abouts)
        return {one.uid: Found(one.name, reverse(route, args=[one.uid])) for one in reached}

    return find


def of_talks(route: str) -> Find:
    """Forms about one talk that the person wrote down."""

    def find(person: User, abouts: Sequence[UUID], at: datetime) -> dict[UUID, Found]:
        seen = Student.objects.visible_to(person, at=at, under=Permission.CONVERSATION_OWN)
        talks = Conversation.objects.visible_to(person, at=at).standing().written_by(person).filter(uid__in=abouts)
        return {
            talk.uid: Found("、".join(one.name for one in talk.about.all()), reverse(route, args=[talk.uid]))
            for talk in talks.prefetch_related(Prefetch("about", queryset=seen))
        }

    return find


FORMS: Mapping[str, Form] = {
    "log": Form("记一次倾听", of_students("listening:new", Permission.CONVERSATION_CREATE, query="student")),
    "sheet": Form("整班录入", of_classes("listening:sheet", Permission.CONVERSATION_CREATE)),
    "note": Form("改记录", of_talks("listening:note"), holds_record=True),
    "addendum": Form("补充几句", of_talks("listening:note-add")),
    "peers": Form("同伴活动", of_classes("listening:peers", Permission.PEER_ACTIVITY)),
}
