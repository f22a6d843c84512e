"""Fields that more than one form asks for, in the same words."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from listening.models import Topic
from listening.models.conversations import Channel
from listening.quotas import Kind, Outcome
from students.models import Guardian

MINUTES = (10, 15, 20, 30)
MOST_MINUTES = 240
MOST_TOGETHER = 12
OTHER = "other"  # 其他家人, by a name of one's own
MINUTES_WORDS = f"时长写 1 到 {MOST_MINUTES} 之间的整数。"


class TopicChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # takes no argument when it runs
    """The school's own words as chips."""

    def label_from_instance(self, obj: Topic) -> str:
        return obj.name


class MinutesField(forms.IntegerField):
    """How long, in whole minutes."""

    def __init__(self, **kwargs: Any) -> None:
        errors = {"invalid": MINUTES_WORDS, "min_value": MINUTES_WORDS, "max_value": MINUTES_WORDS}
        super().__init__(min_value=1, max_value=MOST_MINUTES, required=False, error_messages=errors, **kwargs)


class TalkDayField(forms.DateField):
    """A day on which one talked: not ahead, and not before `earliest`."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    today: date
    earliest: date

    def __init__(self, **kwargs: Any) -> None:
        errors = {"required": "选一个日期。", "invalid": "日期写成 2026-11-18 这样。"}
        super().__init__(label="日期", error_messages=errors, **kwargs)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is None:
            return
        if value > self.today:
            raise forms.ValidationError("日期不能晚于今天。")
        if value < self.earliest:
            first = self.earliest
            raise forms.ValidationError(
                f"最早只能补记到 {first.year}年{first.month}月{first.day}日。更早的请找心理组长。"
            )


class StudentsField(forms.MultipleChoiceField):
    """和谁: some of those whom the form offers."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        errors = {"required": "选一位同学。", "invalid_choice": "有一位同学不在您的名单里，请重新选。"}
        super().__init__(**{"label": "和谁", "error_messages": errors, **kwargs})

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if len(set(value)) > MOST_TOGETHER:
            raise forms.ValidationError(f"一次最多记 {MOST_TOGETHER} 位同学。人更多时，请分几次记。")


def guardian_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="和哪位家人",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "这位家人不在名册里，请重新选，或写在“其他家人”里。"},
    )


def guardian_name_field() -> forms.CharField:
    return forms.CharField(
        label="其他家人",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "姓名或称呼，如 外婆", "autocomplete": "off"}),
    )


def guardian_choices(guardians: Iterable[Guardian]) -> list[tuple[str, str]]:
    """Those of the roster, then a name of one's own."""
    return [*((str(one.uid), _named(one)) for one in guardians), (OTHER, "其他家人")]


def _named(guardian: Guardian) -> str:
    return f"{guardian.name}（{guardian.relation}）" if guardian.relation else guardian.name


def clean_guardian(form: forms.Form, data: dict[str, Any], guardians: dict[str, Guardian], kind: Kind) -> None:
    """With whom at home: a row of the roster, or a name; None where nobody was said. A talk has nobody there."""
    chosen, name = data.get("guardian", ""), data.get("guardian_name", "").strip()
    data["guardian"] = data["guardian_name"] = None
    if kind == Kind.TALK or "guardian" in form.errors or "guardian_name" in form.errors:
        return
    if name:  # whoever wrote a name meant it, whatever was chosen before
        data["guardian_name"] = name
    elif chosen in guardians:
        data["guardian"] = guardians[chosen]
    elif data.get("outcome") == Outcome.MADE:
        form.add_error("guardian", "选一下是和哪位家人；不在名册里的，写在“其他家人”里。")


def outcome_field() -> forms.ChoiceField:
    return forms.ChoiceField(label="结果", choices=Outcome.choices, initial=Outcome.MADE, widget=forms.RadioSelect)


def channel_field() -> forms.ChoiceField:
    return forms.ChoiceField(label="方式", choices=Channel.choices, initial=Channel.FACE, widget=forms.RadioSelect)


def place_field() -> forms.CharField:
    placeholder = forms.TextInput(attrs={"placeholder": "操场、办公室……"})
    return forms.CharField(label="地点", max_length=40, required=False, widget=placeholder)


def note_field(*, label: str, required: bool, rows: int) -> forms.CharField:
    """Words that will be sealed."""
    return forms.CharField(
        label=label,
        max_length=4000,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows, "autocomplete": "off"}),
        error_messages={"required": "写一两句再保存。", "max_length": "最多 4000 字，请分两次记。"},
    )


def reason_field(label: str, missing: str) -> forms.CharField:
    """Why, in a sentence. It stands open: it is no place for what the child said."""
    return forms.CharField(
        label=label,
        max_length=200,
        error_messages={"required": missing, "max_length": "最多 200 字。"},
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
