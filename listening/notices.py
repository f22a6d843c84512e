"""Who hears that a check-in became missed: its owner, at once, in the inbox; and, missed again, who can help.

What was told stays true: when fewer are missed, because of a late entry or an excuse, the row says so, or goes.
The texts stand in notifications/texts.py, the ladder in ladder.py, the counting in missed_counts.py.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from listening.missed_counts import MissedClasses, MissedStudents, Subject, subject_of
from listening.models import CheckIn, ClassCheckIn, Period, PeriodOpening, QuotaRule
from listening.owners import Owners
from listening.tally import Versions, versions
from notifications import actions as notifications
from notifications import texts
from notifications.actions import Word
from notifications.models import InboxItem
from schools.models import School

Row = CheckIn | ClassCheckIn
Missed = MissedStudents | MissedClasses


def tell_missed(school: School, rows: Iterable[Row], *, at: datetime) -> None:
    """One inbox row for each owner, rule and period; said again, it is the same row with the newer count.

    Reads rule and period of each row. Owners are those of the due day.
    """
    for rule, period, subjects in _by_period(rows):
        tell_of(school, rule, period, touched=subjects, at=at)


def tell_fewer(school: School, rows: Iterable[Row]) -> None:
    """These were missed and are not any more: what was told of them is put right, quietly. Reads as above."""
    for rule, period, subjects in _by_period(rows):
        owners = Owners(school, on=period.due)
        around = versions(rule, period)
        missed = missed_in(school, rule, period, owners, around)
        _correct(school, missed, around, to=missed.owners_of(subjects) | missed.may_hear())


def _by_period(rows: Iterable[Row]) -> list[tuple[QuotaRule, Period, set[Subject]]]:
    subjects: dict[tuple[int, int], set[Subject]] = defaultdict(set)
    where: dict[tuple[int, int], tuple[QuotaRule, Period]] = {}
    for row in rows:
        where[row.period_id, row.rule_id] = row.rule, row.period
        subjects[row.period_id, row.rule_id].add(subject_of(row))
    return [(rule, period, subjects[key]) for key, (rule, period) in where.items()]


def missed_in(school: School, rule: QuotaRule, period: Period, owners: Owners, around: Versions) -> Missed:
    """Who missed this requirement in this period."""
    kind = MissedClasses if rule.per == QuotaRule.Per.CLASS else MissedStudents
    return kind(school, rule, period, owners, around)


def tell_of(
    school: School,
    rule: QuotaRule,
    period: Period,
    *,
    at: datetime,
    touched: Collection[Subject] | None = None,
    owners: Owners | None = None,
    around: Versions | None = None,
    is_narrow: bool | None = None,
) -> None:
    """The same for one rule and period: to the owners of these, or of all that were missed in it.

    Whoever can help hears of those who were missed again. The `owners` of the due day, the periods `around` and whether
    the rule is for some children only are read unless they are given.
    """
    owners = owners or Owners(school, on=period.due)
    missed = missed_in(school, rule, period, owners, around or versions(rule, period))
    owned, again = missed.owned(), missed.again()
    if touched is not None:
        owned = _only(owned, missed.owners_of(touched))
        again = _only(again, missed.hear_of(touched))
    words = [*_owned_words(missed, owned), *_again_words(missed, again, is_narrow=is_narrow)]
    notifications.tell_all(words, school=school, at=at)


def _only(counts: Counter[int], people: Collection[int]) -> Counter[int]:
    return Counter({person: count for person, count in counts.items() if person in people})


def _owned_words(missed: Missed, counts: Counter[int]) -> list[Word]:
    """The name of a counselors' rule is left out: it says too much."""
    rule, period = missed.rule, missed.period
    name, key = "" if rule.for_counselors else rule.name, _owned_key(rule, period)
    if isinstance(missed, MissedClasses):
        return [
            Word(person, key, texts.missed_by_classes(rule=name, period=period.words, count=count), missed.path(person))
            for person, count in counts.items()
        ]
    path = f"{reverse('listening:missed')}?{urlencode({'rule': rule.uid, 'from': period.start.isoformat(), 'mine': 1})}"
    return [
        Word(person, key, texts.missed(rule=name, period=period.words, count=count), path)
        for person, count in counts.items()
    ]


def _again_words(missed: Missed, counts: Counter[int], *, is_narrow: bool | None = None) -> list[Word]:
    """One row a person, requirement and period: of how many somebody else than the owner hears.

    Who may not know of such check-ins is asked for help without a list: names would tell who is in need of care.
    """
    if not counts:
        return []
    rule, leads = missed.rule, missed.owners.leads
    is_class = isinstance(missed, MissedClasses)
    text = texts.missed_again_by_classes if is_class else texts.missed_again
    if is_narrow is None:
        is_narrow = bool(rule.tiers.all()) or bool(rule.labels.all())
    the_list, home = reverse("listening:missed"), reverse("home")
    return [
        Word(
            person,
            _again_key(rule, missed.period),
            text(count=count),
            home if is_class or ((is_narrow or rule.for_counselors) and person not in leads) else the_list,
        )
        for person, count in counts.items()
    ]


def _owned_key(rule: QuotaRule, period: Period) -> str:
    return f"missed:{rule.uid}:{period.start}"


def _again_key(rule: QuotaRule, period: Period) -> str:
    return f"again:{rule.lineage}:{period.start}"


def _correct(school: School, missed: Missed, around: Versions, *, to: Collection[int]) -> None:
    """What these people were told of this period; and of the later ones, where a row of misses may be shorter now."""
    later = {f"again:{missed.rule.lineage}:{one.start}": one for one in around.after}
    keys = [_owned_key(missed.rule, missed.period), _again_key(missed.rule, missed.period), *later]
    told = list(InboxItem.objects.told(to, keys))
    if not told:
        return
    words = [*_owned_words(missed, missed.owned()), *_again_words(missed, missed.again())]
    still_told = {later[item.key].opening for item in told if item.key in later}
    openings = PeriodOpening.objects.filter(school=school, pk__in=still_told).select_related("rule", "period")
    for opening in openings:
        owners = Owners(school, on=opening.period.due)
        around_it = versions(opening.rule, opening.period)
        then = missed_in(school, opening.rule, opening.period, owners, around_it)
        words += _again_words(then, then.again())
    notifications.correct(words, told=told)
