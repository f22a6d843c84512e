"""What of a school's trail is wanted, and why it is taken away."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms

from accounts.models import User
from privacy.verbs import Group
from reports.trail import Chosen

LONGEST = 366  # days of one file
USUAL = 30
REASONS = ("例行检查", "核实一件事", "回应家长或学生", "上级检查")
DAY = {"invalid": "日期写成 2026-11-18 这样。", "required": "选一个日期。"}


class TrailForm(forms.Form):
    """Whose acts, and of which kind."""

    who = forms.ChoiceField(label="谁", required=False)
    kind = forms.ChoiceField(label="哪一类", required=False, choices=[("", "全部"), *Group.choices])

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.uid: one for one in people}
        self.fields["who"].choices = [("", "所有人"), *((str(uid), one.name) for uid, one in self.people.items())]  # type: ignore[attr-defined]

    def chosen(self) -> Chosen:
        """What was asked for; what was not understood is as if it had not been said."""
        data = self.cleaned_data
        kind = data.get("kind")
        days = [data.get(name) or data.get("day") for name in ("first", "last")]
        return Chosen(
            person=self.people.get(UUID(data["who"])) if data.get("who") else None,
            group=Group(kind) if kind else None,
            first=days[0],
            last=days[1],
        )


class LookForm(TrailForm):
    """What the page shows."""

    day = forms.DateField(
        label="哪一天",
        required=False,
        error_messages=DAY,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ExportForm(TrailForm):
    """What a file holds. The reason is one of a few: free words could name a child, and stay for years."""

    first = forms.DateField(
        label="从", error_messages=DAY, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label="到", error_messages=DAY, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    why = forms.ChoiceField(
        label="为什么要导出",
        choices=[(one, one) for one in REASONS],
        widget=forms.RadioSelect,
        error_messages={"required": "选一个原因，会记进留痕。", "invalid_choice": "选一个原因，会记进留痕。"},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first: date | None = data.get("first")
        last: date | None = data.get("last")
        if first and last and first > last:
            self.add_error("last", "结束的日子要在开始之后。")
        elif first and last and last - first >= timedelta(days=LONGEST):
            self.add_error("last", "一次最多导出一年。")
        return data
