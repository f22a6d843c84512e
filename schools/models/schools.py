"""A school, and the county bureau above it."""

import uuid
from datetime import date
from functools import lru_cache
from typing import cast

from django.db import models

from schools.calendar import SchoolCalendar, TermDays
from schools.statements import as_day, ask


class Authority(models.Model):
    """县区教育局: sees figures of its schools, and nothing below a school."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("名称", max_length=80, unique=True)

    class Meta:
        verbose_name = "教育局"

    def __str__(self) -> str:
        return self.name


class School(models.Model):
    """One school and the numbers that it may set for itself."""

    class Stage(models.TextChoices):
        PRIMARY = "primary", "小学"
        JUNIOR = "junior", "初中"
        NINE_YEAR = "nine_year", "九年一贯"
        SENIOR = "senior", "高中"
        COMPLETE = "complete", "完全中学"

    class System(models.TextChoices):
        SIX_THREE = "6-3", "六三学制"
        FIVE_FOUR = "5-4", "五四学制"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    authority = models.ForeignKey(
        Authority, on_delete=models.PROTECT, null=True, blank=True, related_name="schools", verbose_name="教育局"
    )
    name = models.CharField("校名", max_length=80, unique=True)
    stage = models.CharField("学段", max_length=10, choices=Stage, default=Stage.JUNIOR)
    system = models.CharField("学制", max_length=3, choices=System, default=System.SIX_THREE)
    helpline = models.CharField("学校心理电话", max_length=40, blank=True)
    urgent_contact = models.CharField("紧急联系人", max_length=40, blank=True)
    urgent_phone = models.CharField("紧急联系电话", max_length=40, blank=True)
    listening_since = models.DateField("倾听从哪天算起", null=True, blank=True)  # nothing before it is owed
    late_days = models.PositiveSmallIntegerField("补录期限（天）", default=7)
    # What the limit was before: [last due day, days], the oldest first. Kept here, for each judging asks it.
    late_days_before = models.JSONField("以前的补录期限", default=list, blank=True)

    class Meta:
        verbose_name = "学校"

    def __str__(self) -> str:
        return self.name

    def late_days_of(self, due: date) -> int:
        """The limit for what was due on this day: a change never reaches what was over before it."""
        for last, days in self.late_days_before:
            if due <= date.fromisoformat(last):
                return int(days)
        return self.late_days

    def calendar(self) -> SchoolCalendar:
        """The school's days as the pure calendar wants them; the key of a term is its number in the database.

        The same days make the same calendar, so what was worked out of it once stays beside it.
        """
        days: dict[bool, set[date]] = {True: set(), False: set()}
        terms: list[tuple[date, int, str, date]] = []
        for term, year, first, last, is_school_day in ask(CALENDAR, {"school": self.pk}):
            begin = cast(date, as_day(first))
            if term is None:
                days[bool(is_school_day)].add(begin)
            else:
                terms.append((begin, term, year, cast(date, as_day(last))))
        return _calendar(
            tuple(TermDays(str(pk), year, first, last) for first, pk, year, last in sorted(terms)),
            frozenset(days[False]),
            frozenset(days[True]),
        )


# Each logged talk reads it: one statement, by hand.
CALENDAR = """
SELECT id, year, first_day, last_day, NULL FROM schools_term WHERE school_id = %(school)s
UNION ALL
SELECT NULL, '', day, NULL, CASE WHEN is_school_day THEN 1 ELSE 0 END FROM schools_calendarday
WHERE school_id = %(school)s
"""


@lru_cache(maxsize=512)
def _calendar(terms: tuple[TermDays, ...], off: frozenset[date], makeup: frozenset[date]) -> SchoolCalendar:
    return SchoolCalendar(terms=terms, off=off, makeup=makeup)
