"""Who may read a confidential text about a student, and the one way to read it.

The rule that says who can read it while writing is the rule that guards the reading. Source: the access table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from privacy.keyring import CannotOpen, Place, keyring
from privacy.models import ReadEntry
from schools.models import Membership, School
from schools.permissions import Permission, is_staff, memberships_of
from schools.roles import Role
from students.models import BreakGlass, Enrolment, Mentor, Student


class Text(Enum):
    """What kind of confidential text it is; each has readers of its own."""

    WORK_NOTE = auto()  # 倾听, 家校沟通, 家访
    COUNSELING_NOTE = auto()  # 心理辅导
    CONCERN = auto()  # 请心理教师看一看
    REFERRAL = auto()  # what was written on the way of a case: assessment, plan, reviews, a panel's minutes
    REFERRAL_SUMMARY = auto()  # what a second person reads before they confirm
    REFERRAL_REPLY = auto()  # what whoever reported is answered
    PEER_NOTE = auto()  # 同伴活动
    CARE_REASON = auto()  # why a tier or a label
    CARE_CARD = auto()  # 支持要点
    GLASS_REASON = auto()  # why a 紧急查看 was opened, and what its review says


BY_GLASS = frozenset({Text.WORK_NOTE, Text.COUNSELING_NOTE})  # what a 紧急查看 may open


PEERS_OWN_FOR = timedelta(hours=24)  # as long as a peer supporter reads what they wrote (access table)


class NotForYou(Exception):
    """This person may not read this text."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The text; None when it cannot be opened here (its bytes stay as they are)."""

    text: str | None

    @property
    def is_damaged(self) -> bool:
        return self.text is None


def counselors_in_charge(school: School, students: Sequence[Student], *, at: datetime) -> list[User]:
    """The counselors whose grades these students are in; the lead stands in for all where nobody is."""
    day = timezone.localdate(at)
    held = _counselors(school, day)
    grades = set(Enrolment.objects.on(day).filter(student__in=students).values_list("school_class__grade", flat=True))
    in_charge = [one.user for one in held if one.grade_id in grades or (one.grade_id is None and not one.is_lead)]
    return list(dict.fromkeys(in_charge or [one.user for one in held if one.is_lead]))


def concern_counselors(school: School, students: Sequence[Student], *, at: datetime) -> list[User]:
    """Who may answer a concern: the counselors in charge, then the lead, so that none waits for one person's return."""
    leads = [one.user for one in _counselors(school, timezone.localdate(at)) if one.is_lead]
    found = dict.fromkeys([*counselors_in_charge(school, students, at=at), *leads])
    return [one for one in found if not is_relative(one, students)]


def _counselors(school: School, day: date) -> list[Membership]:
    held = Membership.objects.valid_on(day).filter(school=school, role=Role.COUNSELOR, user__is_active=True)
    return list(held.select_related("user").order_by("pk"))


def readers(
    kind: Text,
    *,
    author: User,
    school: School,
    students: Sequence[Student],
    at: datetime,
    addressed: Sequence[User] = (),
) -> list[User]:
    """Everyone who will be able to read such a text about these students: the author first, then who is in charge.

    The lead counselor stands in for all (access table) and reads when no counselor is in charge; a relative of the
    student never does. The words of a concern are read by whoever may answer it. A tier and a label are known to every
    counselor, so is their reason; a card is also read by the head teachers, and by teachers in `addressed`. Of a
    紧急查看 those in `addressed` read (students/glass.py says who they are). A case's texts are read like a concern, by
    the counselors and by those in `addressed` (referrals/reading.py says who they are); its summary by every counselor.
    """
    match kind:
        case Text.WORK_NOTE | Text.COUNSELING_NOTE | Text.PEER_NOTE:
            found = [one for one in counselors_in_charge(school, students, at=at) if not is_relative(one, students)]
        case Text.CONCERN | Text.REFERRAL | Text.REFERRAL_REPLY:
            named = [one for one in addressed if not is_relative(one, students)]
            found = [*concern_counselors(school, students, at=at), *named]
        case Text.REFERRAL_SUMMARY:
            people = [one.user for one in _counselors(school, timezone.localdate(at))]
            found = [one for one in [*people, *addressed] if not is_relative(one, students)]
        case Text.CARE_REASON | Text.CARE_CARD:
            # Written by a counselor for counselors: the author reads it as one of them, and no longer.
            people = [one.user for one in _counselors(school, timezone.localdate(at))]
            if kind is Text.CARE_CARD:
                people += _teachers_of_card(school, students, addressed, at=at)
            found = [one for one in dict.fromkeys(people) if not is_relative(one, students)]
            return sorted(found, key=lambda one: one != author)
        case Text.GLASS_REASON:
            found = [one for one in addressed if not is_relative(one, students)]
    return list(dict.fromkeys([author, *found]))


