"""What is asked when a class is entered at once: a few lines on top for all, then one line a student."""

import uuid
from datetime import date
from typing import Any, cast

from django import forms

from listening.forms.fields import MINUTES, MinutesField, TalkDayField, channel_field
from listening.models.conversations import Channel

MOST_NOTE = 500


class SheetForm(forms.Form):
    """Which day, how long and how: said once, for everyone who is ticked."""

    day = TalkDayField()
    minutes = MinutesField(label="每位聊了多久", widget=forms.RadioSelect(choices=[(str(n), str(n)) for n in MINUTES]))
    other_minutes = MinutesField(
        label="其他分钟数", widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "如 25"})
    )
    channel = channel_field()
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, earliest: date, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "day": today,
            "minutes": 15,
            "channel": str(Channel.FACE),
            "form_key": uuid.uuid4(),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        day = cast(TalkDayField, self.fields["day"])
        day.today, day.earliest = today, earliest

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "minutes" in data and "other_minutes" in data:
            data["minutes"] = data["other_minutes"] or data["minutes"]
            if not data["minutes"]:
                self.add_error("minutes", "选一下时长。")
        return data


class SheetRowForm(forms.Form):
    """One student: heard or not, and a few words for some."""

    heard = forms.BooleanField(label="聊过", required=False)
    note = forms.CharField(
        label="记几句",
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "autocomplete": "off", "placeholder": "可不填"}),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["heard"].widget.attrs["aria-label"] = f"和{name}聊过"
        self.fields["note"].widget.attrs["aria-label"] = f"{name}，记几句"

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        if len(note) > MOST_NOTE:
            raise forms.ValidationError(f"最多 {MOST_NOTE} 字，现在 {len(note)} 字。写得多的，请单独给这位同学记一次。")
        return note

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("note") and not data.get("heard"):
            self.add_error("heard", "写了字，还没有打勾。聊过就打上勾；没有聊，把字删掉。")
        return data
