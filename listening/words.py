"""Dates, rests and states as a colleague would say them."""

from datetime import date

WEEKDAYS = "一二三四五六日"


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


def rest_words(left: int) -> str:
    """还剩 4 天, in school days, today included."""
    return "今天到期" if left == 1 else f"还剩 {left} 天"
