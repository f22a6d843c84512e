"""How many students missed one requirement in one period, by class and by how often in a row: counted by the database.

The ladder stands in ladder.py. Here are its first two steps back as SQL, for those of whom nothing more has to be
known: in the two periods before they either missed it, or met it, which ends the row. Whoever was excused, was not
asked, or has a later period behind them is left to be looked at one by one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from listening.ladder import MOST_MISSES
from listening.models import CheckIn, Period, PeriodOpening, QuotaRule
from listening.quotas import Status
from schools.models import School
from students.models import CareTier, Mentor, TierAssignment

ONE_BY_ONE = 0  # instead of a number of misses
MOST_CARE, OWN = 4, 8  # added to a number of misses, so that a group has one number
Fragment = tuple[str, list[Any]]  # SQL and what stands for its %s


class Opened(NamedTuple):
    """One version of a requirement in one period, in the order of time."""

    start: date
    opening: int
    period: int
    rule: int


@dataclass(frozen=True, slots=True)
class Versions:
    """The opened periods of one requirement, under all its versions, around one of them."""

    before: Sequence[Opened]  # the newest first
    after: Sequence[Opened]  # the oldest first

    @classmethod
    def among(cls, opened: Iterable[Opened], *, start: date) -> "Versions":
        found = sorted(opened)
        return cls(
            before=[one for one in reversed(found) if one.start < start],
            after=[one for one in found if one.start > start],
        )


def versions(rule: QuotaRule, period: Period) -> Versions:
    """Those around this period; one query."""
    rows = PeriodOpening.objects.filter(school=rule.school_id, rule__lineage=rule.lineage, rule__school=rule.school_id)
    opened = (Opened(*row) for row in rows.values_list("period__start", "pk", "period", "rule"))
    return Versions.among(opened, start=period.start)


@dataclass(frozen=True, slots=True)
class Group:
    """Some students who missed it, and of whom the same holds."""

    school_class: int | None
    own: bool  # the check-in may have another owner than those of the class
    misses: int  # in a row, up to MOST_MISSES; ONE_BY_ONE
    most_care: bool
    count: int


class Tally:
    """Counts of who missed one requirement in one period.

    `kin` are the students with a relative among the staff; `paired` says whether anybody has a mentor. Without `ladder`
    nobody is there to hear of a row of misses, and it is not looked for.
    """

    def __init__(
        self,
        school: School,
        rule: QuotaRule,
        period: Period,
        around: Versions,
        *,
        kin: Collection[int],
        paired: bool,
        ladder: bool,
    ) -> None:
        self.school = school
        self.rule = rule
        self.period = period
        self._around = around
        self._own = self._with_other_owners(kin, paired=paired)
        self._misses: Fragment = self._in_a_row() if ladder else ("1", [])
        self._most_care: Fragment = self._first_tier() if ladder else ("1 = 0", [])

    def groups(self) -> list[Group]:
        """All of them."""
        (own, of_own), (misses, of_misses), (care, of_care) = self._own, self._misses, self._most_care
        one_number = (
            f"CASE WHEN {own} THEN {OWN} ELSE 0 END + CASE WHEN {care} THEN {MOST_CARE} ELSE 0 END + {misses}",
            [*of_own, *of_care, *of_misses],
        )
        # Materialised: what stands for a student is worked out once, not again when it is grouped by.
        rows = self._ask(
            [("school_class_id", []), one_number],
            before="WITH missed (school_class, said) AS MATERIALIZED (",
            after=") SELECT school_class, said, COUNT(*) FROM missed GROUP BY school_class, said",
        )
        return [
            Group(klass, bool(said & OWN), said % MOST_CARE, bool(said & MOST_CARE), count)
            for klass, said, count in rows
        ]

    def with_other_owners(self) -> list[tuple[int, int | None]]:
        """Student and class of those in groups with other owners."""
        return self._ask(
            [("student_id", []), ("school_class_id", [])], after=f" AND {self._own[0]}", params=self._own[1]
        )

    def one_by_one(self) -> list[tuple[int, int | None]]:
        """Student and class of those in groups to be looked at one by one."""
        sql, params = self._misses
        params = [*params, ONE_BY_ONE]
        return self._ask([("student_id", []), ("school_class_id", [])], after=f" AND {sql} = %s", params=params)

    def _ask(
        self, parts: list[Fragment], *, before: str = "", after: str = "", params: Sequence[Any] = ()
    ) -> list[Any]:
        rows, of_rows = self._students([Opened(self.period.start, 0, self.period.pk, self.rule.pk)], (Status.MISSED,))
        columns = ", ".join(sql for sql, _ in parts)
        statement = before + rows.replace("SELECT student_id", f"SELECT {columns}", 1) + after
        with connection.cursor() as cursor:
            cursor.execute(statement, [*(one for _, some in parts for one in some), *of_rows, *params])
            return list(cursor.fetchall())

    def _students(self, opened: Sequence[Opened], statuses: Sequence[Status]) -> Fragment:
        """The students with these states in these periods."""
        these = " OR ".join(["(period_id = %s AND rule_id = %s)"] * len(opened))
        states = ", ".join(["%s"] * len(statuses))
        sql = (
            # The name comes from the model, values go as parameters.
            f"SELECT student_id FROM {_name(CheckIn)} "  # nosec B608
            f"WHERE school_id = %s AND ({these}) AND status IN ({states})"
        )
        return sql, [self.school.pk, *(key for one in opened for key in (one.period, one.rule)), *map(int, statuses)]

    def _with_other_owners(self, kin: Collection[int], *, paired: bool) -> Fragment:
        options: list[Fragment] = []
        if kin:
            options.append((f"student_id IN ({', '.join(['%s'] * len(kin))})", sorted(kin)))
        if paired and self.rule.names_mentors and not self.rule.for_counselors:
            day = self.period.due
            mentored = (
                # The name comes from the model, values go as parameters.
                f"student_id IN (SELECT student_id FROM {_name(Mentor)} "  # nosec B608
                "WHERE school_id = %s AND valid_from <= %s AND (valid_to IS NULL OR valid_to >= %s))"
            )
            options.append((mentored, [self.school.pk, day, day]))
        return f"({' OR '.join(sql for sql, _ in options) or '1 = 0'})", [one for _, some in options for one in some]

    def _in_a_row(self) -> Fragment:
        """MOST_MISSES at most; ONE_BY_ONE where two periods back do not tell."""
        if len(self._around.after) > 1:
            return str(ONE_BY_ONE), []
        sql, params = "1", list[Any]()
        for misses, one in reversed(list(enumerate(self._around.before[: MOST_MISSES - 1], start=1))):
            missed, of_missed = self._students([one], (Status.MISSED,))
            met, of_met = self._students([one], (Status.MET,))
            sql = (
                f"CASE WHEN student_id IN ({missed}) THEN {self._further(misses + 1, sql)} "  # nosec B608
                f"WHEN student_id IN ({met}) THEN {misses} ELSE {ONE_BY_ONE} END"
            )
            params = [*of_missed, *params, *of_met]
        for one in self._around.after:
            judged, of_judged = self._students([one], (Status.MET, Status.MISSED, Status.EXCUSED))
            sql = f"CASE WHEN student_id IN ({judged}) THEN {ONE_BY_ONE} ELSE {sql} END"  # nosec B608
            params = [*of_judged, *params]
        return sql, params

    @staticmethod
    def _further(misses: int, sql: str) -> str:
        """What the period before says; where there is none, so many it were."""
        return str(misses) if sql == "1" else sql

    def _first_tier(self) -> Fragment:
        """Whether the student was in the tier of most care on the due day: the last one given by then."""
        sql = (
            # Names come from the models, values go as parameters.
            f"student_id IN (SELECT given.student_id FROM {_name(TierAssignment)} AS given "  # nosec B608
            f'JOIN {_name(CareTier)} AS tier ON tier.id = given.tier_id AND tier."order" = 0 '
            "WHERE given.school_id = %s AND given.valid_from <= %s AND NOT EXISTS "
            f"(SELECT 1 FROM {_name(TierAssignment)} AS later WHERE later.school_id = given.school_id "
            "AND later.student_id = given.student_id AND later.valid_from <= %s "
            "AND later.valid_from > given.valid_from))"
        )
        return sql, [self.school.pk, self.period.due, self.period.due]


def _name(model: type[CheckIn | CareTier | Mentor | TierAssignment]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
