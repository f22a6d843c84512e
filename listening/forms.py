"""What is asked when a talk is logged. Forms validate, actions write."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from listening.models import Topic
from listening.models.conversations import Channel
from listening.quotas import Outcome
from students.models import Student

MINUTES = (10, 15, 20, 30)
MOST_TOGETHER = 12


class TopicChoice(forms.ModelMultipleChoiceField):
    """The school's own words as chips."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class TalkForm(forms.Form):
    """One talk. Sent untouched it is a made talk of 15 minutes, today, face to face."""

    students = forms.MultipleChoiceField(
        label="和谁",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "选一位同学。", "invalid_choice": "有一位同学不在您的名单里，请重新选。"},
    )
    minutes = forms.IntegerField(
        label="聊了多久",
        min_value=1,
        max_value=240,
        required=False,
        widget=forms.RadioSelect(choices=[(n, str(n)) for n in MINUTES]),
        error_messages={
            "invalid": "时长写 1 到 240 之间的整数。",
            "min_value": "时长写 1 到 240 之间的整数。",
            "max_value": "时长写 1 到 240 之间的整数。",
        },
    )
    outcome = forms.ChoiceField(label="结果", choices=Outcome.choices, initial=Outcome.MADE, widget=forms.RadioSelect)
    channel = forms.ChoiceField(label="方式", choices=Channel.choices, initial=Channel.FACE, widget=forms.RadioSelect)
    topics = TopicChoice(
        label="聊了什么",
        help_text="可多选，可不选",
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "q-chips-4"}),
    )
    note = forms.CharField(
        label="记几句",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={"max_length": "最多 4000 字，请分两次记。"},
    )
    day = forms.DateField(
        label="日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "选一个日期。", "invalid": "日期写成 2026-11-18 这样。"},
    )
    clock = forms.TimeField(
        label="时间",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "时间写成 12:40 这样。"},
    )
    place = forms.CharField(
        label="地点", max_length=40, required=False, widget=forms.TextInput(attrs={"placeholder": "操场、办公室……"})
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, students: Sequence[Student], topics: Any, today: date, earliest: date | None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {"minutes": 15, "day": today, "request_key": uuid.uuid4(), **kwargs["initial"]}
        super().__init__(*args, **kwargs)
        self.today = today
        self.earliest = earliest
        self.known = {str(student.uid): student for student in students}
        field = self.fields["students"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(uid, student.name) for uid, student in self.known.items()]
        words = self.fields["topics"]
        assert isinstance(words, forms.ModelMultipleChoiceField)
        words.queryset = topics

    @property
    def shows_others(self) -> bool:
        """Whether somebody but the first one is ticked, so that the fold stands open."""
        return len(self["students"].value() or []) > 1

    def clean_students(self) -> list[Student]:
        chosen = [self.known[uid] for uid in dict.fromkeys(self.cleaned_data["students"])]
        if len(chosen) > MOST_TOGETHER:
            raise forms.ValidationError(f"一次最多记 {MOST_TOGETHER} 位同学。人更多时，请分几次记。")
        return chosen

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError("日期不能晚于今天。")
        if self.earliest and day < self.earliest:
            raise forms.ValidationError(
                f"最早只能补记到 {self.earliest.month}月{self.earliest.day}日。更早的请找心理组长。"
            )
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("outcome") == Outcome.MADE and not data.get("minutes") and "minutes" not in self.errors:
            self.add_error("minutes", "聊成了的，选一下时长。")
        return data
