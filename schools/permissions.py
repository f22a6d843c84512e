"""Who may do what at all. One table; the columns are roles, the cells say how far a role reaches.

Typed from the access table; `tests/access_matrix.yaml` holds the same decisions by route and is never made from this.
Asked of the database at every request from memberships valid at that moment: an ended one is gone at the next click.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, StrEnum, auto
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from accounts.access import Declared as Declared
from accounts.access import open_to as open_to
from accounts.models import User
from schools.models import Membership, School
from schools.roles import STAFF_ROLES, Hat, Role, hat_of


class Reach(Enum):
    """Whom a role reaches under one permission."""

    SCHOOL = auto()  # every student of the school
    SCOPE = auto()  # the grade or class that the membership names
    CHARGE = auto()  # the grades of which a counselor is in charge; the lead counselor stands in for all
    LEAD = auto()  # every student of the school, for the lead alone
    MENTEES = auto()  # students paired with the person
    CHILDREN = auto()  # own children
    SELF = auto()  # the student's own account


class Permission(StrEnum):
    """What a page or a verb asks for. The name says the object and the act."""

    STUDENT_LIST = auto()
    STUDENT_VIEW = auto()
    STUDENT_IMPORT = auto()
    STUDENT_EDIT = auto()
    STUDENT_EXPORT = auto()
    GUARDIAN_PHONE_VIEW = auto()
    CHECK_IN_LIST = auto()
    CHECK_IN_VIEW = auto()
    CHECK_IN_OFFERED = auto()
    CHECK_IN_EXCUSE = auto()
    EXCUSE_REVIEW = auto()
    MY_LIST_VIEW = auto()
    BOARD_VIEW = auto()
    MISSED_VIEW = auto()
    MISSED_EXPORT = auto()
    SCHOOL_FIGURES_VIEW = auto()
    CONVERSATION_CREATE = auto()
    CONTACT_CREATE = auto()
    VISIT_CREATE = auto()
    LATE_ALLOW = auto()
    CONVERSATION_VIEW = auto()
    CONVERSATION_OWN = auto()
    COUNSELING_VIEW = auto()
    PEER_ACTIVITY = auto()
    CLASS_EXPORT = auto()
    CARE_VIEW = auto()
    CARE_EDIT = auto()
    CARE_SCHEME = auto()
    CARE_CARD_VIEW = auto()
    CARE_CARD_OF_CLASS = auto()
    CARE_MARK_VIEW = auto()
    GLASS_OPEN = auto()
    GLASS_VIEW = auto()
    GLASS_REVIEW = auto()
    CONCERN_VIEW = auto()
    CONCERN_OWN = auto()
    CONCERN_EXPORT = auto()
    REFERRAL_VIEW = auto()
    REFERRAL_EDIT = auto()
    REFERRAL_SETTLE = auto()
    REFERRAL_SECOND = auto()
    REFERRAL_DECIDE = auto()
    REFERRAL_TASK = auto()
    REFERRAL_SETTINGS = auto()
    RULE_VIEW = auto()
    RULE_CREATE = auto()
    RULE_EDIT = auto()
    SCHOOL_VIEW = auto()
    SCHOOL_EDIT = auto()
    POST_CONFIRM = auto()
    KIN_EDIT = auto()
    INBOX_VIEW = auto()
    STATUS_VIEW = auto()
    TRAIL_OWN = auto()
    TRAIL_STUDENT = auto()
    TRAIL_SCHOOL = auto()
    TRAIL_TECHNICAL = auto()


R = Role
GRANTS: dict[Permission, dict[Role, Reach]] = {
    Permission.STUDENT_LIST: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCOPE,
        R.SUBJECT_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
        R.GRADE_HEAD: Reach.SCOPE,
        R.LEADER: Reach.SCHOOL,
        R.REGISTRAR: Reach.SCHOOL,
    },
    Permission.STUDENT_VIEW: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
        R.REGISTRAR: Reach.SCHOOL,
    },
    Permission.STUDENT_IMPORT: {R.REGISTRAR: Reach.SCHOOL},
    Permission.STUDENT_EDIT: {R.REGISTRAR: Reach.SCHOOL},
    Permission.STUDENT_EXPORT: {R.REGISTRAR: Reach.SCHOOL},
    Permission.GUARDIAN_PHONE_VIEW: {R.COUNSELOR: Reach.SCOPE, R.HEAD_TEACHER: Reach.SCOPE, R.REGISTRAR: Reach.SCHOOL},
    # Check-ins under a teacher's rule: a grade head's by list alone, a mentor's own with their reasons.
    Permission.CHECK_IN_LIST: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
        R.GRADE_HEAD: Reach.SCOPE,
    },
    Permission.CHECK_IN_VIEW: {R.COUNSELOR: Reach.SCHOOL, R.HEAD_TEACHER: Reach.SCOPE, R.MENTOR: Reach.MENTEES},
    # 也可以由我来谈: who may meet a check-in is told that it is open, no more.
    Permission.CHECK_IN_OFFERED: {
        R.HEAD_TEACHER: Reach.SCOPE,
        R.SUBJECT_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
    },
    Permission.CHECK_IN_EXCUSE: {R.COUNSELOR: Reach.CHARGE, R.HEAD_TEACHER: Reach.SCOPE},
    # What head teachers excused, week by week.
    Permission.EXCUSE_REVIEW: {R.COUNSELOR: Reach.LEAD},
    Permission.MY_LIST_VIEW: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCOPE,
        R.SUBJECT_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
    },
    Permission.BOARD_VIEW: {R.COUNSELOR: Reach.SCHOOL, R.HEAD_TEACHER: Reach.SCOPE, R.GRADE_HEAD: Reach.SCOPE},
    Permission.MISSED_VIEW: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
        R.GRADE_HEAD: Reach.SCOPE,
        R.LEADER: Reach.SCHOOL,
    },
    # As a file with names: the counselor in charge and the head teacher, as 班级汇总表; the leaders have the page.
    Permission.MISSED_EXPORT: {R.COUNSELOR: Reach.CHARGE, R.HEAD_TEACHER: Reach.SCOPE},
    Permission.SCHOOL_FIGURES_VIEW: {R.COUNSELOR: Reach.SCHOOL, R.LEADER: Reach.SCHOOL, R.REGISTRAR: Reach.SCHOOL},
    Permission.CONVERSATION_CREATE: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCOPE,
        R.SUBJECT_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
    },
    # 家长沟通 and 家访 are asked of these; a visit of mentors too.
    Permission.CONTACT_CREATE: {R.COUNSELOR: Reach.SCHOOL, R.HEAD_TEACHER: Reach.SCOPE},
    Permission.VISIT_CREATE: {R.COUNSELOR: Reach.SCHOOL, R.HEAD_TEACHER: Reach.SCOPE, R.MENTOR: Reach.MENTEES},
    Permission.LATE_ALLOW: {R.COUNSELOR: Reach.LEAD},
    # The facts of colleagues' talks: counselors and, of the own class, the head teacher. All others see their own.
    Permission.CONVERSATION_VIEW: {R.COUNSELOR: Reach.SCHOOL, R.HEAD_TEACHER: Reach.SCOPE},
    Permission.CONVERSATION_OWN: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCOPE,
        R.SUBJECT_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
    },
    Permission.COUNSELING_VIEW: {R.COUNSELOR: Reach.SCHOOL},
    # 同伴活动: written down by the peer supporter, or by the head teacher for them.
    Permission.PEER_ACTIVITY: {R.PEER: Reach.SCOPE, R.HEAD_TEACHER: Reach.SCOPE},
    # 班级汇总表 with names, on paper and as a file: the counselor in charge and the head teacher.
    Permission.CLASS_EXPORT: {R.COUNSELOR: Reach.CHARGE, R.HEAD_TEACHER: Reach.SCOPE},
    # Tiers, labels and their reasons: seen by counselors, written by those in charge; the scheme by the lead.
    Permission.CARE_VIEW: {R.COUNSELOR: Reach.SCHOOL},
    Permission.CARE_EDIT: {R.COUNSELOR: Reach.CHARGE},
    Permission.CARE_SCHEME: {R.COUNSELOR: Reach.LEAD},
    # 支持要点: whoever may be its reader; whether one is, its own readers say (students/notes.py).
    Permission.CARE_CARD_VIEW: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCOPE,
        R.SUBJECT_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
    },
    # A head teacher's own class, whomever a card is addressed to; 需关注 is shown to those who may act on it.
    Permission.CARE_CARD_OF_CLASS: {R.HEAD_TEACHER: Reach.SCOPE},
    Permission.CARE_MARK_VIEW: {R.HEAD_TEACHER: Reach.SCOPE, R.MENTOR: Reach.MENTEES},
    # 紧急查看: counselors (not those in charge: students/glass.py) and the leadership group; any of them is a second
    # person. Reviewed by the 组长; what the 组长 opened, by other leaders and the lead counselor.
    Permission.GLASS_OPEN: {R.COUNSELOR: Reach.SCHOOL, R.LEADER: Reach.SCHOOL},
    Permission.GLASS_VIEW: {R.COUNSELOR: Reach.SCHOOL, R.LEADER: Reach.SCHOOL},
    Permission.GLASS_REVIEW: {R.COUNSELOR: Reach.LEAD, R.LEADER: Reach.SCHOOL},
    Permission.CONCERN_VIEW: {R.COUNSELOR: Reach.SCHOOL},
    Permission.CONCERN_EXPORT: {R.COUNSELOR: Reach.CHARGE},
    # Whoever may raise one, and about whom; of the own ones they are told how far each has come.
    Permission.CONCERN_OWN: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCOPE,
        R.SUBJECT_TEACHER: Reach.SCOPE,
        R.MENTOR: Reach.MENTEES,
        R.GRADE_HEAD: Reach.SCOPE,
        R.LEADER: Reach.SCHOOL,
        R.PEER: Reach.SCOPE,
        R.GUARDIAN: Reach.CHILDREN,
        R.STUDENT: Reach.SELF,
    },
    # State, owner and deadline of a case; a head teacher's view is narrowed where harm is suspected (ReferralQuerySet).
    Permission.REFERRAL_VIEW: {R.COUNSELOR: Reach.SCHOOL, R.HEAD_TEACHER: Reach.SCOPE, R.LEADER: Reach.SCHOOL},
    # Who may take which step of one case, its table says (referrals/stages.py); these open the pages of it.
    Permission.REFERRAL_EDIT: {R.COUNSELOR: Reach.SCHOOL},
    Permission.REFERRAL_SETTLE: {R.HEAD_TEACHER: Reach.SCOPE},
    Permission.REFERRAL_SECOND: {R.COUNSELOR: Reach.SCHOOL, R.LEADER: Reach.SCHOOL},
    Permission.REFERRAL_DECIDE: {R.LEADER: Reach.SCHOOL},
    # What one person was asked to do for a student.
    Permission.REFERRAL_TASK: dict.fromkeys(STAFF_ROLES - {R.REGISTRAR}, Reach.SCHOOL),
    Permission.REFERRAL_SETTINGS: {R.COUNSELOR: Reach.LEAD},
    Permission.RULE_VIEW: {
        R.COUNSELOR: Reach.SCHOOL,
        R.HEAD_TEACHER: Reach.SCHOOL,
        R.SUBJECT_TEACHER: Reach.SCHOOL,
        R.MENTOR: Reach.SCHOOL,
        R.GRADE_HEAD: Reach.SCHOOL,
        R.LEADER: Reach.SCHOOL,
        R.REGISTRAR: Reach.SCHOOL,
    },
    Permission.RULE_CREATE: {R.REGISTRAR: Reach.SCHOOL},
    Permission.RULE_EDIT: {R.LEADER: Reach.SCHOOL, R.REGISTRAR: Reach.SCHOOL},
    Permission.SCHOOL_VIEW: {R.COUNSELOR: Reach.SCHOOL, R.LEADER: Reach.SCHOOL, R.REGISTRAR: Reach.SCHOOL},
    Permission.SCHOOL_EDIT: {R.REGISTRAR: Reach.SCHOOL},
    # The second person's word on a role; whose word it is that one waits for, its own rule says (appointments.Seconds).
    Permission.POST_CONFIRM: {R.LEADER: Reach.SCHOOL, R.REGISTRAR: Reach.SCHOOL},
    # Which students are relatives of a member of staff.
    Permission.KIN_EDIT: {R.REGISTRAR: Reach.SCHOOL},
    Permission.INBOX_VIEW: dict.fromkeys(STAFF_ROLES, Reach.SCHOOL),
    # 运行状态: when the house's own jobs ran. The administrator's membership names no school: all of them.
    Permission.STATUS_VIEW: {R.REGISTRAR: Reach.SCHOOL, R.ADMINISTRATOR: Reach.SCHOOL},
    # 留痕: everybody on the staff the own acts; who read a student's record, for those in charge of the student; the
    # school's for the 组长; times and verbs with ids hashed for the administrator.
    Permission.TRAIL_OWN: dict.fromkeys((*STAFF_ROLES, R.PEER, R.ADMINISTRATOR), Reach.SCHOOL),
    Permission.TRAIL_STUDENT: {R.COUNSELOR: Reach.CHARGE},
    Permission.TRAIL_SCHOOL: {R.LEADER: Reach.LEAD},
    Permission.TRAIL_TECHNICAL: {R.ADMINISTRATOR: Reach.SCHOOL},
}


def memberships_of(user: User, *, at: datetime) -> list[Membership]:
    """The memberships that hold at this moment under the hat that is worn: at work nobody is a parent, at home no
    teacher."""
    every = every_membership_of(user, at=at)
    worn = hat_worn(user, at=at)
    return [held for held in every if hat_of(held.role) == worn]


def hats_of(user: User, *, at: datetime) -> list[Hat]:
    """The hats that this person can wear now, in their order."""
    found = {hat_of(held.role) for held in every_membership_of(user, at=at)}
    return [hat for hat in Hat if hat in found]


def hat_worn(user: User, *, at: datetime) -> Hat | None:
    """As what this person acts: the hat chosen in this session, else the first of those that the person has.

    Outside a request nobody has chosen: a colleague is a colleague.
    """
    hats = hats_of(user, at=at)
    chosen = getattr(user, "hat", "")
    return next((hat for hat in hats if hat == chosen), hats[0] if hats else None)


def every_membership_of(user: User, *, at: datetime) -> list[Membership]:
    """What a person is now under any hat. Kept for this one moment only, so that a page asks once."""
    if not user.is_active:
        return []
    kept: tuple[datetime, list[Membership]] | None = getattr(user, "_memberships_at", None)
    if kept is None or kept[0] != at:
        valid = Membership.objects.valid_on(timezone.localdate(at)).filter(user=user)
        rows = list(valid.select_related("school", "authority", "grade", "school_class__grade").order_by("pk"))
        kept = (at, rows)
        user._memberships_at = kept  # type: ignore[attr-defined]
    return kept[1]


def holds(user: User, permission: Permission, *, at: datetime) -> bool:
    """Whether any membership valid now carries this permission."""
    return bool(granting(user, permission, at=at))


def granting(user: User, permission: Permission, *, at: datetime) -> list[tuple[Membership, Reach]]:
    """The memberships that carry the permission, each with how far it reaches; what is the lead's is nobody else's."""
    cells = GRANTS[permission]
    found = [(held, cells[Role(held.role)]) for held in memberships_of(user, at=at) if held.role in cells]
    return [(held, reach) for held, reach in found if reach is not Reach.LEAD or held.is_lead]


def schools_of(user: User, permission: Permission, *, at: datetime) -> list[School]:
    """The schools in which the person holds this permission now, each once, in the order of appointment."""
    found = {held.school_id: held.school for held, _ in granting(user, permission, at=at) if held.school}
    return list(found.values())


def is_staff(user: User, school: School, *, at: datetime) -> bool:
    """Whether the person works in this school now."""
    return any(one.school_id == school.pk and one.role in STAFF_ROLES for one in memberships_of(user, at=at))


def allow(
    permission: Permission, *, of: str = "page"
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Declare what a view asks for. Who does not hold it gets the page that does not exist.

    `of` names the kind of object in the address (student, class, check-in, page …). The view finds the moment of the
    request in `request.at`, so that everything below it is asked of one and the same moment.
    """

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not isinstance(request.user, User) or not holds(request.user, permission, at=request.at):  # type: ignore[attr-defined]
                raise Http404
            return view(request, *args, **kwargs)

        inner.declared = Declared(permission=permission, of=of)  # type: ignore[attr-defined]
        return inner

    return wrap
