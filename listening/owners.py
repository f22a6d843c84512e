"""Whose check-in it is (责任人), and who else may meet it.

The student's mentor if the rule names mentors, else the head teacher; for a counselor's rule the counselor in charge;
where several hold the role each is owner, where none does the grade head, and where there is none the lead counselor.
A relative of the child is passed over: towards the own child a member of staff is only the parent.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from listening.models import QuotaRule
from schools.models import School
from schools.roles import STAFF_ROLES, Role
from schools.statements import ask, one_of
from students.models.links import KIN

OWNING = (Role.HEAD_TEACHER, Role.COUNSELOR, Role.GRADE_HEAD, Role.LEADER)
ON_THE_DAY = "valid_from <= %(on)s AND (valid_to IS NULL OR valid_to >= %(on)s)"
LINES = f"""
SELECT role, user_id, school_class_id, grade_id, is_lead FROM schools_membership
WHERE school_id = %(school)s AND role {{owning}} AND NOT waits AND {ON_THE_DAY}
UNION ALL
SELECT 'paired', teacher_id, student_id, NULL, false FROM students_mentor
WHERE school_id = %(school)s AND {ON_THE_DAY}
UNION ALL
SELECT 'kin', user_id, student_id, NULL, false FROM ({KIN}) AS kin
WHERE school_id = %(school)s AND EXISTS
  (SELECT 1 FROM schools_membership AS held WHERE held.user_id = kin.user_id AND held.role {{staff}})
UNION ALL
SELECT 'of_grade', id, id, grade_id, false FROM schools_schoolclass WHERE school_id = %(school)s"""  # nosec B608: names of columns, written here; values are bound


class Owners:
    """The holders of the roles that own check-ins in one school on one day, and the leadership group; one query."""

    def __init__(self, school: School, *, on: date) -> None:
        self.school = school
        self.by_class: dict[tuple[str, int], set[int]] = defaultdict(set)
        self.by_grade: dict[tuple[str, int], set[int]] = defaultdict(set)
        self.by_school: dict[str, set[int]] = defaultdict(set)
        self.leads: set[int] = set()
        self.mentors: dict[int, set[int]] = defaultdict(set)
        self.relatives: dict[int, set[int]] = defaultdict(set)  # of a student: no owner, only parents
        self.grade_of: dict[int, int] = {}  # of a class
        for what, who, about, grade, leads in _lines(school, on=on):
            match what:
                case "paired":
                    self.mentors[about].add(who)
                case "kin":
                    self.relatives[about].add(who)
                case "of_grade":
                    self.grade_of[about] = grade
                case role:
                    self._hold(role, who, about, grade, leads=leads)

    def _hold(self, role: str, user: int, klass: int | None, grade: int | None, *, leads: bool) -> None:
        if klass:
            self.by_class[role, klass].add(user)
        elif grade:
            self.by_grade[role, grade].add(user)
        else:
            self.by_school[role].add(user)
        if leads and role == Role.COUNSELOR:
            self.leads.add(user)

    def of(self, rule: QuotaRule, student: int, school_class: int | None) -> set[int]:
        """The accounts that own this check-in; empty only where the school has nobody at all."""
        kin = self.relatives.get(student, set())
        if rule.names_mentors and not rule.for_counselors and (mentors := self.mentors.get(student, set()) - kin):
            return mentors
        return self._of_class(rule, school_class, kin)

    def of_class(self, rule: QuotaRule, school_class: int | None) -> set[int]:
        """Who owns what a whole class owes, and the check-ins of its students without a mentor or a relative here."""
        return self._of_class(rule, school_class, set())

    def _of_class(self, rule: QuotaRule, school_class: int | None, kin: set[int]) -> set[int]:
        if rule.for_counselors:
            return self._holding(Role.COUNSELOR, school_class) - kin or self.leads - kin
        return (
            self._holding(Role.HEAD_TEACHER, school_class) - kin
            or self._holding(Role.GRADE_HEAD, school_class) - kin
            or self.leads - kin
        )

    def grade_heads(self, school_class: int | None) -> set[int]:
        """Who heads the grade of this class."""
        return self._holding(Role.GRADE_HEAD, school_class)

    @property
    def all_grade_heads(self) -> set[int]:
        """Whoever heads a grade."""
        held = [*self.by_class.items(), *self.by_grade.items()]
        of_some = {user for (role, _), users in held if role == Role.GRADE_HEAD for user in users}
        return of_some | self.by_school.get(Role.GRADE_HEAD, set())

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


def _lines(school: School, *, on: date) -> list[tuple[Any, ...]]:
    """Roles, pairings, relatives on the staff and the grades of classes, each as one line of the same five columns."""
    values: dict[str, Any] = {"school": school.pk, "on": on}
    owning = one_of("owning", OWNING, values)
    return ask(LINES.format(owning=owning, staff=one_of("staff", sorted(STAFF_ROLES), values)), values)
