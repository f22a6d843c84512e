"""What is asked when a class's activity is written down."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms

from accounts.models import User
from listening.forms.fields import MINUTES, MinutesField, TalkDayField, note_field
from listening.models.conversations import Channel
from students.models import Student

OTHER_FORM = "other"
FORMS = {
    str(Channel.FACE): "小组聊天",
    str(Channel.WALK): "散步",
    str(Channel.PLAY): "游戏",
    str(Channel.LETTER): "书信",
    OTHER_FORM: "其他",
}


def form_words(channel: str) -> str:
    """小组聊天, 散步 …: how they did it, as the form calls it."""
    return FORMS.get(channel or OTHER_FORM, FORMS[OTHER_FORM])


class NamesField(forms.MultipleChoiceField):
    """Some of the class, as many as there are."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "q-chips-4"})

    def __init__(self, **kwargs: Any) -> None:
        errors = {"required": "点一下参加的同学。", "invalid_choice": "有一位同学不在这个班的名单里，请重新选。"}
        super().__init__(error_messages=errors, **kwargs)


class ActivityForm(forms.Form):
    """One activity of a class. Only who took part has to be said."""

    listener = forms.ChoiceField(
        label="哪位心理委员",
        widget=forms.RadioSelect,
        error_messages={"required": "选一位心理委员。", "invalid_choice": "这位同学现在不是本班的心理委员，请重新选。"},
    )
    day = TalkDayField()
    channel = forms.ChoiceField(label="一起做了什么", choices=list(FORMS.items()), widget=forms.RadioSelect)
    minutes = MinutesField(label="多久", widget=forms.RadioSelect(choices=[(str(n), str(n)) for n in MINUTES]))
    other_minutes = MinutesField(
        label="其他分钟数", widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "如 25"})
    )
    students = NamesField(label="谁参加了")
    note = note_field(label="过程怎么样", required=False, rows=3)
    worried_about = NamesField(label="担心谁吗", required=False)
    worry = note_field(label="想告诉心理教师什么", required=False, rows=2)
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, students: Sequence[Student], peers: Sequence[User], today: date, earliest: date, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {
            "listener": str(peers[0].pk) if peers else "",
            "day": today,
            "channel": str(Channel.FACE),
            "minutes": 15,
            "request_key": uuid.uuid4(),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        self.known = {str(student.uid): student for student in students}
        self.peers = {str(one.pk): one for one in peers}
        names = [(uid, student.name) for uid, student in self.known.items()]
        for field in ("students", "worried_about"):
            cast(forms.ChoiceField, self.fields[field]).choices = names
        if len(peers) > 1:
            cast(forms.ChoiceField, self.fields["listener"]).choices = [
                (pk, one.name) for pk, one in self.peers.items()
            ]
        else:
            del self.fields["listener"]
        day = cast(TalkDayField, self.fields["day"])
        day.today, day.earliest = today, earliest

    @property
    def asks_who(self) -> bool:
        """Whether the class has more than one peer supporter to choose from."""
        return "listener" in self.fields

    def clean_students(self) -> list[Student]:
        return [self.known[uid] for uid in dict.fromkeys(self.cleaned_data["students"])]

    def clean_worried_about(self) -> list[Student]:
        return [self.known[uid] for uid in dict.fromkeys(self.cleaned_data["worried_about"])]

    def clean_channel(self) -> str:
        chosen: str = self.cleaned_data["channel"]
        return "" if chosen == OTHER_FORM else chosen

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "minutes" in data and "other_minutes" in data:
            data["minutes"] = data["other_minutes"] or data["minutes"]
            if not data["minutes"]:
                self.add_error("minutes", "选一下时长。")
        if data.get("worry") and not data.get("worried_about") and "worried_about" not in self.errors:
            self.add_error("worried_about", "点一下是哪位同学；不需要的话，把下面这段话删掉。")
        data["listener"] = self.peers[data["listener"]] if data.get("listener") else next(iter(self.peers.values()))
        return data
