"""Whose check-in it is (责任人), and who else may meet it.

The student's mentor if the rule names mentors, else the head teacher; for a counselor's rule the counselor in charge;
where several hold the role each is owner, where none does the grade head, and where there is none the lead counselor.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from listening.models import CheckIn, QuotaRule
from schools.models import Membership, School, SchoolClass
from schools.roles import Role
from students.models import Mentor


class Owners:
    """The holders of the roles that own check-ins in one school on one day, read in three queries."""

    def __init__(self, school: School, *, on: date) -> None:
        self.by_class: dict[tuple[str, int], set[int]] = defaultdict(set)
        self.by_grade: dict[tuple[str, int], set[int]] = defaultdict(set)
        self.by_school: dict[str, set[int]] = defaultdict(set)
        self.leads: set[int] = set()
        self.mentors: dict[int, set[int]] = defaultdict(set)
        wanted = (Role.HEAD_TEACHER, Role.COUNSELOR, Role.GRADE_HEAD)
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
        self.grade_of = dict(SchoolClass.objects.filter(school=school).values_list("pk", "grade"))

    def of(self, rule: QuotaRule, student: int, school_class: int | None) -> set[int]:
        """The accounts that own this check-in; empty only where the school has nobody at all."""
        if rule.for_counselors:
            return self._holding(Role.COUNSELOR, school_class) or self.leads
        if rule.names_mentors and self.mentors.get(student):
            return self.mentors[student]
        return (
            self._holding(Role.HEAD_TEACHER, school_class) or self._holding(Role.GRADE_HEAD, school_class) or self.leads
        )

    def _holding(self, role: Role, school_class: int | None) -> set[int]:
        grade = self.grade_of.get(school_class) if school_class else None
        if school_class and (found := self.by_class.get((role, school_class))):
            return found
        if grade and (found := self.by_grade.get((role, grade))):
            return found
        return self.by_school.get(role, set())

    def split(self, rows: Iterable[CheckIn]) -> dict[int, list[CheckIn]]:
        """Check-ins by owner. Reads the rule of each row: select it."""
        found: dict[int, list[CheckIn]] = defaultdict(list)
        for row in rows:
            for owner in self.of(row.rule, row.student_id, row.school_class_id):
                found[owner].append(row)
        return dict(found)
