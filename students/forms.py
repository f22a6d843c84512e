"""The forms of the roster and of its import."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from accounts.models import User
from schools.forms import DateField
from schools.models import School, SchoolClass
from schools.models.classes import GRADE_NAMES
from students import actions
from students.models import Enrolment, Pause, StaffRelative, Student
from students.roster_import import Field, Question, Table
from students.roster_import.numbers import read_name, read_national, read_phone, read_school_number
from students.roster_import.table import LARGEST_FILE

ROW_FIELDS = (
    Field.NAME,
    Field.CLASS,
    Field.GRADE,
    Field.SCHOOL_NUMBER,
    Field.NATIONAL_NUMBER,
    Field.GENDER,
    Field.GUARDIAN_NAME,
    Field.GUARDIAN_RELATION,
    Field.GUARDIAN_PHONE,
)


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label="名册文件",
        help_text="xlsx、xls 或 csv，最大 10 MB。只读姓名、班级、学号这些需要的列，其余的不看也不留。",
        error_messages={"required": "选一个文件。", "empty": "这个文件是空的，请换一个。"},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError("文件超过 10 MB。请只留名册这一张表，再传一次。")
        return file


class ColumnsForm(forms.Form):
    """Which column is what, and what the file does not say itself."""

    grade = forms.TypedChoiceField(
        label="年级",
        help_text="文件里没有写年级时，用这里选的",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "文件里写了")] + [(n, name) for n, name in enumerate(GRADE_NAMES, 1)],
    )
    class_number = forms.IntegerField(
        label="班号",
        help_text="文件里没有班级这一列时，写几班",
        required=False,
        min_value=1,
        max_value=99,
        error_messages={
            "invalid": "班号写数字，比如 3。",
            "max_value": "班号写 1 到 99。",
            "min_value": "班号写 1 到 99。",
        },
    )

    def __init__(self, *args: Any, table: Table, cohorts: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        self.cohorts = cohorts
        heads = list(dict.fromkeys(label for sheet in table.sheets for label in sheet.labels))
        guessed = table.sheets[0].columns if table.sheets else {}
        for field in ROW_FIELDS:
            self.fields[_column(field)] = forms.ChoiceField(
                label=field.label,
                required=field is Field.NAME,
                choices=[("", "没有这一列"), *((head, head) for head in heads)],
                initial=guessed.get(field, ""),
                error_messages={"required": "说一下哪一列是姓名。"},
            )
        for cohort in cohorts:
            self.fields[f"cohort_{cohort}"] = forms.TypedChoiceField(
                label=f"{cohort}现在是",
                coerce=int,
                empty_value=None,
                required=False,
                choices=[("", "选一个年级")] + [(n, name) for n, name in enumerate(GRADE_NAMES, 1)],
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[_column(field)] for field in ROW_FIELDS]

    @property
    def cohort_fields(self) -> list[forms.BoundField]:
        return [self[f"cohort_{cohort}"] for cohort in self.cohorts]

    def chosen(self) -> dict[Field, str]:
        """The head for each field, as the person wants it."""
        return {field: self.cleaned_data[_column(field)] for field in ROW_FIELDS}

    @property
    def has_column_errors(self) -> bool:
        """Whether the choice of columns is to be looked at."""
        return bool(self.non_field_errors()) or any(field.errors for field in self.column_fields)

    def ask(self, questions: Collection[Question]) -> None:
        """Say at its field what is still to be answered."""
        if Question.GRADE in questions:
            self.add_error("grade", "选一下这份名册是哪个年级的。")
        if Question.CLASS in questions:
            self.add_error("class_number", "写一下这份名册是几班的。")
        if Question.COHORT in questions:
            for cohort in self.cohorts:
                if not self.data.get(f"cohort_{cohort}"):
                    self.add_error(f"cohort_{cohort}", f"选一下{cohort}现在是几年级。")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        heads = [head for field in ROW_FIELDS if (head := data.get(_column(field)))]
        twice = next((head for head in heads if heads.count(head) > 1), None)
        if twice:
            raise forms.ValidationError(f"“{twice}”这一列选了两次。一列只能当一样用。")
        return data


def _column(field: Field) -> str:
    """The name of the question which column a field is in; `grade` alone asks for the grade itself."""
    return f"column_{field.value}"


FARTHEST_AHEAD = timedelta(days=366)
FARTHEST_BACK = timedelta(days=366)


def _day_near(day: date, today: date) -> date:
    if not today - FARTHEST_BACK <= day <= today + FARTHEST_AHEAD:
        raise forms.ValidationError("这一天离今天太远，看看年份。")
    return day


class StudentForm(forms.Form):
    """One child by hand. Names and numbers are read as the importer does, so that the next file finds the child."""

    name = forms.CharField(label="姓名", max_length=40)
    gender = forms.ChoiceField(label="性别", required=False, choices=Student.Gender.choices)
    school_class = forms.ChoiceField(label="班级", required=False)
    since = DateField(label="从哪天起在班", help_text="换了班才用得着")
    number = forms.CharField(label="学号", max_length=40, required=False)
    national_number = forms.CharField(
        label="学籍号", max_length=40, required=False, help_text="G、J 或 L 加 18 位，可不填"
    )
    namesake = forms.BooleanField(label="核对过了，是同名的另一位同学", required=False)

    def __init__(
        self,
        *args: Any,
        school: School,
        classes: Sequence[SchoolClass],
        on: date,
        student: Student | None = None,
        **kwargs: Any,
    ) -> None:
        self.school, self.today, self.student = school, on, student
        self.classes = {str(one.uid): one for one in classes}
        self.now = student.enrolments.filter(valid_to=None).select_related("school_class").first() if student else None
        here = str(self.now.school_class.uid) if self.now else ""
        known = {"since": on, "school_class": here if here in self.classes else ""}
        if student:
            known |= {name: getattr(student, name) for name in ("name", "gender", "number", "national_number")}
        kwargs["initial"] = known
        super().__init__(*args, **kwargs)
        nothing = "不变" if self.now else "先不分班" if student else "选一个班级"
        self.fields["school_class"].choices = [  # type: ignore[attr-defined]
            ("", nothing),
            *((uid, one.name) for uid, one in self.classes.items()),
        ]
        self.fields["school_class"].required = student is None
        self.fields["school_class"].error_messages["required"] = "选一个班级。"
        if student is None:
            self.fields["since"].help_text = "转来的同学写到校那天"
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    @property
    def asks_namesake(self) -> bool:
        """Whether the box is to be shown: there is somebody of this name."""
        return self.has_error("name", "namesake") or bool(self.data.get("namesake"))

    def clean_name(self) -> str:
        read = read_name(self.cleaned_data["name"])
        if read.remark or not read.value:
            raise forms.ValidationError("写上同学的姓名，不要用数字和问号。")
        return read.value

    def clean_number(self) -> str:
        read = read_school_number(self.cleaned_data["number"])
        if read.remark:
            raise forms.ValidationError("学号填错了：不要填身份证号，也不要是科学计数法。")
        return read.value

    def clean_national_number(self) -> str:
        text = self.cleaned_data["national_number"]
        if self.student and text == self.student.national_number:
            return str(text)
        if read_national(text).remark:
            raise forms.ValidationError("学籍号是 G、J 或 L 加 18 位，最后一位要对得上。核对一下。")
        return read_national(text).value

    def clean_since(self) -> date:
        return _day_near(self.cleaned_data["since"], self.today)

    def clean(self) -> None:
        chosen = self.classes.get(self.cleaned_data.get("school_class", ""))
        self.cleaned_data["to"] = chosen
        place = chosen or (self.now.school_class if self.now else None)
        name, number = self.cleaned_data.get("name"), self.cleaned_data.get("number")
        if place is None:
            return
        others = Student.objects.filter(
            pk__in=Enrolment.objects.filter(valid_to=None, school_class=place).values("student")
        ).exclude(pk=self.student.pk if self.student else 0)
        seat = others.filter(number=number).first() if number else None
        if seat:
            self.add_error("number", f"这个学号在{place.name}已经是{seat.name}的。")
        renamed = self.student is None or name != self.student.name or (self.now and place != self.now.school_class)
        if name and renamed and not self.cleaned_data.get("namesake") and others.filter(name=name).exists():
            self.add_error(
                "name",
                forms.ValidationError(
                    f"{place.name}已经有一位{name}。是另一位同学，就勾上下面这一项再保存。", code="namesake"
                ),
            )

    @property
    def words(self) -> dict[str, Any]:
        """What the action asks for."""
        plain = {name: self.cleaned_data[name] for name in ("name", "gender", "number", "national_number", "since")}
        return plain | {"school_class": self.cleaned_data["to"]}


class GuardianForm(forms.Form):
    """One guardian; an emptied line takes one without an account away."""

    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="监护人姓名", max_length=40, required=False)
    relation = forms.CharField(label="关系", max_length=10, required=False)
    phone = forms.CharField(label="手机", max_length=40, required=False)

    def clean_name(self) -> str:
        text = self.cleaned_data["name"]
        if text and read_name(text).remark:
            raise forms.ValidationError("写上监护人的姓名，不要用数字和问号。")
        return read_name(text).value

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"]
        read = read_phone(text)
        if text and text == self.initial.get("phone"):
            return str(text)
        if read.remark:
            raise forms.ValidationError("写一个完整的号码：手机 11 位，或带区号的座机。")
        return read.value

    def clean(self) -> None:
        more = self.cleaned_data.get("phone") or self.cleaned_data.get("relation")
        if more and not self.cleaned_data.get("name") and "name" not in self.errors:
            self.add_error("name", "写上这位监护人的姓名；要去掉这一位，就把三格都清空。")


class GuardianForms(forms.formset_factory(GuardianForm, extra=1, max_num=6)):  # type: ignore[misc]
    """The guardians of a child, and room for one more."""

    @staticmethod
    def of(student: Student) -> list[dict[str, Any]]:
        rows = student.guardians.order_by("pk")
        return [{"uid": one.uid, "name": one.name, "relation": one.relation, "phone": one.phone} for one in rows]

    @property
    def said(self) -> list[actions.GuardianWords]:
        """Each line that says something, or takes somebody away."""
        return [
            actions.GuardianWords(**form.cleaned_data)
            for form in self.forms
            if form.cleaned_data and (form.cleaned_data["name"] or form.cleaned_data["uid"])
        ]


class AwayForm(forms.Form):
    """休学 or 转出, from a day, perhaps to a day."""

    kind = forms.ChoiceField(
        label="怎么离校", choices=Pause.Kind.choices, widget=forms.RadioSelect, error_messages={"required": "选一项。"}
    )
    first = DateField(label="从哪天起不在校")
    last = DateField(label="到哪天", required=False, help_text="不知道就不填，返校时再登记")

    def clean_first(self) -> date:
        return _day_near(self.cleaned_data["first"], self.initial["first"])

    def clean_kind(self) -> Pause.Kind:
        return Pause.Kind(self.cleaned_data["kind"])

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", "最后一天在第一天之前，看看是不是填反了。")


class BackForm(forms.Form):
    """The first day back."""

    day = DateField(label="从哪天起回来上课")

    def clean_day(self) -> date:
        return _day_near(self.cleaned_data["day"], self.initial["day"])

    @property
    def last(self) -> date:
        """The last day away."""
        return date.fromordinal(self.cleaned_data["day"].toordinal() - 1)


class RelativeForm(forms.Form):
    """Which member of the staff is a relative of this student."""

    person = forms.ChoiceField(label="哪位老师", error_messages={"required": "选一位老师。"})
    relation = forms.CharField(
        label="是这位同学的什么人",
        max_length=StaffRelative._meta.get_field("relation").max_length,
        help_text="如：姑姑、舅舅、表哥",
        error_messages={"required": "写一写是什么关系。"},
    )

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.uid): one for one in people}
        field = self.fields["person"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "选一位"), *((uid, one.name) for uid, one in self.people.items())]

    @property
    def chosen(self) -> User:
        return self.people[self.cleaned_data["person"]]
