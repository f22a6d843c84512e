"""Dates, rests and states as a colleague would say them."""

from datetime import date

from schools.calendar import PeriodKind

WEEKDAYS = "一二三四五六日"
SPANS = {
    PeriodKind.WEEK: ("本周", "上周"),
    PeriodKind.FORTNIGHT: ("本双周", "上一双周"),
    PeriodKind.MONTH: ("本月", "上个月"),
    PeriodKind.TERM: ("本学期", "上学期"),
    PeriodKind.SCHOOL_YEAR: ("本学年", "上学年"),
}


def day_words(day: date) -> str:
    """11月18日."""
    return f"{day.month}月{day.day}日"


def weekday(day: date) -> str:
    """周二."""
    return f"周{WEEKDAYS[day.weekday()]}"


def long_day(day: date) -> str:
    """11月18日 星期二."""
    return f"{day_words(day)} 星期{WEEKDAYS[day.weekday()]}"


def span_words(first: date, last: date) -> str:
    """11月10日–23日."""
    end = f"{last.day}日" if (first.year, first.month) == (last.year, last.month) else day_words(last)
    return f"{day_words(first)}–{end}"


def due_words(due: date, *, on: date) -> str:
    """周五 in the week of `on`, 12月4日 later: two Fridays are not to be taken for one another."""
    return weekday(due) if due.isocalendar()[:2] == on.isocalendar()[:2] else day_words(due)


def now_words(kind: str) -> str:
    """本双周: the running period of a requirement, by its kind."""
    return SPANS.get(PeriodKind(kind), ("本周期", ""))[0]


def before_words(kind: str) -> str:
    """上一双周: the period just before."""
    return SPANS.get(PeriodKind(kind), ("", "上一周期"))[1]


def rest_words(left: int) -> str:
    """还剩 4 天, in school days, today included."""
    return "今天到期" if left == 1 else f"还剩 {left} 天"
