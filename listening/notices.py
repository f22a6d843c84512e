"""Who hears that a check-in became missed: its owner, at once, in the inbox; and, missed again, who can help.

The texts stand in notifications/texts.py, the ladder in ladder.py.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from listening.ladder import MOST_MISSES, Step, misses_in_row, step
from listening.models import CheckIn, Period, PeriodOpening, QuotaRule
from listening.owners import Owners
from listening.quotas import Status
from notifications import actions as notifications
from notifications import texts
from schools.models import School
from students.models import TierAssignment

Subject = tuple[int, int | None]  # student and class of a check-in
LOOK_BACK = 20  # periods before this one that are looked at: a long row of excused ones ends somewhere
MANY = 500  # students; more of them are not named one by one in a query


def tell_missed(school: School, rows: list[CheckIn], *, at: datetime) -> None:
    """One inbox row for each owner, rule and period; said again, it is the same row with the newer count.

    Reads rule and period of each row. Owners are those of the due day.
    """
    subjects: dict[tuple[int, int], set[Subject]] = defaultdict(set)
    where: dict[tuple[int, int], tuple[QuotaRule, Period]] = {}
    for row in rows:
        where[row.period_id, row.rule_id] = row.rule, row.period
        subjects[row.period_id, row.rule_id].add((row.student_id, row.school_class_id))
    for key, (rule, period) in where.items():
        tell_of(school, rule, period, touched=subjects[key], at=at)


def tell_of(
    school: School, rule: QuotaRule, period: Period, *, at: datetime, touched: Collection[Subject] | None = None
) -> None:
    """The same for one rule and period: to the owners of these, or of all that were missed in it.

    Whoever can help hears of those who were missed again.
    """
    owners = Owners(school, on=period.due)
    missed = CheckIn.objects.filter(school=school, period=period, rule=rule).missed()
    all_missed: list[Subject] = list(missed.values_list("student", "school_class"))
    counts = Counter(owner for subject in all_missed for owner in owners.of(rule, *subject))
    told = set(counts) if touched is None else {owner for subject in touched for owner in owners.of(rule, *subject)}
    query = urlencode({"rule": rule.uid, "from": period.start.isoformat(), "mine": 1})
    name = "" if rule.for_counselors else rule.name
    notifications.tell_each(
        {
            owner: texts.missed(rule=name, period=period.words, count=count)
            for owner, count in counts.items()
            if owner in told
        },
        school=school,
        key=f"missed:{rule.uid}:{period.start}",
        path=f"{reverse('listening:missed')}?{query}",
        at=at,
    )
    _tell_again(school, rule, period, owners, all_missed, touched=touched, at=at)


def _tell_again(
    school: School,
    rule: QuotaRule,
    period: Period,
    owners: Owners,
    subjects: Collection[Subject],
    *,
    touched: Collection[Subject] | None,
    at: datetime,
) -> None:
    """Of how many children somebody else than the owner hears. One row a person, requirement and period."""
    steps = steps_of(school, rule, period, {student for student, _ in subjects})
    counts: Counter[int] = Counter()
    told: set[int] = set()
    for subject in subjects:
        student, school_class = subject
        hear = _who_hears(rule, owners, school_class, steps[student])
        counts.update(hear)
        if touched is None or subject in touched:
            told |= hear
    key = f"again:{rule.lineage}:{period.start}"
    # Who may not know of such check-ins is asked for help without a list: names would tell who is in need of care.
    is_narrow = rule.for_counselors or rule.tiers.exists() or rule.labels.exists()
    listless = told - owners.leads if is_narrow else set()
    for people, path in ((told - listless, reverse("listening:missed")), (listless, reverse("home"))):
        words = {person: texts.missed_again(count=counts[person]) for person in people}
        if words:
            notifications.tell_each(words, school=school, key=key, path=path, at=at)


def _who_hears(rule: QuotaRule, owners: Owners, school_class: int | None, up_to: Step) -> set[int]:
    """The lead counselor and, but for a counselor's rule, the grade head; a step further the leadership group, too."""
    hear: set[int] = set()
    if up_to >= Step.LEAD:
        hear |= owners.leads
        if not rule.for_counselors:
            hear |= owners.grade_heads(school_class)
    if up_to >= Step.LEADERS:
        hear |= owners.leaders
    return hear


def steps_of(school: School, rule: QuotaRule, period: Period, students: Collection[int]) -> dict[int, Step]:
    """How far up the word goes of each of these, who were missed in this period, under all versions of the rule."""
    found = {student: [Status.MISSED] for student in students}
    versions = PeriodOpening.objects.filter(school=school, rule__lineage=rule.lineage, rule__school=school)
    before = versions.filter(period__start__lt=period.start).order_by("-period__start", "-pk")
    after = versions.filter(period__start__gt=period.start).order_by("period__start", "pk")
    for older in (True, False):
        waiting = set(students)
        for opening in (before if older else after).values_list("period", "rule")[:LOOK_BACK]:
            if not waiting:
                break
            for student, status in _statuses(school, *opening, waiting):
                if student not in waiting:
                    continue
                found[student].insert(len(found[student]) if older else 0, Status(status))
                if status == Status.MET or len(found[student]) >= LOOK_BACK or _is_enough(found[student]):
                    waiting.discard(student)
    most_care = _in_most_care(school, period, students)
    return {
        student: step(misses_in_row(_from_this_on(statuses)), most_care=student in most_care)
        for student, statuses in found.items()
    }


def _is_enough(newest_first: list[Status]) -> bool:
    return newest_first.count(Status.MISSED) >= MOST_MISSES


def _from_this_on(newest_first: list[Status]) -> list[Status]:
    """Without a met one that came after: it ended the row only later."""
    return newest_first[1:] if newest_first[0] == Status.MET else newest_first


def _statuses(school: School, period: int, rule: int, students: Collection[int]) -> list[tuple[int, int]]:
    rows = CheckIn.objects.filter(school=school, period=period, rule=rule).exclude(status=Status.DUE)
    if len(students) <= MANY:
        rows = rows.filter(student__in=students)
    return list(rows.values_list("student", "status"))


def _in_most_care(school: School, period: Period, students: Collection[int]) -> set[int]:
    """Who of these was in the first tier of the scheme on the due day."""
    given = TierAssignment.objects.filter(school=school, valid_from__lte=period.due)
    ever = given.filter(tier__order=0).values("student")
    orders = dict(given.filter(student__in=ever).order_by("valid_from", "pk").values_list("student", "tier__order"))
    return {student for student, order in orders.items() if order == 0} & set(students)
