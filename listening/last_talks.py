"""最近有人听: when each student was last listened to, by whomever. Shown beside the quota, never counted by it.

Of a counselor's talk others see the day alone.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Subquery

from listening.models import Conversation, ConversationStudent
from listening.quotas import Hat, Kind, Outcome
from schools.models import School
from students.models import Student


@dataclass(frozen=True, slots=True)
class LastTalk:
    """The latest talk that came about. `who` is empty where the viewer may not know."""

    day: date
    who: str
    minutes: int | None

    def days_ago(self, on: date) -> int:
        return max(0, (on - self.day).days)


def last_talks(
    school: School, students: Iterable[int], *, sees_counselors: Collection[int] = ()
) -> dict[int, LastTalk]:
    """The last talk of each of these students; two queries. `sees_counselors`: students whose counseling is seen."""
    made = ConversationStudent.objects.filter(
        school=school,
        student=OuterRef("pk"),
        conversation__deleted_at=None,
        conversation__outcome=Outcome.MADE,
        conversation__kind=Kind.TALK,
    ).exclude(conversation__hat=Hat.PEER)  # 同伴 are children, too: it says when somebody older listened
    made = made.order_by("-day", "-pk")
    latest = dict(
        Student.objects.filter(pk__in=list(students))
        .annotate(last_talk=Subquery(made.values("conversation")[:1]))
        .exclude(last_talk=None)
        .order_by()
        .values_list("pk", "last_talk")
    )
    talks = Conversation.objects.filter(school=school, pk__in=set(latest.values())).select_related("listener").in_bulk()
    seen = set(sees_counselors)
    return {student: _shown(talks[talk], everything=student in seen) for student, talk in latest.items()}


def _shown(talk: Conversation, *, everything: bool) -> LastTalk:
    if talk.by_counselor and not everything:
        return LastTalk(talk.day, who="", minutes=None)
    return LastTalk(talk.day, who=talk.listener.name, minutes=talk.minutes)
