"""What the 校务管理员 fills in."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import cast

from django import forms
from django.core.validators import RegexValidator
from django.db import models

from accounts.models import User
from schools.models import CalendarDay, Grade, Membership, School, SchoolClass, Term
from schools.models.classes import GRADE_NAMES
from schools.roles import CLASS_ROLES, GRADE_ROLES, STAFF_ROLES, Role

YEAR = RegexValidator(r"^\d{4}-\d{4}$", "学年写成 2026-2027 这样。")
PHONE = RegexValidator(r"^\+?[\d][\d -]{2,}$", "电话只写数字、空格和短横线。")
FIRST_MONTH = 7  # from July on a school prepares its next school year
LONGEST_TERM = timedelta(days=250)
STAFF_CHOICES = [(role.value, role.label) for role in Role if role in STAFF_ROLES]


class DateField(forms.DateField):
    """A day, chosen with the device's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _choice(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    return cast(forms.ChoiceField, form.fields[name])


def next_term(last: Term | None, *, on: date) -> tuple[str, str]:
    """Name and school year of the term that will most likely be entered next."""
    if last and re.fullmatch(r"\d{4}-\d{4}", last.year):
        start, second = int(last.year[:4]), "第一" in last.name
        start += 0 if second else 1
    else:
        second = on.month < FIRST_MONTH
        start = on.year - 1 if second else on.year
    year = f"{start}-{start + 1}"
    return f"{year}学年第{'二' if second else '一'}学期", year


class TermForm(forms.ModelForm):
    """A term: its name, its school year, its first and last day."""

    year = forms.CharField(label="学年", max_length=9, validators=[YEAR])
    first_day = DateField(label="第一天")
    last_day = DateField(label="最后一天")

    class Meta:
        model = Term
        fields = ["name", "year", "first_day", "last_day"]

    def clean_year(self) -> str:
        year: str = self.cleaned_data["year"]
        if int(year[5:]) != int(year[:4]) + 1:
            raise forms.ValidationError("学年写成 2026-2027 这样，后一年比前一年多一。")
        return year

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "最后一天在第一天之前，看看是不是填反了。")
        elif first and last and last - first > LONGEST_TERM:
            self.add_error("last_day", "一个学期没有这么长，看看年份。")


class DayForm(forms.Form):
    """One day that differs from Monday to Friday."""

    OFF, SCHOOL, ORDINARY = "off", "school", "ordinary"
    KINDS = ((OFF, "放假"), (SCHOOL, "上课（调休）"), (ORDINARY, "恢复平常"))

    day = DateField(label="哪一天")
    kind = forms.ChoiceField(
        label="这天怎么样", choices=KINDS, widget=forms.RadioSelect, error_messages={"required": "选一项。"}
    )
    note = forms.CharField(label="说明", max_length=CalendarDay._meta.get_field("note").max_length, required=False)

    def __init__(self, *args, terms: Iterable[Term], **kwargs):
        super().__init__(*args, **kwargs)
        self.terms = list(terms)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not any(term.first_day <= day <= term.last_day for term in self.terms):
            raise forms.ValidationError("这天不在任何学期里，不影响倾听。先看看学期的日期。")
        return day

    @property
    def is_school_day(self) -> bool:
        if self.cleaned_data["kind"] == self.ORDINARY:
            return self.cleaned_data["day"].weekday() < 5
        return self.cleaned_data["kind"] == self.SCHOOL


class ClassForm(forms.Form):
    """A class of one school year."""

    grade = forms.TypedChoiceField(label="年级", choices=list(enumerate(GRADE_NAMES, start=1)), coerce=int)
    number = forms.IntegerField(label="班号", min_value=1, max_value=99)
    year = forms.CharField(label="学年", max_length=9, validators=[YEAR])


