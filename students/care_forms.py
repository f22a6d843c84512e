"""The forms of care: a proposal, a label, a card. They ask why; who and when are known."""

import re
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from accounts.models import User
from schools.forms import DateField
from schools.models import School
from students.models import CareLabel, CareTier

LONGEST_REVIEW = timedelta(days=366)
LONGEST_CARD = 300
# The school does not diagnose: what a doctor says, and what a scale counted, has no place on a card.
DIAGNOSES = re.compile(
    "抑郁|焦虑症|双相|躁狂|强迫症|自闭|孤独症|多动症|精神分裂|障碍|确诊|诊断|量表|测评|得分|[0-9０-９]+ ?分(?!钟)"
)


def reason_field(label: str, *, rows: int = 4) -> forms.CharField:
    """Words that will be sealed."""
    return forms.CharField(
        label=label,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": rows, "autocomplete": "off"}),
        error_messages={"required": "写一两句理由，方便以后查看。", "max_length": "最多 2000 字。"},
    )


class ProposalForm(forms.Form):
    """哪一层, 为什么, 什么时候复评."""

    tier = forms.ChoiceField(label="关爱层级", widget=forms.RadioSelect, error_messages={"required": "选一个层级。"})
    reason = reason_field("理由")
    review_on = DateField(label="什么时候复评", required=False, help_text="不填就按这一层的复评间隔")
    request_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, tiers: Sequence[CareTier], today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"request_key": uuid.uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.tiers, self.today = {str(one.uid): one for one in tiers}, today
        field = self.fields["tier"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(uid, one.name) for uid, one in self.tiers.items()]
        field.widget.attrs["class"] = "q-chips-2"

    def clean_tier(self) -> CareTier:
        return self.tiers[self.cleaned_data["tier"]]

    def clean_review_on(self) -> date | None:
        day: date | None = self.cleaned_data["review_on"]
        if day is not None and not self.today < day <= self.today + LONGEST_REVIEW:
            raise forms.ValidationError("复评选在今天以后、一年以内。")
        return day

    def clean(self) -> dict[str, Any]:
        data, tier = self.cleaned_data, self.cleaned_data.get("tier")
        if tier and not data.get("review_on") and tier.review_days:
            data["review_on"] = self.today + timedelta(days=tier.review_days)
        return data


class LabelForm(forms.Form):
    """A label that the student does not carry."""

    label = forms.ChoiceField(label="标签", widget=forms.RadioSelect, error_messages={"required": "选一个标签。"})
    reason = reason_field("为什么", rows=2)

    def __init__(self, *args: Any, labels: Sequence[CareLabel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.labels = {str(one.uid): one for one in labels}
        field = self.fields["label"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(uid, one.name) for uid, one in self.labels.items()]
        field.widget.attrs["class"] = "q-chips-3"

    def clean_label(self) -> CareLabel:
        return self.labels[self.cleaned_data["label"]]


class EndLabelForm(forms.Form):
    """Why it is taken off."""

    reason = reason_field("为什么取下", rows=2)


class NewLabelForm(forms.Form):
    """One more on the school's list."""

    name = forms.CharField(
        label="新标签",
        max_length=20,
        error_messages={"required": "写一个标签的名称。", "max_length": "最多 20 字。"},
    )

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip()


class CardForm(forms.Form):
    """A few lines for teachers: what helps, and nothing of what is known."""

    text = forms.CharField(
        label="支持要点",
        max_length=LONGEST_CARD,
        required=False,
        help_text=f"写给老师的几句建议，{LONGEST_CARD} 字以内；清空就是收回",
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        error_messages={"max_length": f"最多 {LONGEST_CARD} 字。"},
    )
    addressed = forms.MultipleChoiceField(
        label="也给这些老师看",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="班主任都看得到",
        error_messages={"invalid_choice": "有一位老师现在不教这位同学了，请重新选。"},
    )
    read = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, school: School, teachers: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school, self.teachers = school, {str(one.uid): one for one in teachers}
        field = self.fields["addressed"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(uid, one.name) for uid, one in self.teachers.items()]
        field.widget.attrs["class"] = "q-chips-3"
        if not self.teachers:
            del self.fields["addressed"]

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).strip()
        tiers = CareTier.objects.filter(school=self.school).exclude(axis=CareTier.Axis.S0)
        if any(name in text for name in tiers.values_list("name", flat=True)):
            raise forms.ValidationError("支持要点里不写关爱层级，只写怎样帮到这位同学。")
        if DIAGNOSES.search(text):
            raise forms.ValidationError("支持要点里不写诊断、量表和分数，只写怎样帮到这位同学。")
        return text

    @property
    def chosen(self) -> list[User]:
        """The teachers who are ticked now: typed, or as the card has it."""
        ticked = self["addressed"].value() if "addressed" in self.fields else None
        return [self.teachers[uid] for uid in ticked or () if uid in self.teachers]
