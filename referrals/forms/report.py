"""What is asked of whoever worries about a student: little, so that it is done within a minute."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Any, cast

from django import forms

from accounts.models import User
from referrals.actions import Report
from referrals.choices import About, LifeEvent, Situation, Told
from referrals.requirements import Urgency
from schools.models import School
from schools.permissions import is_staff, memberships_of
from schools.roles import Role
from students.models import Guardian, Student

MOST_TOGETHER = 12
MOST_LETTERS = 4000


class Speaker(Enum):
    """Who speaks; each is asked in their own words."""

    STAFF = auto()
    GUARDIAN = auto()
    STUDENT = auto()
    PEER = auto()


LABELS: dict[Speaker, dict[str, str]] = {
    Speaker.STAFF: {
        "words": "看到、听到了什么",
        "urgency": "多久之内要有人来",
        "tried": "已经做了什么",
        "ways": "什么时候、怎样找孩子比较稳妥",
    },
    Speaker.GUARDIAN: {
        "words": "您担心什么",
        "urgency": "希望老师什么时候来找您",
        "tried": "您已经试过什么",
        "ways": "什么时候、怎样和孩子聊比较好",
    },
    Speaker.STUDENT: {
        "words": "想说什么都可以",
        "urgency": "希望老师什么时候来",
        "tried": "你自己试过什么",
        "ways": "什么时候、怎样找你比较方便",
    },
    Speaker.PEER: {
        "words": "你看到、听到了什么",
        "urgency": "希望老师什么时候来",
        "tried": "你们试过什么",
        "ways": "什么时候、怎样找他比较好",
    },
}
PLACEHOLDERS = {
    Speaker.STAFF: "孩子的原话最好。看到什么写什么，不用下结论。",
    Speaker.GUARDIAN: "一两句就行。",
    Speaker.STUDENT: "一两句就行。说的是朋友，就写上他的名字和班级。",
    Speaker.PEER: "看到什么写什么，一两句就行。",
}


def speaker_of(person: User, student: Student, *, at: datetime) -> Speaker:
    """As what this person speaks about this student: a colleague towards the own child is the parent."""
    if student.user_id == person.pk:
        return Speaker.STUDENT
    return speaker_in(person, student.school, at=at)


def speaker_in(person: User, school: School, *, at: datetime) -> Speaker:
    if is_staff(person, school, at=at):
        return Speaker.STAFF
    roles = {one.role for one in memberships_of(person, at=at)}
    return Speaker.PEER if Role.PEER in roles else Speaker.GUARDIAN if Role.GUARDIAN in roles else Speaker.STUDENT


def sealed_field(**more: Any) -> forms.CharField:
    """Words that will be sealed; none of them must be there, the form says which."""
    rows = more.pop("rows", 2)
    return forms.CharField(
        max_length=MOST_LETTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows, "autocomplete": "off"}),
        error_messages={"max_length": f"最多 {MOST_LETTERS} 字，请先写要紧的。"},
        **more,
    )


class ReportForm(forms.Form):
    """One report about one student or several. Where life is in danger nothing but whom it is about must be said."""

    students = forms.MultipleChoiceField(
        label="关于谁",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "选一位同学。", "invalid_choice": "有一位同学不在您的名单里，请重新选。"},
    )
    about = forms.ChoiceField(
        label="说的是谁",
        required=False,
        choices=[(About.SELF, "我自己"), (About.FRIEND, "我的一位朋友")],
        widget=forms.RadioSelect,
    )
    urgency = forms.TypedChoiceField(
        choices=Urgency,
        coerce=lambda value: Urgency(int(value)),
        widget=forms.RadioSelect,
        error_messages={"required": "选一下有多急。", "invalid_choice": "从这几项里选一下有多急。"},
    )
    words = sealed_field(rows=4)
    guardian_told = forms.ChoiceField(
        label="监护人知道了吗",
        required=False,
        choices=[(Told.YES, "已告知"), (Told.NO, "还没有")],
        widget=forms.RadioSelect,
    )
    guardian_words = sealed_field(label="家里怎么说；还没告知，写一句为什么")
    life_event = forms.ChoiceField(
        label="最近发生了什么",
        required=False,
        choices=[("", "不清楚"), *LifeEvent.choices],
        widget=forms.RadioSelect,
    )
    tried = sealed_field()
    ways = sealed_field()
    situation = forms.ChoiceField(
        label="可能有人伤害孩子",
        help_text="学校有责任报告的九种情形；不确定也可以选最接近的",
        required=False,
        choices=[("", "没有这样的迹象"), *Situation.choices],
    )
    suspected = forms.MultipleChoiceField(
        label="可能与这位家人有关",
        help_text="选了以后，这位家人看不到进展，也不会被通知",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        students: Sequence[Student],
        speaker: Speaker,
        guardians: Sequence[Guardian] = (),
        **kwargs: Any,
    ) -> None:
        """`students`: whom the form offers; `guardians`: those of the first one whom this person may know of."""
        given = kwargs.get("initial") or {}
        kwargs["initial"] = {
            "students": [str(students[0].uid)],
            "about": About.SELF,
            "urgency": Urgency.WEEK,
            "life_event": "",
            "request_key": uuid.uuid4(),
            **given,
        }
        super().__init__(*args, **kwargs)
        self.speaker = speaker
        self.known = {str(one.uid): one for one in students}
        self.guardians = {str(one.uid): one for one in guardians}
        cast(forms.ChoiceField, self.fields["students"]).choices = [(uid, one.name) for uid, one in self.known.items()]
        cast(forms.ChoiceField, self.fields["suspected"]).choices = [
            (uid, f"{one.name}（{one.relation}）" if one.relation else one.name) for uid, one in self.guardians.items()
        ]
        for name, label in LABELS[speaker].items():
            self.fields[name].label = label
        self.fields["words"].widget.attrs["placeholder"] = PLACEHOLDERS[speaker]
        self.fields["words"].help_text = "写一两句"
        self.fields["guardian_words"].widget.attrs["placeholder"] = "一句就行"
        self._leave_out()

    def _leave_out(self) -> None:
        """What is not for this speaker to say is not asked, and not taken when it is sent."""
        if self.speaker is not Speaker.STAFF:
            for name in ("guardian_told", "guardian_words", "situation"):
                del self.fields[name]
        if self.speaker is not Speaker.STUDENT:
            del self.fields["about"]
        if not self.guardians or "situation" not in self.fields:
            del self.fields["suspected"]

    @property
    def is_staff(self) -> bool:
        return self.speaker is Speaker.STAFF

    @property
    def shows_others(self) -> bool:
        """Whether somebody but the first one is ticked, so that the fold stands open."""
        return len(self["students"].value() or []) > 1

    @property
    def shows_more(self) -> bool:
        """Whether the fold holds something, or something to be put right."""
        names = [name for name in ("life_event", "tried", "ways") if name in self.fields]
        return any(self[name].value() or self[name].errors for name in names)

    @property
    def shows_harm(self) -> bool:
        names = [name for name in ("situation", "suspected") if name in self.fields]
        return any(self[name].value() or self[name].errors for name in names)

    def clean_students(self) -> list[Student]:
        chosen = list(dict.fromkeys(self.cleaned_data["students"]))
        if len(chosen) > MOST_TOGETHER:
            raise forms.ValidationError(f"一次最多 {MOST_TOGETHER} 位同学。人更多时，请分几次。")
        return [self.known[uid] for uid in chosen]

    def clean_suspected(self) -> list[Guardian]:
        return [self.guardians[uid] for uid in dict.fromkeys(self.cleaned_data["suspected"])]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("suspected") and not data.get("situation"):
            self.add_error("situation", "选了家人，请也选一下是哪一种情形。")
        if data.get("urgency") == Urgency.LIFE:
            return data
        if "words" in data and not data["words"].strip():
            self.add_error("words", "写一两句，老师才知道从哪里帮起。")
        told, answer = data.get("guardian_told"), data.get("guardian_words", "").strip()
        if told and not answer and "guardian_words" not in self.errors:
            missing = "写一句家里怎么说。" if told == Told.YES else "写一句为什么还没告知。"
            self.add_error("guardian_words", missing)
        if answer and not told:
            self.add_error("guardian_told", "点一下：已告知，还是还没有。")
        return data

    @property
    def report(self) -> Report:
        """What was said. Only of a form that is valid."""
        data = self.cleaned_data
        told, event, situation = data.get("guardian_told"), data["life_event"], data.get("situation")
        return Report(
            words=data["words"],
            tried=data["tried"],
            guardian_told=Told(told) if told else None,
            guardian_words=data.get("guardian_words", ""),
            ways=data["ways"],
            life_event=LifeEvent(event) if event else None,
            urgency=data["urgency"],
            about=About(data.get("about") or (About.SELF if self.speaker is Speaker.STUDENT else About.STUDENT)),
            situation=Situation(situation) if situation else None,
            suspected=data.get("suspected", []),
        )