def card_teachers(school: School, students: Sequence[Student], *, at: datetime) -> tuple[list[User], list[User]]:
    """The head teachers of these students, who read every card; and mentors and subject teachers, who may be named."""
    day = timezone.localdate(at)
    classes = Enrolment.objects.on(day).filter(student__in=students).values("school_class")
    held = Membership.objects.valid_on(day).filter(school=school, school_class__in=classes, user__is_active=True)
    held = held.filter(role__in=(Role.HEAD_TEACHER, Role.SUBJECT_TEACHER)).select_related("user").order_by("pk")
    found = [(one.user, one.role == Role.HEAD_TEACHER) for one in held]
    pairs = Mentor.objects.on(day).filter(student__in=students, teacher__is_active=True).select_related("teacher")
    found += [(one.teacher, False) for one in pairs.order_by("pk")]
    heads = list(dict.fromkeys(user for user, is_head in found if is_head))
    return heads, [user for user in dict.fromkeys(user for user, _ in found) if user not in heads]


def _teachers_of_card(
    school: School, students: Sequence[Student], addressed: Sequence[User], *, at: datetime
) -> list[User]:
    heads, others = card_teachers(school, students, at=at)
    return [*heads, *(one for one in others if one in addressed)]


def is_relative(person: User, students: Sequence[Student]) -> bool:
    """Whether one of these is the person's own child or a relative: the link shuts the staff roles out."""
    return Student.objects.kin_of(person).filter(pk__in=[one.pk for one in students]).exists()


def may_read(
    person: User,
    kind: Text,
    *,
    author: User,
    school: School,
    students: Sequence[Student],
    at: datetime,
    written_at: datetime | None = None,
    addressed: Sequence[User] = (),
    glass: BreakGlass | None = None,
) -> bool:
    """Whether this person may read it now; nobody may who holds no role of staff in this school any more.

    With a `glass` it is asked whether that one 紧急查看 opens it, and nothing else.

    A peer supporter is no staff: the own note of an activity is theirs to read for 24 hours from `written_at` on.
    """
    if glass is not None:
        return kind in BY_GLASS and _opens(glass, person, school, students, at=at)
    if not is_staff(person, school, at=at):
        if kind is Text.REFERRAL_REPLY and person in addressed:
            return bool(memberships_of(person, at=at))  # written for this family, or this pupil
        fresh = written_at is not None and at < written_at + PEERS_OWN_FOR
        return kind is Text.PEER_NOTE and person == author and fresh and _is_peer(person, school, at=at)
    return person in readers(kind, author=author, school=school, students=students, at=at, addressed=addressed)


def _opens(glass: BreakGlass, person: User, school: School, students: Sequence[Student], *, at: datetime) -> bool:
    """A text about its one student alone, for who opened it and may still do so, once a second person has agreed."""
    about_it = glass.school_id == school.pk and [one.pk for one in students] == [glass.student_id]
    if glass.by_id != person.pk or not about_it or not glass.opens_notes(at=at):
        return False
    reached = Student.objects.visible_to(person, at=at, under=Permission.GLASS_OPEN)
    return reached.filter(pk=glass.student_id).exists()


def _is_peer(person: User, school: School, *, at: datetime) -> bool:
    return any(one.school_id == school.pk and one.role == Role.PEER for one in memberships_of(person, at=at))


def open_note(
    sealed: bytes | None,
    *,
    by: User,
    kind: Text,
    place: Place,
    author: User,
    school: School,
    students: Sequence[Student],
    at: datetime,
    written_at: datetime | None = None,
    addressed: Sequence[User] = (),
    glass: BreakGlass | None = None,
) -> Opened:
    """The only way to plaintext: the right, then a trail row, then the text, in one transaction.

    What is opened by a `glass` says so in its trail row.

    Raises NotForYou without the right. Where the trail row cannot be written nothing is opened.
    """
    right = may_read(
        by, kind, author=author, school=school, students=students, at=at, written_at=written_at, addressed=addressed,
        glass=glass,
    )  # fmt: skip
    if not right:
        raise NotForYou
    if sealed is None:
        return Opened("")
    with transaction.atomic():
        for student in students:
            ReadEntry.objects.create(
                at=at,
                by_id=by.pk,
                school_id=school.pk,
                table=place.table,
                field=place.field,
                uid=place.row,
                student_id=student.pk,
                glass=glass.uid if glass else None,
            )
        try:
            return Opened(keyring().unseal(bytes(sealed), place))
        except CannotOpen:
            return Opened(None)