class ContactsForm(forms.ModelForm):
    """The school's own numbers."""

    class Meta:
        model = School
        fields = ["helpline", "urgent_contact", "urgent_phone"]
        help_texts = {
            "helpline": "每一页的页脚都能看到，不登录时除外",
            "urgent_contact": "一位能马上到场的人，如：副校长 何建国",
            "urgent_phone": "全校的人登录后都能看到，写公务电话",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("helpline", "urgent_phone"):
            self.fields[name].validators.append(PHONE)

    def clean(self) -> None:
        if self.cleaned_data.get("urgent_contact") and self.cleaned_data.get("urgent_phone") == "":
            self.add_error("urgent_phone", "写了联系人，也请写上电话。")


class AppointForm(forms.Form):
    """A role of one person: what, for whom, since when."""

    role = forms.ChoiceField(label="做什么", choices=STAFF_CHOICES)
    scope = forms.ChoiceField(label="范围", required=False, help_text="班主任选班级，年级组长选年级，其他多是全校")
    is_lead = forms.BooleanField(label="是组长（心理组长或领导小组组长）", required=False)
    title = forms.CharField(label="职务", max_length=40, required=False, help_text="如：代班主任、德育处主任，可不填")
    since = DateField(label="从哪天起")

    def __init__(self, *args, school: School, year: str, held: Iterable[Membership] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.held = list(held)
        grades = Grade.objects.filter(school=school)
        classes = SchoolClass.objects.filter(school=school, year=year).select_related("grade").in_school_order()
        self.scopes: dict[str, models.Model] = {str(one.uid): one for one in [*grades, *classes]}
        _choice(self, "scope").choices = [
            ("", "全校"),
            ("年级", [(str(one.uid), str(one)) for one in grades]),
            ("班级", [(str(one.uid), one.name) for one in classes]),
        ]

    def clean(self) -> None:
        if not self.cleaned_data.get("role"):
            return
        role, scope = Role(self.cleaned_data["role"]), self.scopes.get(self.cleaned_data.get("scope", ""))
        self.cleaned_data["grade"] = scope if isinstance(scope, Grade) else None
        self.cleaned_data["school_class"] = scope if isinstance(scope, SchoolClass) else None
        if role in CLASS_ROLES and not self.cleaned_data["school_class"]:
            self.add_error("scope", f"{role.label}要选一个班级。")
        elif role == Role.GRADE_HEAD and not self.cleaned_data["grade"]:
            self.add_error("scope", "年级组长要选一个年级。")
        elif role not in CLASS_ROLES and isinstance(scope, SchoolClass):
            self.add_error("scope", f"{role.label}不按班级，选全校{'或年级' if role in GRADE_ROLES else ''}。")
        elif role not in GRADE_ROLES and isinstance(scope, Grade):
            self.add_error("scope", f"{role.label}不按年级，选全校。")
        if self.cleaned_data.get("is_lead") and role not in {Role.COUNSELOR, Role.LEADER}:
            self.add_error("is_lead", "只有心理教师和领导小组有组长。")
        if any((one.role, one.grade, one.school_class) == (role, *self._places()) for one in self.held):
            self.add_error("role", "这项任职已经有了，不用再加。")

    def _places(self) -> tuple[Grade | None, SchoolClass | None]:
        return self.cleaned_data["grade"], self.cleaned_data["school_class"]

    @property
    def appointment(self) -> dict:
        """What the action asks for, or nothing when no role was chosen."""
        if not self.cleaned_data.get("role"):
            return {}
        words = ("grade", "school_class", "is_lead", "title", "since")
        return {"role": Role(self.cleaned_data["role"])} | {word: self.cleaned_data[word] for word in words}


class NewPersonForm(AppointForm):
    """An account, and its first role if there is one already."""

    name = forms.CharField(label="姓名", max_length=40)
    username = forms.CharField(
        label="用户名",
        max_length=40,
        help_text="字母和数字，登录时用",
        validators=User._meta.get_field("username").validators,
    )
    field_order = ("name", "username", "role", "scope", "is_lead", "title", "since")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].required = False
        _choice(self, "role").choices = [("", "先不给"), *STAFF_CHOICES]
        self.fields["role"].help_text = "可以以后再给"
        self.fields["since"].required = False
        self.fields["username"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("role") and "since" in self.cleaned_data and not self.cleaned_data["since"]:
            self.add_error("since", "写上从哪天起。")


class HeadTeacherForm(forms.Form):
    """The head teacher of a class: somebody who is here already, or a new account."""

    who = forms.ChoiceField(label="由谁来当", required=False, help_text="名单里没有，就在下面填新的姓名和用户名")
    name = forms.CharField(label="新老师的姓名", max_length=40, required=False)
    username = forms.CharField(
        label="新老师的用户名",
        max_length=40,
        required=False,
        validators=User._meta.get_field("username").validators,
    )
    title = forms.CharField(label="职务", max_length=40, required=False, help_text="代班主任时写，可不填")
    since = DateField(label="从哪天起")

    def __init__(self, *args, people: Iterable[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(one.uid): one for one in people}
        _choice(self, "who").choices = [("", "新老师"), *((uid, one.name) for uid, one in self.people.items())]
        self.fields["username"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}

    def clean(self) -> None:
        new = self.cleaned_data.get("name"), self.cleaned_data.get("username")
        if self.cleaned_data.get("who") and any(new):
            self.add_error("who", "选了一位，又填了新老师。留一样就好。")
        elif not self.cleaned_data.get("who") and not all(new) and not self.errors:
            self.add_error("who", "选一位老师，或填新老师的姓名和用户名。")

    @property
    def chosen(self) -> User | None:
        return self.people.get(self.cleaned_data["who"])


class EndForm(forms.Form):
    """The last day of a role."""

    last_day = DateField(label="最后一天", help_text="这一天还算，第二天起就看不到了")


class WordForm(forms.Form):
    """Which roles the second person's word is about, and what it is."""

    YES, NO = "confirm", "decline"

    posts = forms.MultipleChoiceField(
        label="任职",
        error_messages={
            "required": "先勾上要确认的任职。",
            "invalid_choice": "有的任职刚刚已经办过了。请按现在的名单再选一次。",
        },
    )
    word = forms.ChoiceField(choices=[(YES, "确认"), (NO, "不同意")])

    def __init__(self, *args, waiting: Iterable[Membership], **kwargs):
        super().__init__(*args, **kwargs)
        self.waiting = {str(one.uid): one for one in waiting}
        _choice(self, "posts").choices = [(uid, str(one)) for uid, one in self.waiting.items()]

    @property
    def is_yes(self) -> bool:
        return self.cleaned_data["word"] == self.YES

    @property
    def chosen(self) -> list[Membership]:
        return [self.waiting[uid] for uid in self.cleaned_data["posts"]]

    @property
    def ticked(self) -> list[str]:
        """What was ticked; at first everything is."""
        return list(self["posts"].value() or []) if self.is_bound else list(self.waiting)
