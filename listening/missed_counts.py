"""Who missed one requirement in one period, from the side of those who hear of it: counts a person, no names."""

from collections import Counter
from collections.abc import Collection, Set
from functools import cached_property

from django.urls import reverse

from listening.in_a_row import steps_of_classes, steps_of_students
from listening.ladder import Step, step
from listening.models import CheckIn, ClassCheckIn, Period, QuotaRule
from listening.owners import Owners
from listening.quotas import Status
from listening.tally import ONE_BY_ONE, Group, Tally, Versions
from schools.models import School

Subject = tuple[int | None, int | None]  # student and class of a check-in; of a class's own no student


def subject_of(row: CheckIn | ClassCheckIn) -> Subject:
    return (None if isinstance(row, ClassCheckIn) else row.student_id, row.school_class_id)


class MissedStudents:
    """Students who missed it. Reads the groups once, and one by one only those of whom they do not tell."""

    def __init__(self, school: School, rule: QuotaRule, period: Period, owners: Owners, around: Versions) -> None:
        self.school, self.rule, self.period, self.owners, self._around = school, rule, period, owners, around

    @cached_property
    def _tally(self) -> Tally:
        anybody = bool(self.may_hear())
        return Tally(
            self.school,
            self.rule,
            self.period,
            self._around,
            kin=set(self.owners.relatives),
            paired=bool(self.owners.mentors),
            ladder=anybody,
        )

    @cached_property
    def _groups(self) -> list[Group]:
        return self._tally.groups()

    def owned(self) -> Counter[int]:
        """How many each owner is told of."""
        counts: Counter[int] = Counter()
        for group in self._groups:
            if not group.own:
                for owner in self.owners.of_class(self.rule, group.school_class):
                    counts[owner] += group.count
        if any(group.own for group in self._groups):
            for student, school_class in self._tally.with_other_owners():
                counts.update(self.owners.of(self.rule, student, school_class))
        return counts

    def again(self) -> Counter[int]:
        """How many each of those is told of who hear when one is missed again."""
        counts: Counter[int] = Counter()
        alike: Counter[tuple[frozenset[int], Step]] = Counter()
        for group in self._groups:
            if group.misses != ONE_BY_ONE:
                heads = frozenset(self.owners.grade_heads(group.school_class))
                alike[heads, step(group.misses, most_care=group.most_care)] += group.count
        for (heads, up_to), count in alike.items():
            for person in hear(self.rule, self.owners, heads, up_to):
                counts[person] += count
        if any(group.misses == ONE_BY_ONE for group in self._groups):
            rest = self._tally.one_by_one()
            steps = self._steps({student for student, _ in rest})
            for student, school_class in rest:
                counts.update(hear(self.rule, self.owners, self.owners.grade_heads(school_class), steps[student]))
        return counts

    def owners_of(self, subjects: Collection[Subject]) -> set[int]:
        """Whose check-ins these are."""
        return {
            owner
            for student, school_class in subjects
            if student is not None
            for owner in self.owners.of(self.rule, student, school_class)
        }

    def hear_of(self, subjects: Collection[Subject]) -> set[int]:
        """Who else hears that these were missed."""
        steps = self._steps({student for student, _ in subjects if student is not None})
        return {
            person
            for student, school_class in subjects
            if student is not None
            for person in hear(self.rule, self.owners, self.owners.grade_heads(school_class), steps[student])
        }

    def may_hear(self) -> set[int]:
        """Who could be told that one was missed again."""
        return may_hear(self.rule, self.owners)

    def _steps(self, students: set[int]) -> dict[int, Step]:
        return steps_of_students(self.school, self._around, students, due=self.period.due)


class MissedClasses:
    """Whole classes that missed it (同伴): so few that they are looked at one by one."""

    def __init__(self, school: School, rule: QuotaRule, period: Period, owners: Owners, around: Versions) -> None:
        self.school, self.rule, self.period, self.owners, self._around = school, rule, period, owners, around

    @cached_property
    def _rows(self) -> list[ClassCheckIn]:
        rows = ClassCheckIn.objects.filter(school=self.school, period=self.period, rule=self.rule, status=Status.MISSED)
        return list(rows.select_related("school_class"))

    def owned(self) -> Counter[int]:
        """How many each owner is told of."""
        return Counter(owner for row in self._rows for owner in self.owners.of_class(self.rule, row.school_class_id))

    def again(self) -> Counter[int]:
        """How many each of those is told of who hear when one is missed again."""
        counts: Counter[int] = Counter()
        steps = self._steps({row.school_class_id for row in self._rows}) if self.may_hear() else {}
        for klass, up_to in steps.items():
            counts.update(hear(self.rule, self.owners, self.owners.grade_heads(klass), up_to))
        return counts

    def owners_of(self, subjects: Collection[Subject]) -> set[int]:
        """Whose check-ins these are."""
        return {owner for _, klass in subjects for owner in self.owners.of_class(self.rule, klass)}

    def hear_of(self, subjects: Collection[Subject]) -> set[int]:
        """Who else hears that these were missed."""
        steps = self._steps({klass for _, klass in subjects if klass is not None})
        return {
            person
            for klass, up_to in steps.items()
            for person in hear(self.rule, self.owners, self.owners.grade_heads(klass), up_to)
        }

    def may_hear(self) -> set[int]:
        """Who could be told that one was missed again."""
        return may_hear(self.rule, self.owners)

    def path(self, owner: int) -> str:
        """The why-page of the one that is this person's, or 今日 where there are several."""
        own = [row for row in self._rows if owner in self.owners.of_class(self.rule, row.school_class_id)]
        if len(own) != 1:
            return reverse("home")
        return reverse("listening:check-in", args=[own[0].school_class.uid, self.rule.uid, self.period.start])

    def _steps(self, classes: set[int]) -> dict[int, Step]:
        return steps_of_classes(self.school, self._around, classes)


def hear(rule: QuotaRule, owners: Owners, grade_heads: Set[int], up_to: Step) -> set[int]:
    """The lead counselor and, but for a counselor's rule, the grade head; a step further the leadership group, too."""
    people: set[int] = set()
    if up_to >= Step.LEAD:
        people |= owners.leads
        if not rule.for_counselors:
            people |= grade_heads
    if up_to >= Step.LEADERS:
        people |= owners.leaders
    return people


def may_hear(rule: QuotaRule, owners: Owners) -> set[int]:
    """Everybody whom hear() can name."""
    people = owners.leads | owners.leaders
    return people if rule.for_counselors else people | owners.all_grade_heads
