"""Whose check-in it is (责任人), and who else may meet it.

The student's mentor if the rule names mentors, else the head teacher; for a counselor's rule the counselor in charge;
where several hold the role each is owner, where none does the grade head, and where there is none the lead counselor.
A relative of the child is passed over: towards the own child a member of staff is only the parent.
"""

from collections import defaultdict
from datetime import date
from functools import cached_property

from listening.models import QuotaRule
from schools.models import Membership, School, SchoolClass
from schools.roles import STAFF_ROLES, Role
from students.models import Guardian, Mentor


class Owners:
    """The holders of the roles that own check-ins in one school on one day, and the leadership group; three queries."""

    def __init__(self, school: School, *, on: date) -> None:
        self.school = school
        self.by_class: dict[tuple[str, int], set[int]] = defaultdict(set)
        self.by_grade: dict[tuple[str, int], set[int]] = defaultdict(set)
        self.by_school: dict[str, set[int]] = defaultdict(set)
        self.leads: set[int] = set()
        self.mentors: dict[int, set[int]] = defaultdict(set)
        wanted = (Role.HEAD_TEACHER, Role.COUNSELOR, Role.GRADE_HEAD, Role.LEADER)
        held = Membership.objects.valid_on(on).filter(school=school, role__in=wanted)
        for user, role, klass, grade, lead in held.values_list("user", "role", "school_class", "grade", "is_lead"):
            if klass:
                self.by_class[role, klass].add(user)
            elif grade:
                self.by_grade[role, grade].add(user)
            else:
                self.by_school[role].add(user)
            if lead and role == Role.COUNSELOR:
                self.leads.add(user)
        for student, teacher in Mentor.objects.on(on).filter(school=school).values_list("student", "teacher"):
            self.mentors[student].add(teacher)
        self.relatives: dict[int, set[int]] = defaultdict(set)  # of a student: no owner, only parents
        linked = Guardian.objects.filter(school=school, user__memberships__role__in=STAFF_ROLES)
        for student, user in linked.values_list("student", "user"):
            self.relatives[student].add(user)

    @cached_property
    def grade_of(self) -> dict[int, int]:
        """The grade of each class; asked for only where no class has a holder of its own."""
        return dict(SchoolClass.objects.filter(school=self.school).values_list("pk", "grade"))

    def of(self, rule: QuotaRule, student: int, school_class: int | None) -> set[int]:
        """The accounts that own this check-in; empty only where the school has nobody at all."""
        kin = self.relatives.get(student, set())
        if rule.for_counselors:
            return self._holding(Role.COUNSELOR, school_class) - kin or self.leads - kin
        if rule.names_mentors and (mentors := self.mentors.get(student, set()) - kin):
            return mentors
        return (
            self._holding(Role.HEAD_TEACHER, school_class) - kin
            or self._holding(Role.GRADE_HEAD, school_class) - kin
            or self.leads - kin
        )

    def grade_heads(self, school_class: int | None) -> set[int]:
        """Who heads the grade of this class."""
        return self._holding(Role.GRADE_HEAD, school_class)

    def in_charge(self, school_class: int | None) -> set[int]:
        """The counselors in charge of this class; where there is none, the lead."""
        return self._holding(Role.COUNSELOR, school_class) or self.leads

    @property
    def leaders(self) -> set[int]:
        """The leadership group."""
        return self.by_school.get(Role.LEADER, set())

    def _holding(self, role: Role, school_class: int | None) -> set[int]:
        if school_class and (found := self.by_class.get((role, school_class))):
            return found
        grade = self.grade_of.get(school_class) if school_class and self.by_grade else None
        if grade and (found := self.by_grade.get((role, grade))):
            return found
        return self.by_school.get(role, set())
