"""What a person can be in a school. Pure: words only, so that rules may name a role without a database."""

from django.db.models import TextChoices


class Role(TextChoices):
    """One membership holds one role; who may see what goes by these (the columns of the access table)."""

    COUNSELOR = "counselor", "心理教师"
    HEAD_TEACHER = "head_teacher", "班主任"
    SUBJECT_TEACHER = "subject_teacher", "任课教师"
    MENTOR = "mentor", "结对导师"
    GRADE_HEAD = "grade_head", "年级组长"
    LEADER = "leader", "领导小组"
    REGISTRAR = "registrar", "校务管理员"
    GUARDIAN = "guardian", "家长"
    PEER = "peer", "心理委员"
    STUDENT = "student", "学生"
    BUREAU = "bureau", "教育局"
    ADMINISTRATOR = "administrator", "系统管理员"


STAFF_ROLES = frozenset(
    {
        Role.COUNSELOR,
        Role.HEAD_TEACHER,
        Role.SUBJECT_TEACHER,
        Role.MENTOR,
        Role.GRADE_HEAD,
        Role.LEADER,
        Role.REGISTRAR,
    }
)

CONTENT_ROLES = (STAFF_ROLES - {Role.REGISTRAR}) | {Role.PEER}
"""They open something about other people's children: two people give them, and no system administrator holds one.

校务管理员 and the bureau run the house or see figures; a parent and a student see what is their own.
"""


class Hat(TextChoices):
    """As what one person acts: at school or at home, never both at once (access table)."""

    STAFF = "staff", "工作"
    GUARDIAN = "guardian", "家长"
    STUDENT = "student", "学生"


HAT_OF: dict[Role, Hat] = {Role.GUARDIAN: Hat.GUARDIAN, Role.STUDENT: Hat.STUDENT, Role.PEER: Hat.STUDENT}
"""Every other role is work. The first hat in the order above is worn until another one is chosen."""


def hat_of(role: str) -> Hat:
    """Under which hat a role is held."""
    return HAT_OF.get(Role(role), Hat.STAFF)


CLASS_ROLES = frozenset({Role.HEAD_TEACHER, Role.SUBJECT_TEACHER})  # always of a class
GRADE_ROLES = frozenset({Role.GRADE_HEAD, Role.COUNSELOR})  # of a grade; a counselor also of the whole school
