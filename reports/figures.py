"""Figures: sums of the stored class figures, and the hiding of small cells. Here, once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date

from django.db.models import Exists, QuerySet, Sum

from accounts.models import User
from listening.models import CheckIn, ClassFigure, Period, QuotaRule
from listening.quotas import Status
from schools.calendar import SchoolCalendar
from schools.models import School, SchoolClass
from students.models import Student

FEWEST = 5  # a cell from 1 to 4 could point at a child


@dataclass(frozen=True, slots=True)
class Tally:
    """Students under one rule in one period, by state."""

    met: int = 0
    due: int = 0
    missed: int = 0
    excused: int = 0

    @property
    def asked(self) -> int:
        """Who is asked for: everybody but the excused."""
        return self.met + self.due + self.missed

    @property
    def share(self) -> int:
        """Met in hundredths of asked; 100 only when it is all of them."""
        return self.met * 100 // self.asked if self.asked else 0

    @classmethod
    def sum(cls, tallies: Iterable["Tally"]) -> "Tally":
        rows = list(tallies)
        return cls(*(sum(getattr(row, state) for row in rows) for state in ("met", "due", "missed", "excused")))

    @classmethod
    def of(cls, figures: Iterable[ClassFigure]) -> "Tally":
        rows = list(figures)
        return cls(
            met=sum(row.met for row in rows),
            due=sum(row.due for row in rows),
            missed=sum(row.missed for row in rows),
            excused=sum(row.excused for row in rows),
        )


@dataclass(frozen=True, slots=True)
class SchoolFigures:
    """The first of the teachers' rules, in its running period: the school's figure and each class's."""

    school: School
    rule: QuotaRule
    period: Period
    whole: Tally
    classes: list[tuple[SchoolClass, Tally]]  # in the school's order
    left: int  # school days until the due day, today included


def running(
    school: School,
    person: User,
    *,
    on: date,
    calendar: SchoolCalendar,
    classes: QuerySet[SchoolClass] | None = None,
) -> SchoolFigures | None:
    """The figures of today's period, of all classes or of some; None before the first one has opened.

    Without the children and relatives of this person: no list shows them to a member of staff who is theirs.
    """
    rows = ClassFigure.objects.filter(
        school=school,
        rule__for_counselors=False,
        period__start__lte=on,
        period__end__gte=on,
        school_class__isnull=False,
    )
    if classes is not None:
        rows = rows.filter(school_class__in=classes)
    rows = rows.select_related("rule", "period", "school_class__grade").order_by(
        "rule__order", "rule__pk", "school_class__grade__number", "school_class__number", "pk"
    )
    own = Student.objects.kin_of(person).filter(school=school)
    found = list(rows.annotate(has_kin=Exists(own)))
    if not found:
        return None
    first = found[0]
    some = [row for row in found if row.rule_id == first.rule_id and row.period_id == first.period_id]
    figures = SchoolFigures(
        school=school,
        rule=first.rule,
        period=first.period,
        whole=Tally.of(some),
        classes=[(row.school_class, Tally.of([row])) for row in some if row.school_class],
        left=calendar.school_days_left(first.period.due, on=on),
    )
    return _without_kin(figures, person) if first.has_kin else figures


def tally_of_each(schools: Iterable[School], *, on: date) -> dict[int, Tally]:
    """The school's figure as running() has it, for many schools in one query; those without a period are left out."""
    rows = ClassFigure.objects.filter(
        school__in=list(schools),
        rule__for_counselors=False,
        period__start__lte=on,
        period__end__gte=on,
        school_class__isnull=False,
    )
    by_rule = rows.values("school", "rule__order", "rule", "period").annotate(
        met=Sum("met"), due=Sum("due"), missed=Sum("missed"), excused=Sum("excused")
    )
    found: dict[int, Tally] = {}
    for row in by_rule.order_by("school", "rule__order", "rule", "period"):
        found.setdefault(row["school"], Tally(row["met"], row["due"], row["missed"], row["excused"]))
    return found


def _without_kin(figures: SchoolFigures, person: User) -> SchoolFigures:
    own = CheckIn.objects.filter(
        school=figures.school, period=figures.period, rule=figures.rule, student__in=Student.objects.kin_of(person)
    )
    rows = own.values_list("pk", "school_class", "status").distinct()
    found = Counter((school_class, Status(status).name.lower()) for _, school_class, status in rows)
    if not found:
        return figures
    classes = [
        (one, replace(tally, **{state: number - found[one.pk, state] for state, number in asdict(tally).items()}))
        for one, tally in figures.classes
    ]
    return replace(figures, classes=classes, whole=Tally.sum(tally for _, tally in classes))


def hidden_if_few(number: int) -> str:
    """A number for eyes outside the school: 1 to 4 reads 少于 5."""
    return f"少于 {FEWEST}" if 0 < number < FEWEST else f"{number:,}"
