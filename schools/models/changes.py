"""Facts about the school that changed after the fact: who holds a role, which day is a school day."""

from django.db import models

from schools.models.classes import SchoolClass
from schools.models.schools import School


class SchoolChange(models.Model):
    """Append-only. Whoever stores what follows from these facts takes the rows not yet taken."""

    class Kind(models.TextChoices):
        MEMBERSHIP = "membership", "任职"
        CALENDAR = "calendar", "校历"

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    kind = models.CharField("什么变了", max_length=12, choices=Kind)
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="班级"
    )
    first_day = models.DateField("影响的第一天")
    last_day = models.DateField("影响的最后一天", null=True)
    at = models.DateTimeField("何时记下")
    taken_at = models.DateTimeField("何时处理", null=True)

    class Meta:
        verbose_name = "学校变动"
        indexes = [
            # Reader: settle_changes, one look a page; holds only what is not yet taken.
            models.Index(fields=["school"], condition=models.Q(taken_at=None), name="school_change_open"),
        ]
