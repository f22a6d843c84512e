"""A school, and the county bureau above it."""

import uuid
from datetime import date

from django.db import models

from schools.calendar import SchoolCalendar, TermDays


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

    class Meta:
        verbose_name = "学校"

    def __str__(self) -> str:
        return self.name

    def calendar(self) -> SchoolCalendar:
        """The school's days as the pure calendar wants them; the key of a term is its number in the database."""
        days: dict[bool, set[date]] = {True: set(), False: set()}
        for day, is_school_day in self.calendar_days.values_list("day", "is_school_day"):
            days[is_school_day].add(day)
        terms = self.terms.values_list("pk", "year", "first_day", "last_day")
        return SchoolCalendar(
            terms=tuple(TermDays(str(pk), year, first, last) for pk, year, first, last in terms),
            off=frozenset(days[False]),
            makeup=frozenset(days[True]),
        )
