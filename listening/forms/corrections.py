"""What is asked when the facts of a talk are corrected, or the talk is deleted."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms

from accounts.models import User
from listening.actions.corrections import TalkChanges
from listening.forms.fields import (
    MinutesField,
    StudentsField,
    TalkDayField,
    channel_field,
    outcome_field,
    place_field,
    reason_field,
)
from listening.models import Conversation
from listening.quotas import Kind, Outcome
from students.models import Student


class FactsForm(forms.Form):
    """The facts that requirements go by. What is sent as it stood is no change."""

    day = TalkDayField()
    minutes = MinutesField(label="聊了多久（分钟）", widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    outcome = outcome_field()
    students = StudentsField()
    listener = forms.ChoiceField(label="谁听的", error_messages={"invalid_choice": "请从名单里选一位老师。"})
    channel = channel_field()
    place = place_field()
    why = reason_field("为什么改", "写一句为什么改，方便以后查看。")

    def __init__(
        self,
        *args: Any,
        talk: Conversation,
        about: Sequence[Student],
        offered: Sequence[Student],
        listeners: Sequence[User],
        today: date,
        earliest: date,
        **kwargs: Any,
    ) -> None:
        """`about`: whom of the talk this person sees; `offered`: these and whoever else may be named."""
        kwargs["initial"] = {
            "day": talk.day,
            "minutes": talk.minutes or None,
            "outcome": talk.outcome,
            "students": [str(one.uid) for one in about],
            "listener": str(talk.listener.uid),
            "channel": talk.channel,
            "place": talk.place,
        }
        super().__init__(*args, **kwargs)
        self.talk = talk
        self.about = set(about)
        self.known = {str(one.uid): one for one in offered}
        self.listeners = {str(one.uid): one for one in listeners}
        cast(forms.ChoiceField, self.fields["students"]).choices = [(uid, one.name) for uid, one in self.known.items()]
        cast(forms.ChoiceField, self.fields["listener"]).choices = [
            (uid, one.name) for uid, one in self.listeners.items()
        ]
        day = cast(TalkDayField, self.fields["day"])
        day.today, day.earliest = today, min(earliest, talk.day)

    def clean_students(self) -> list[Student]:
        return [self.known[uid] for uid in dict.fromkeys(self.cleaned_data["students"])]

    def clean_listener(self) -> User:
        return self.listeners[self.cleaned_data["listener"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("outcome") != Outcome.MADE:
            data["minutes"] = 0
        elif self.talk.kind == Kind.TALK and "minutes" in data and not data["minutes"]:
            self.add_error("minutes", "聊成了的，写一下时长。")
        return data

    def changes(self, *, unseen: Sequence[Student] = ()) -> TalkChanges:
        """What differs from how the talk stands. `unseen`: students of the talk whom this person does not see."""
        data, talk = self.cleaned_data, self.talk
        found = TalkChanges()
        if data["day"] != talk.day:
            found["day"] = data["day"]
        if (data["minutes"] or 0) != talk.minutes:
            found["minutes"] = data["minutes"] or 0
        if data["outcome"] != talk.outcome:
            found["outcome"] = Outcome(data["outcome"])
        if set(data["students"]) != self.about:
            found["students"] = [*data["students"], *unseen]
        if data["listener"] != talk.listener:
            found["listener"] = data["listener"]
        if data["channel"] != talk.channel:
            found["channel"] = data["channel"]
        if data["place"] != talk.place:
            found["place"] = data["place"]
        return found


class DeleteForm(forms.Form):
    """Why a talk is taken back."""

    why = reason_field("为什么删除", "写一句为什么删除，方便以后查看。")
