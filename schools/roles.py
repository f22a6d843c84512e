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

NO_CONTENT_ROLES = frozenset({Role.REGISTRAR, Role.BUREAU, Role.ADMINISTRATOR})
"""They run the house or see figures; every other role opens something about a student."""

CLASS_ROLES = frozenset({Role.HEAD_TEACHER, Role.SUBJECT_TEACHER})  # always of a class
GRADE_ROLES = frozenset({Role.GRADE_HEAD, Role.COUNSELOR})  # of a grade; a counselor also of the whole school
