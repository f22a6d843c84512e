"""Telling the second person that roles wait for their word: how many, nobody's name."""

from collections import Counter
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from notifications import actions, texts
from notifications.actions import Word
from notifications.models import InboxItem
from schools.appointments import Seconds, waiting_in
from schools.models import Membership, School

WAITING_POSTS = "posts:"


def tell_waiting(*, at: datetime) -> int:
    """Let the inbox of each who is asked say what waits now; returns how many waiting roles there are.

    A number that changed is told anew; who is asked for nothing any more is told nothing.
    """
    told = InboxItem.objects.filter(school=OuterRef("pk"), key__startswith=WAITING_POSTS)
    waits = Membership.objects.waiting().filter(school=OuterRef("pk"))
    schools = School.objects.filter(Q(Exists(waits)) | Q(Exists(told))).order_by("pk")
    return sum(_tell(school, at=at) for school in schools)


def _tell(school: School, *, at: datetime) -> int:
    waiting = waiting_in(school)
    second = Seconds(school, on=timezone.localdate(at))
    counts = Counter(person for one in waiting for person in second.asked(one))
    key, path = f"{WAITING_POSTS}{school.uid}", reverse("schools:posts")
    actions.tell_all(
        [Word(person, key, texts.posts_waiting(count=number), path) for person, number in sorted(counts.items())],
        school=school,
        at=at,
    )
    InboxItem.objects.filter(school=school, key=key).exclude(to__in=list(counts)).delete()
    return len(waiting)
