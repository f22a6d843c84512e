"""What a requirement would mean, said before it is saved: the work, the next period, the day, what falls between."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from listening import rule_words as words
from listening.actions.periods import covered
from listening.actions.rules import RuleChanges, is_unused, starts_on
from listening.actions.settling import evening
from listening.models import QuotaRule
from listening.words import day_words
from schools.calendar import PeriodKind, Span
from schools.models import School


@dataclass(frozen=True, slots=True)
class Preview:
    """Four sentences; an empty one is left out."""

    load: str
    next_period: str
    begins: str
    gap: str


def preview(school: School, asked: RuleChanges, *, on: date, rule: QuotaRule | None, sees_numbers: bool) -> Preview:
    """Read from the roster and the calendar of today. `sees_numbers`: of the students of a tier, too."""
    calendar = school.calendar()
    after = evening(school, on=on)
    rhythm = (asked["period"], asked["weeks"])
    old = _before(school, rule, after=after)
    if rule is not None and is_unused(rule, after=after):
        begins = rule.valid_from or after
    else:
        kind, weeks = old or rhythm
        begins = starts_on(calendar, kind=kind, weeks=weeks, after=after)
    follows = words.first_governed(calendar, rhythm, begins)
    between = words.gap(calendar, old=old, new=rhythm, begins=begins) if old else None
    load, number = _load(school, asked, on=on, sees_numbers=sees_numbers)
    return Preview(
        load=load,
        next_period=_next(follows, number, guidance=not asked["minimum"]),
        begins=_begins(follows, begins, changes=old is not None),
        gap=between.words if between else "",
    )


def _before(school: School, rule: QuotaRule | None, *, after: date) -> words.Rhythm | None:
    """The rhythm of the version that runs until the change: the row itself, or the one that it follows."""
    if rule is None:
        return None
    if not is_unused(rule, after=after):
        return PeriodKind(rule.period), rule.weeks
    earlier = QuotaRule.objects.filter(school=school, lineage=rule.lineage).exclude(pk=rule.pk)
    last = earlier.exclude(valid_to=None).order_by("-valid_to", "-pk").first()
    return (PeriodKind(last.period), last.weeks) if last else None


def _load(school: School, asked: RuleChanges, *, on: date, sees_numbers: bool) -> tuple[str, str]:
    """How much work it is, and how many check-ins a period holds; the second is empty where it is not told."""
    tiers, labels = [tier.pk for tier in asked["tiers"]], [label.pk for label in asked["labels"]]
    rhythm, minimum, minutes = (asked["period"], asked["weeks"]), asked["minimum"], asked["minutes"]
    if tiers and not sees_numbers:
        return f"{words.how_often(rhythm)}{words.times(minimum, asked['maximum'])}，人数以心理教师的名单为准", ""
    here = covered(school, tiers=tiers, labels=labels, day=on).order_by()
    by_class = dict(here.values_list("school_class").annotate(Count("pk")))
    students, classes = sum(by_class.values()), len(by_class)
    if asked["per"] == QuotaRule.Per.CLASS:
        load = words.load_of_groups(rhythm, classes=classes, minimum=minimum, minutes=minutes)
        return load, f"{classes} 个班"
    if tiers or labels:
        load = words.load_of_school(rhythm, students=students, minimum=minimum, minutes=minutes)
    else:
        usual = (2 * students + classes) // (2 * classes) if classes else 0
        load = words.load_of_class(rhythm, students=usual, minimum=minimum, minutes=minutes)
    return load, words.how_many(students, "位同学")


def _next(follows: Span | None, number: str, *, guidance: bool) -> str:
    if guidance:
        return "这是给家长的建议，不会列出谁没有谈。"
    if not number:
        return ""
    where = f"下一期 {words.span_of(follows)}" if follows else "每一期"
    return f"{where}有 {number}。"


def _begins(follows: Span | None, begins: date, *, changes: bool) -> str:
    if follows is None:
        return f"{day_words(begins)}以后的第一个周期开始生效；下一学期的日期填好以后就能看到是哪天。"
    kept = "，正在进行的这一期和以前的都不变" if changes else ""
    return f"从 {day_words(follows.opens)}起生效{kept}。"
