"""The people of a school: who works here now, and whose account the school looks after."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from pypinyin import lazy_pinyin

from accounts.models import User
from privacy.models import AuditEntry
from schools.models import Membership, School, SchoolClass
from schools.roles import STAFF_ROLES, Role


@dataclass(frozen=True, slots=True)
class Colleague:
    """One person with what they do here now."""

    user: User
    held: list[Membership] = field(default_factory=list)

    @property
    def duties(self) -> str:
        return " · ".join(duty(one) for one in self.held)

    def heads(self, school_class: SchoolClass) -> bool:
        """Whether this person is a head teacher of the class already."""
        return any(one.role == Role.HEAD_TEACHER and one.school_class == school_class for one in self.held)


def duty(held: Membership) -> str:
    """七年级(1)班 班主任; the post's own name follows where there is one."""
    words = str(held)
    if held.is_lead:
        words += "（组长）"
    return f"{words}，{held.title}" if held.title else words


def accounts_of(schools: Iterable[School]) -> QuerySet[User]:
    """Whoever works or worked in these schools, and the accounts that they made and gave nothing yet.

    The second is read from the trail: an account belongs to no school, its making does.
    """
    held = Membership.objects.filter(school__in=schools, role__in=STAFF_ROLES)
    made = AuditEntry.objects.filter(verb="account.create", school_id__in=[one.pk for one in schools])
    unused = Q(uid__in=made.values("uid")) & ~Exists(Membership.objects.filter(user=OuterRef("pk")))
    return User.objects.filter(Q(pk__in=held.values("user")) | unused)


def staff_of(school: School, *, on: date, role: str = "") -> list[Colleague]:
    """Who works here on this day, in the order of pinyin; with a role only its holders, with all that they do."""
    valid = Membership.objects.valid_on(on).filter(school=school, role__in=STAFF_ROLES)
    people: dict[int, Colleague] = {}
    for held in valid.select_related("user", "grade", "school_class__grade").order_by("pk"):
        people.setdefault(held.user_id, Colleague(held.user)).held.append(held)
    shown = [one for one in people.values() if not role or any(held.role == role for held in one.held)]
    return sorted(shown, key=lambda one: (lazy_pinyin(one.user.name), one.user.pk))


@dataclass(frozen=True, slots=True)
class Kind:
    """The people of one kind, as a fold of the page."""

    title: str
    people: list[Colleague]


ORDER = (
    Role.LEADER,
    Role.REGISTRAR,
    Role.COUNSELOR,
    Role.GRADE_HEAD,
    Role.HEAD_TEACHER,
    Role.SUBJECT_TEACHER,
    Role.MENTOR,
)


def by_kind(colleagues: Iterable[Colleague]) -> list[Kind]:
    """Each person once, under the first kind that fits; head teachers grade by grade, everybody in the order given."""
    found: dict[tuple[int, int, str], list[Colleague]] = {}
    for one in colleagues:
        found.setdefault(_kind_of(one), []).append(one)
    return [Kind(title, found[place, grade, title]) for place, grade, title in sorted(found)]


def _kind_of(colleague: Colleague) -> tuple[int, int, str]:
    held = min(colleague.held, key=lambda one: (ORDER.index(Role(one.role)), one.pk))
    label = str(Role(held.role).label)
    if held.role == Role.HEAD_TEACHER and held.school_class:
        grade = held.school_class.grade
        return ORDER.index(Role.HEAD_TEACHER), grade.number, f"{grade}{label}"
    return ORDER.index(Role(held.role)), 0, label


def named(colleagues: Iterable[Colleague], words: str) -> list[Colleague]:
    """Those whose name, pinyin, initials, account or duty has these words in it."""
    sought = words.casefold().replace(" ", "")
    return [one for one in colleagues if any(sought in text for text in _texts(one))]


def _texts(colleague: Colleague) -> list[str]:
    sounds = lazy_pinyin(colleague.user.name)
    initials = "".join(sound[0] for sound in sounds if sound)
    return [colleague.user.name, "".join(sounds), initials, colleague.user.username.casefold(), colleague.duties]


def idle_of(school: School, *, on: date) -> list[User]:
    """Accounts of the school without anything to do on this day."""
    busy = Membership.objects.valid_on(on).filter(school=school)
    idle = accounts_of([school]).exclude(pk__in=busy.values("user"))
    return sorted(idle, key=lambda user: (lazy_pinyin(user.name), user.pk))


def head_teachers(school: School, *, on: date) -> dict[int, list[str]]:
    """Names of the head teachers on this day by class, in the order of appointment."""
    names: dict[int, list[str]] = {}
    valid = Membership.objects.valid_on(on).filter(school=school, role=Role.HEAD_TEACHER)
    for class_id, name in valid.order_by("pk").values_list("school_class", "user__name"):
        if class_id is not None:
            names.setdefault(class_id, []).append(name)
    return names


def lead_counselor(school: School, *, on: date) -> str:
    """The name of the lead counselor, or nothing."""
    valid = Membership.objects.valid_on(on).filter(school=school, role=Role.COUNSELOR, is_lead=True)
    return valid.order_by("pk").values_list("user__name", flat=True).first() or ""
