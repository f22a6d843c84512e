"""需关注 and 支持要点 on the lists of teachers: whose mark and whose card this person may be shown.

One mark for everything that counselors keep, any tier but the ordinary one and any label alike, so that it says that
care is needed and never which or why. Counselors have the tiers themselves; whoever is named nowhere sees no mark.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.models import User
from schools.permissions import Permission
from students.models import CareCard, CareTier, Student, StudentLabel, TierAssignment


def marked(person: User, students: Collection[int], *, at: datetime) -> set[int]:
    """Which of these students are 需关注, as far as this person is shown it. One query."""
    on = timezone.localdate(at)
    given = TierAssignment.objects.filter(
        school=OuterRef("school"), student=OuterRef("pk"), valid_from__lte=on
    ).order_by("-valid_from", "-pk")
    seen = Student.objects.visible_to(person, at=at, under=Permission.CARE_MARK_VIEW).filter(pk__in=students)
    found = seen.annotate(_axis=Subquery(given.values("axis")[:1])).filter(
        Q(_axis__gt=CareTier.Axis.S0) | Exists(StudentLabel.objects.on(on).filter(student=OuterRef("pk")))
    )
    return set(found.values_list("pk", flat=True))


def cards_for(person: User, *, at: datetime) -> list[CareCard]:
    """The 支持要点 that are for this teacher: of the own class, and those addressed to them. One query.

    The same that `notes.may_read` says, for a list; without their words, so that passing by leaves no trail.
    """
    later = CareCard.objects.filter(student=OuterRef("student"), edition__gt=OuterRef("edition"))
    reached = Student.objects.visible_to(person, at=at, under=Permission.CARE_CARD_VIEW)
    heads = Student.objects.visible_to(person, at=at, under=Permission.CARE_CARD_OF_CLASS)
    named = CareCard.addressed.through.objects.filter(carecard=OuterRef("pk"), user=person)
    found = CareCard.objects.filter(Q(student__in=heads) | Exists(named), ~Exists(later), text__isnull=False)
    rows = found.filter(student__in=reached).select_related("student").defer("text")
    return list(rows.order_by("student__pinyin", "student"))
