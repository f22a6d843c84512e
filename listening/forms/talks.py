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
    note_field,
    outcome_field,
    place_field,
)
from listening.models import Topic
from listening.quotas import Kind, Outcome
from students.models import Guardian, Student

OTHER = "other"  # 其他家人, by a name of one's own


class TalkForm(forms.Form):
    """One talk. Sent untouched it is a made talk of 15 minutes, today, face to face."""

    kind = forms.ChoiceField(label="类型", required=False, widget=forms.RadioSelect)
    students = StudentsField()
    guardian = forms.ChoiceField(
        label="和哪位家人",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "这位家人不在名册里，请重新选，或写在“其他家人”里。"},
    )
    guardian_name = forms.CharField(
        label="其他家人",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "姓名或称呼，如 外婆", "autocomplete": "off"}),
    )
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
        cast(forms.ChoiceField, self.fields["students"]).choices = [
            (uid, student.name) for uid, student in self.known.items()
        ]
        cast(forms.ChoiceField, self.fields["guardian"]).choices = [
            *((uid, _named(one)) for uid, one in self.guardians.items()),
            (OTHER, "其他家人"),
        ]
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

    def clean_students(self) -> list[Student]:
        return [self.known[uid] for uid in dict.fromkeys(self.cleaned_data["students"])]

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
        self._clean_guardian(data, kind, made=made)
        if data.get("worry_words") and not data.get("worry"):
            self.add_error("worry_words", "要请心理教师留意，请打开“需要心理教师关注”；不需要的话，把这段话删掉。")
        if "minutes" in data and "other_minutes" in data:
            data["minutes"] = data["other_minutes"] or data["minutes"]
            if made and kind == Kind.TALK and not data["minutes"]:
                self.add_error("minutes", "聊成了的，选一下时长。")
        if not made:
            data["minutes"] = 0
        return data

    def _clean_guardian(self, data: dict[str, Any], kind: Kind, *, made: bool) -> None:
        """With whom at home: a row of the roster, or a name. A talk has nobody there."""
        chosen, name = data.get("guardian", ""), data.get("guardian_name", "").strip()
        data["guardian"] = data["guardian_name"] = None
        if kind == Kind.TALK or "guardian" in self.errors or "guardian_name" in self.errors:
            return
        if name:  # whoever wrote a name meant it, whatever was chosen before
            data["guardian_name"] = name
        elif chosen in self.guardians:
            data["guardian"] = self.guardians[chosen]
        elif made:
            self.add_error("guardian", "选一下是和哪位家人；不在名册里的，写在“其他家人”里。")


def _named(guardian: Guardian) -> str:
    return f"{guardian.name}（{guardian.relation}）" if guardian.relation else guardian.name
