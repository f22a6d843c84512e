"""Terms: a first and a last day. Weeks are derived (schools/calendar.py), never stored."""

import uuid
from datetime import date
from typing import Self

from django.db import models

from schools.models.schools import School


class TermQuerySet(models.QuerySet["Term"]):
    def covering(self, day: date) -> Self:
        return self.filter(first_day__lte=day, last_day__gte=day)


class Term(models.Model):
    """学期. Terms of one school do not overlap (checked by the form and the action that saves one)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="terms", verbose_name="学校")
    name = models.CharField("名称", max_length=40)
    year = models.CharField("学年", max_length=20)
    first_day = models.DateField("第一天")
    last_day = models.DateField("最后一天")

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = "学期"
        ordering = ["first_day", "pk"]
        constraints = [
            # A term that ends before it begins has no weeks.
            models.CheckConstraint(
                condition=models.Q(first_day__lte=models.F("last_day")), name="term_first_before_last"
            ),
            models.UniqueConstraint(fields=["school", "first_day"], name="term_once"),
        ]

    def __str__(self) -> str:
        return self.name
