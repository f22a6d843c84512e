"""What a requirement means, in words: how often, who, with whom, how much work it is. Pure: no clock, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from listening.models import Period
from listening.words import day_words, span_words
from schools.calendar import PeriodKind, SchoolCalendar, Span
from schools.roles import Role

FEWEST = 5  # fewer students of a tier or label than that are not counted out loud
HOW_OFTEN = {
    PeriodKind.DAY: "每天",
    PeriodKind.WEEK: "每周",
    PeriodKind.FORTNIGHT: "每两周",
    PeriodKind.MONTH: "每月",
    PeriodKind.TERM: "每学期",
    PeriodKind.SCHOOL_YEAR: "每学年",
}

Rhythm = tuple[PeriodKind, int]  # kind and n of "n weeks"


@dataclass(frozen=True, slots=True)
class Gap:
    """School days that neither the old nor the new requirement looks at."""

    first: date
    last: date
    days: int

    @property
    def words(self) -> str:
        where = day_words(self.first) if self.first == self.last else span_words(self.first, self.last)
        return f"{where}的 {self.days} 个上课日，原来的要求已经结束，新的还没开始，这几天不要求倾听。"


def how_often(rhythm: Rhythm) -> str:
    """每两周, 每 3 周."""
    return HOW_OFTEN.get(rhythm[0]) or f"每 {rhythm[1]} 周"


def times(minimum: int, maximum: int | None) -> str:
    """至少 1 次, 1 到 2 次; 不作要求 where it is guidance."""
    if not minimum:
        return "只是建议，不作要求"
    return f"{minimum} 到 {maximum} 次" if maximum and maximum > minimum else f"至少 {minimum} 次"


def listeners(roles: Sequence[str]) -> str:
    """班主任、任课教师或结对导师."""
    words = [str(Role(role).label) for role in roles]
    return words[-1] if len(words) < 2 else "、".join(words[:-1]) + "或" + words[-1]


def hours(minutes: int) -> str:
    """11.3: minutes as hours, to the nearest tenth, a half up."""
    tenths = (minutes * 10 + 30) // 60
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def load_of_class(rhythm: Rhythm, *, students: int, minimum: int, minutes: int) -> str:
    """每两周 45 人 × 15 分钟 ≈ 11.3 小时/班."""
    factors = [f"{students} 人", *_factors(minimum, minutes)]
    total = f" ≈ {hours(students * max(minimum, 1) * minutes)} 小时/班" if minutes else " /班"
    return f"{how_often(rhythm)} {' × '.join(factors)}{total}"


def load_of_school(rhythm: Rhythm, *, students: int, minimum: int, minutes: int) -> str:
    """每月 12 人 × 15 分钟 ≈ 3 小时，全校; of a few students no number is said."""
    if 0 < students < FEWEST:
        return f"{how_often(rhythm)}，全校不到 {FEWEST} 人"
    factors = [f"{students} 人", *_factors(minimum, minutes)]
    total = f" ≈ {hours(students * max(minimum, 1) * minutes)} 小时" if minutes else ""
    return f"{how_often(rhythm)} {' × '.join(factors)}{total}，全校"


def load_of_groups(rhythm: Rhythm, *, classes: int, minimum: int, minutes: int) -> str:
    """每两周 36 个班 × 15 分钟，每班一次就够."""
    return f"{how_often(rhythm)} {' × '.join([f'{classes} 个班', *_factors(minimum, minutes)])}，按班算"


def _factors(minimum: int, minutes: int) -> list[str]:
    found = [f"{minimum} 次"] if minimum > 1 else []
    return [*found, f"{minutes} 分钟"] if minutes else found


def how_many(number: int, noun: str) -> str:
    """128 位同学; 1 to 4 reads 不到 5."""
    return f"不到 {FEWEST} {noun}" if 0 < number < FEWEST else f"{number:,} {noun}"


def first_governed(calendar: SchoolCalendar, rhythm: Rhythm, begins: date) -> Span | None:
    """The first period that a requirement valid from this day governs; None while the calendar knows none."""
    return next((span for span in calendar.periods(*rhythm) if span.opens >= begins), None)


def gap(calendar: SchoolCalendar, *, old: Rhythm, new: Rhythm, begins: date) -> Gap | None:
    """The school days between the last period of the old requirement and the first of the new one."""
    before = [span for span in calendar.periods(*old) if span.opens < begins]
    follows = first_governed(calendar, new, begins)
    if not before or follows is None:
        return None
    days = [day for day in calendar.school_days(before[-1].end, follows.start) if before[-1].end < day < follows.start]
    return Gap(days[0], days[-1], len(days)) if days else None


def span_of(span: Span) -> str:
    """第 13–14 周（11月24日–12月7日）."""
    days = day_words(span.start) if span.start == span.end else span_words(span.start, span.end)
    if span.kind in (PeriodKind.DAY, PeriodKind.TERM, PeriodKind.SCHOOL_YEAR):
        return days
    return f"{Period(kind=span.kind, label=span.label, start=span.start).words}（{days}）"
