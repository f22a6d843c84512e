"""What is asked of a check-in."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from listening.forms.fields import reason_field
from listening.models import Conversation


class ExcuseForm(forms.Form):
    """Asks only for the reason: who and when are known."""

    why = reason_field("为什么这次不用谈", "写一句原因，方便以后查看。")


class MakeUpForm(forms.Form):
    """Which of the later talks made up for it."""

    talk = forms.ChoiceField(
        label="哪一次是补谈",
        widget=forms.HiddenInput,
        error_messages={"required": "选一次之后的倾听。", "invalid_choice": "这次倾听不能记作补谈，请重新选。"},
    )

    def __init__(self, *args: Any, talks: Sequence[Conversation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.talks = {str(one.uid): one for one in talks}
        cast(forms.ChoiceField, self.fields["talk"]).choices = [(uid, uid) for uid in self.talks]

    def clean_talk(self) -> Conversation:
        return self.talks[self.cleaned_data["talk"]]
