"""What changed about a student, for whoever stores what follows from it."""

from django.db import models

from schools.models import School, SchoolClass


class RosterChange(models.Model):
    """Append-only: one row for each day on which something about a student begins or ends.

    Written in the transaction of the change. Who keeps figures takes the rows not yet taken; a row dated ahead waits
    for its day. `look_on` is the next day on which it is worth a look: a change on a Sunday is judged on Monday, too.
    """

    class Kind(models.TextChoices):
        CLASS = "class", "班级"
        PAUSE = "pause", "离校与返校"
        TIER = "tier", "层级"
        LABEL = "label", "标签"
        MENTOR = "mentor", "结对"
        GUARDIAN = "guardian", "监护人"

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+", verbose_name="学校")
    student = models.ForeignKey("students.Student", on_delete=models.CASCADE, related_name="+", verbose_name="学生")
    kind = models.CharField("什么变了", max_length=10, choices=Kind)
    left = models.ForeignKey(
        SchoolClass, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="原来的班级"
    )  # which the student was in until then, or as it turns out never was: it owes something as a whole, too
    effective_on = models.DateField("从哪天起")
    look_on = models.DateField("哪天处理")
    at = models.DateTimeField("何时记下")
    taken_at = models.DateTimeField("何时处理完", null=True)

    class Meta:
        verbose_name = "名册变动"
        indexes = [
            # Reader: settle_changes, one look a page; holds only what is not yet taken.
            models.Index(fields=["school", "look_on"], condition=models.Q(taken_at=None), name="roster_change_open"),
        ]
