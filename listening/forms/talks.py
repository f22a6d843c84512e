"""What is asked when a talk is logged."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from listening.forms.fields import (
    MINUTES,
    MinutesField,
    StudentsField,
    TalkDayField,
    TopicChoice,
    channel_field,
    clean_guardian,
    guardian_choices,
    guardian_field,
    guardian_name_field,
    note_field,
    outcome_field,
    place_field,
)
from listening.models import Topic
from listening.quotas import Kind, Outcome
from students.models import Guardian, Student


class TalkForm(forms.Form):
    """One talk. Sent untouched it is a made talk of 15 minutes, today, face to face."""

    kind = forms.ChoiceField(label="类型", required=False, widget=forms.RadioSelect)
    students = StudentsField()
    guardian = guardian_field()
    guardian_name = guardian_name_field()
    as_counselor = forms.ChoiceField(
        label="这次是",
        required=False,
        choices=[("1", "心理辅导"), ("0", "倾听")],
        widget=forms.RadioSelect,
    )
    minutes = MinutesField(label="聊了多久", widget=forms.RadioSelect)
    other_minutes = MinutesField(
        label="其他分钟数", widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "如 25"})
    )
    outcome = outcome_field()
    channel = channel_field()
    topics = TopicChoice(
        label="聊了什么",
        help_text="可多选，可不选",
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "q-chips-4"}),
    )
    note = note_field(label="记几句", required=False, rows=3)
    worry = forms.BooleanField(label="需要心理教师关注", required=False)
    worried_about = StudentsField(label="关注哪几位", required=False)
    worry_words = note_field(label="想请心理教师留意什么", required=False, rows=2)
    day = TalkDayField()
    clock = forms.TimeField(
        label="时间",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "时间写成 12:40 这样。"},
    )
    place = place_field()
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        students: Sequence[Student],
        topics: QuerySet[Topic],
        today: date,
        earliest: date,
        may: Mapping[Kind, Collection[int]],
        guardians: Sequence[Guardian] = (),
        is_counselor: bool = False,
        asked: str = "",
        **kwargs: Any,
    ) -> None:
        """`may`: with whom this person may log each kind. `guardians`: those of the student whom the page is about;
        `asked`: the names of those who will be asked to look.
        """
        given = kwargs.get("initial") or {}
        kind = Kind(given.get("kind") or Kind.TALK)
        alone = str(guardians[0].uid) if len(guardians) == 1 else ""
        kwargs["initial"] = {
            "kind": kind,
            "guardian": alone,
            "as_counselor": "1",
            "minutes": 15 if kind == Kind.TALK else None,
            "day": today,
            "request_key": uuid.uuid4(),
            **given,
        }
        super().__init__(*args, **kwargs)
        self.known = {str(student.uid): student for student in students}
        self.guardians = {str(one.uid): one for one in guardians}
        self.may = may
        self.is_counselor = is_counselor
        cast(forms.ChoiceField, self.fields["kind"]).choices = [(one.value, one.label) for one in Kind if one in may]
        names = [(uid, student.name) for uid, student in self.known.items()]
        for field in ("students", "worried_about"):
            cast(forms.ChoiceField, self.fields[field]).choices = names
        cast(forms.ChoiceField, self.fields["guardian"]).choices = guardian_choices(guardians)
        chips = [(str(n), str(n)) for n in MINUTES]
        self.fields["minutes"].widget.choices = [*chips, ("", "不记")] if self.asks_kind else chips
        self.fields["worry"].help_text = f"保存后请{asked}看一看" if asked else "学校有了心理教师就会看到"
        self.fields["worry_words"].widget.attrs["placeholder"] = "可以只写一句"
        cast(TopicChoice, self.fields["topics"]).queryset = topics
        day = cast(TalkDayField, self.fields["day"])
        day.today, day.earliest = today, earliest

    @property
    def asks_kind(self) -> bool:
        """Whether this person may log anything but a talk with this student."""
        return len(self.may) > 1

    @property
    def shows_others(self) -> bool:
        """Whether somebody but the first one is ticked, so that the fold stands open."""
        return len(self["students"].value() or []) > 1

    @property
    def named(self) -> list[str]:
        """Whom the talk is with as it was sent: of these it is asked whom the counselor shall look at."""
        return list(self["students"].value() or []) if self.is_bound else list(self.known)

    def clean_students(self) -> list[Student]:
        return [self.known[uid] for uid in dict.fromkeys(self.cleaned_data["students"])]

    def clean_worried_about(self) -> list[Student]:
        return [self.known[uid] for uid in dict.fromkeys(self.cleaned_data["worried_about"])]

    def clean_kind(self) -> Kind:
        return Kind(self.cleaned_data["kind"] or Kind.TALK)

    def clean_as_counselor(self) -> bool:
        """A counselor's talk is 心理辅导 unless said otherwise."""
        return self.is_counselor and self.cleaned_data["as_counselor"] != "0"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind, made = data.get("kind", Kind.TALK), data.get("outcome") == Outcome.MADE
        if any(student.pk not in self.may.get(kind, ()) for student in data.get("students", ())):
            self.add_error("kind", f"其中有同学，您不能替他们记{kind.label}。请分开记。")
        clean_guardian(self, data, self.guardians, kind)
        self._clean_worry(data)
        if "minutes" in data and "other_minutes" in data:
            data["minutes"] = data["other_minutes"] or data["minutes"]
            if made and kind == Kind.TALK and not data["minutes"]:
                self.add_error("minutes", "聊成了的，选一下时长。")
        if not made:
            data["minutes"] = 0
        return data

    def _clean_worry(self, data: dict[str, Any]) -> None:
        """About whom: who was talked with alone, else those who are ticked."""
        students, about = data.get("students", []), data.get("worried_about", [])
        if not data.get("worry"):
            data["worried_about"] = []
            if data.get("worry_words"):
                self.add_error("worry_words", "要请心理教师留意，请打开“需要心理教师关注”；不需要的话，把这段话删掉。")
        elif students and "worried_about" not in self.errors:
            if not set(about) <= set(students):
                self.add_error("worried_about", "只能选这次一起聊的同学，请重新选。")
            elif len(students) == 1:
                data["worried_about"] = students
            elif not about:
                self.add_error("worried_about", "这次是几位一起聊的，点一下想请心理教师关注哪几位。")
