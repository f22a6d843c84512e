"""The roster as a table: who is in the school, as far as a person may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.http import QueryDict
from django.urls import reverse

from accounts.models import User
from schools.models import SchoolClass
from schools.permissions import Permission, holds
from schools.tables import Column, Empty, Filters, Look, Table, Take
from students.models import Student

PAGE = 60


class RosterFilters(Filters):
    """By name and by class."""

    q = forms.CharField(
        label="按姓名找",
        required=False,
        widget=forms.SearchInput(
            attrs={"aria-label": "按姓名找", "placeholder": "姓名、拼音或首字母", "autocomplete": "off"}
        ),
    )

    def __init__(self, data: QueryDict, *, classes: Sequence[SchoolClass]) -> None:
        super().__init__(data)
        self.classes = {str(one.uid): one for one in classes}
        choices = [("", "所有班级"), *((uid, one.name) for uid, one in self.classes.items())]
        self.fields["class"] = forms.ChoiceField(label="班级", required=False, choices=choices)
        if len(classes) < 2:
            self.fields["class"].widget = forms.HiddenInput()

    @property
    def school_class(self) -> SchoolClass | None:
        return self.classes.get(self.chosen("class") or "")

    @property
    def words(self) -> str:
        return str(self.chosen("q") or "")


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One student; what this person may do about them."""

    student: Student
    class_name: str
    may_open: bool
    may_edit: bool
    may_open_glass: bool

    @property
    def url(self) -> str:
        return reverse("student", args=[self.student.uid]) if self.may_open else ""

    @property
    def deed(self) -> tuple[str, str, str]:
        """Its word, where it leads, and what it says to a listener."""
        if self.may_edit and self.may_open:
            return "改", reverse("students:edit", args=[self.student.uid]), f"改{self.student.name}的信息"
        if self.may_open_glass and not self.may_open:
            address = reverse("students:glass-open", args=[self.student.uid])
            return "紧急查看", address, f"紧急查看{self.student.name}"
        return "", "", ""


def roster_of(found: Sequence[Student], person: User, at: datetime) -> list[RosterRow]:
    """The rows of students that were read `with_class`. Two queries for all."""
    names = SchoolClass.objects.filter(pk__in={one.class_id for one in found}).select_related("grade").in_bulk()  # type: ignore[attr-defined]
    opened = Student.objects.visible_to(person, at=at, under=Permission.STUDENT_VIEW)
    may_open = set(opened.filter(pk__in=[one.pk for one in found]).values_list("pk", flat=True))
    may_edit = holds(person, Permission.STUDENT_EDIT, at=at)
    may_open_glass = holds(person, Permission.GLASS_OPEN, at=at)
    return [
        RosterRow(
            one,
            names[one.class_id].name if one.class_id in names else "不在班",  # type: ignore[attr-defined]
            may_open=one.pk in may_open,
            may_edit=may_edit,
            may_open_glass=may_open_glass,
        )
        for one in found
    ]


ROSTER: Table[Student, RosterRow] = Table(
    title="学生",
    columns=(
        Column(
            "name",
            "姓名",
            lambda row: row.student.name,
            order=("pinyin", "name"),
            look=Look.NAME,
            url=lambda row: row.url,
        ),
        Column("gender", "性别", lambda row: row.student.get_gender_display(), shown=False, width=8),
        Column("class", "班级", lambda row: row.class_name, order=("grade_number", "class_number")),
        # Whoever keeps the roster sees 学号; others have no need of it.
        Column(
            "number",
            "学号",
            lambda row: row.student.number,
            order=("number",),
            width=22,
            seen_under=Permission.STUDENT_IMPORT,
        ),
        Column(
            "do",
            "",
            lambda row: row.deed[0],
            look=Look.ACT,
            url=lambda row: row.deed[1],
            says=lambda row: row.deed[2],
            exported=False,
        ),
    ),
    dress=roster_of,
    order=("pinyin", "name", "pk"),
    empty=Empty("名单还是空的", "校务管理员导入名册以后，这里就有了。"),
    not_found=Empty("没有找到这位同学", "试试拼音首字母，或者只写姓。", art="none"),
    per_page=PAGE,
    take=Take(
        Permission.STUDENT_EXPORT,
        verb="roster.export",
        narrow="先选一个班级，分几次导出。",
        says="没有监护人和电话，也没有关爱信息。",
    ),
)

__all__ = ["PAGE", "ROSTER", "RosterFilters", "RosterRow", "roster_of"]
