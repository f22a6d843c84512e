"""What is asked when the facts of a talk are corrected, or the talk is deleted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms

from accounts.models import User
from listening.actions.corrections import TalkChanges
from listening.forms.fields import (
    OTHER,
    MinutesField,
    StudentsField,
    TalkDayField,
    channel_field,
    clean_guardian,
    guardian_choices,
    guardian_field,
    guardian_name_field,
    outcome_field,
    place_field,
    reason_field,
)
from listening.models import Conversation
from listening.quotas import Kind, Outcome
from students.models import Guardian, Student


class FactsForm(forms.Form):
    """The facts that requirements go by, and with whom at home. What is sent as it stood is no change."""

    kind = forms.ChoiceField(
        label="类型",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "这个类型您不能记，请重新选。"},
    )
    guardian = guardian_field()
    guardian_name = guardian_name_field()
    as_counselor = forms.ChoiceField(
        label="这次是",
        required=False,
        choices=[("1", "心理辅导"), ("0", "倾听")],
        widget=forms.RadioSelect,
    )
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
        may: Mapping[Kind, Collection[int]],
        guardians: Sequence[Guardian] = (),
        is_counselor: bool = False,
        **kwargs: Any,
    ) -> None:
        """`about`: whom of the talk this person sees; `offered`: these and whoever else may be named. `may`: with whom
        this person may log each kind; `is_counselor`: whether it is theirs to say that it was 心理辅导. What is not
        asked stays as it is.
        """
        kwargs["initial"] = {
            "kind": talk.kind,
            "guardian": str(talk.guardian.uid) if talk.guardian else OTHER if talk.guardian_name else "",
            "guardian_name": "" if talk.guardian else talk.guardian_name,
            "as_counselor": "1" if talk.by_counselor else "0",
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
        self.may = may
        self.known = {str(one.uid): one for one in offered}
        self.listeners = {str(one.uid): one for one in listeners}
        self.guardians = {str(one.uid): one for one in guardians}
        cast(forms.ChoiceField, self.fields["students"]).choices = [(uid, one.name) for uid, one in self.known.items()]
        cast(forms.ChoiceField, self.fields["listener"]).choices = [
            (uid, one.name) for uid, one in self.listeners.items()
        ]
        kinds = [(one.value, one.label) for one in Kind if one in may or one == talk.kind]
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds
        cast(forms.ChoiceField, self.fields["guardian"]).choices = guardian_choices(guardians)
        if len(kinds) == 1:
            del self.fields["kind"]
            if talk.kind == Kind.TALK:
                del self.fields["guardian"], self.fields["guardian_name"]
        if not is_counselor:
            del self.fields["as_counselor"]
        day = cast(TalkDayField, self.fields["day"])
        day.today, day.earliest = today, min(earliest, talk.day)

    @property
    def asks_kind(self) -> bool:
        """Whether there is another kind that this person could say."""
        return "kind" in self.fields

    @property
    def asks_guardian(self) -> bool:
        return "guardian" in self.fields

    @property
    def is_counselor(self) -> bool:
        """Whether it is this person's to say that it was 心理辅导."""
        return "as_counselor" in self.fields

    def clean_kind(self) -> Kind:
        return Kind(self.cleaned_data["kind"] or self.talk.kind)

    def clean_students(self) -> list[Student]:
        return [self.known[uid] for uid in dict.fromkeys(self.cleaned_data["students"])]

    def clean_listener(self) -> User:
        return self.listeners[self.cleaned_data["listener"]]

    def clean_as_counselor(self) -> bool:
        said = self.cleaned_data["as_counselor"]
        return bool(said == "1") if said else self.talk.by_counselor

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = data.setdefault("kind", Kind(self.talk.kind))
        self._clean_kind(data, kind)
        if self.asks_guardian:
            clean_guardian(self, data, self.guardians, kind)
        if data.get("as_counselor") and data.get("listener") not in (None, self.talk.listener):
            self.add_error("listener", "心理辅导只能是您本人谈的。")
        if data.get("outcome") != Outcome.MADE:
            data["minutes"] = 0
        elif kind == Kind.TALK and "minutes" in data and not data["minutes"]:
            self.add_error("minutes", "聊成了的，写一下时长。")
        return data

    def _clean_kind(self, data: dict[str, Any], kind: Kind) -> None:
        """Another kind, or somebody new under it, only where this person may log it with each of them."""
        students = set(data.get("students", ()))
        fresh = students if kind != self.talk.kind else students - self.about
        if "students" in data and any(one.pk not in self.may.get(kind, ()) for one in fresh):
            self.add_error("kind" if self.asks_kind else "students", f"其中有同学，您不能替他们记{kind.label}。")

    def changes(self, *, unseen: Sequence[Student] = ()) -> TalkChanges:
        """What differs from how the talk stands. `unseen`: students of the talk whom this person does not see."""
        data, talk = self.cleaned_data, self.talk
        found = TalkChanges()
        if data["kind"] != talk.kind:
            found["kind"] = data["kind"]
        if data.get("as_counselor", talk.by_counselor) != talk.by_counselor:
            found["by_counselor"] = data["as_counselor"]
        if self.asks_guardian:
            self._guardian_changes(found)
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

    def _guardian_changes(self, found: TalkChanges) -> None:
        guardian: Guardian | None = self.cleaned_data["guardian"]
        name = guardian.name if guardian else self.cleaned_data["guardian_name"] or ""
        if guardian != self.talk.guardian:
            found["guardian"], found["guardian_name"] = guardian, name
        elif guardian is None and name != self.talk.guardian_name:
            found["guardian_name"] = name


class DeleteForm(forms.Form):
    """Why a talk is taken back."""

    why = reason_field("为什么删除", "写一句为什么删除，方便以后查看。")
