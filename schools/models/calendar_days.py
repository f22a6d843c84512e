"""The days on which this school differs from Monday to Friday."""

from django.db import models

from schools.models.schools import School


class CalendarDay(models.Model):
    """A weekday without school, or a weekend day with it (调休 make-up day)."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="calendar_days", verbose_name="学校")
    day = models.DateField("日期")
    is_school_day = models.BooleanField("上课", default=False)
    note = models.CharField("说明", max_length=40, blank=True)

    class Meta:
        verbose_name = "校历日"
        ordering = ["day", "pk"]
        constraints = [models.UniqueConstraint(fields=["school", "day"], name="calendar_day_once")]


class CalendarYear(models.Model):
    """Where this school's days of one calendar year come from.

    Without a row the year is Monday to Friday, and the pages say so.
    """

    class Source(models.TextChoices):
        LIBRARY = "library", "国务院放假安排"
        HAND = "hand", "学校手工填写"

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="calendar_years", verbose_name="学校")
    year = models.PositiveSmallIntegerField("年份")
    source = models.CharField("来源", max_length=10, choices=Source)

    class Meta:
        verbose_name = "校历年份"
        constraints = [models.UniqueConstraint(fields=["school", "year"], name="calendar_year_once")]
