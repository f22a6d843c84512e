"""The spans that quotas are counted over, derived from the school calendar and stored when they open."""

from datetime import date
from typing import Self

from django.db import models

from schools.calendar import PeriodKind, SchoolCalendar, Span
from schools.models import School, Term


class PeriodQuerySet(models.QuerySet["Period"]):
    def running_on(self, day: date) -> Self:
        return self.filter(start__lte=day, end__gte=day)


class Period(models.Model):
    """周期: a day, a week, a fortnight, n weeks, a month, a term or a school year of one school."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    term = models.ForeignKey(Term, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="学期")
    kind = models.CharField("种类", max_length=12, choices=PeriodKind)
    weeks = models.PositiveSmallIntegerField("几周", default=0)  # of n weeks; 0 for every other kind
    label = models.CharField("名称", max_length=20)
    start = models.DateField("第一天")
    end = models.DateField("最后一天")
    opens = models.DateField("第一个上课日")
    due = models.DateField("到期日")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = "周期"
        constraints = [
            models.UniqueConstraint(fields=["school", "kind", "weeks", "start"], name="period_once"),
        ]
        indexes = [
            # Reader: which periods a day or a talk lies in.
            models.Index(fields=["school", "start", "end"], name="period_school_span"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """第 11–12 周, 11月, 本学期: the period as a teacher says it."""
        match self.kind:
            case PeriodKind.MONTH:
                return f"{int(self.label[5:])}月"
            case PeriodKind.TERM:
                return "本学期"
            case PeriodKind.SCHOOL_YEAR:
                return "本学年"
            case PeriodKind.DAY:
                return f"{self.start.month}月{self.start.day}日"
            case _:
                return f"第 {self.label.removeprefix('W').replace('-', '–')} 周"

    def span(self, calendar: SchoolCalendar) -> Span:
        """The pure period behind this row. Its days are those of the calendar up to the stored due day."""
        return Span(
            PeriodKind(self.kind),
            self.weeks,
            str(self.term_id) if self.term_id else None,
            "",
            self.label,
            self.start,
            self.end,
            calendar.school_days(self.opens, self.due) or (self.due,),
        )


class Ledger(models.Model):
    """Through which day the night has run for a school; what is stored is true of that evening, or of today's."""

    school = models.OneToOneField(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    through = models.DateField("已处理到", null=True)

    class Meta:
        verbose_name = "处理进度"
