"""The moves of a case, each a small form. A form asks for what its line of the table requires, and makes one act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from accounts.models import User
from referrals import actions
from referrals.actions import NewTask
from referrals.choices import Change, Heard, Outcome
from referrals.circle import counselors
from referrals.models import Referral, SecondWord, Task, rules_of
from referrals.requirements import Colour
from schools.forms import DateField
from schools.models import Membership
from schools.roles import STAFF_ROLES, Role

MOST_TASKS = 5
LONGEST = 2000
FARTHEST = timedelta(days=366)
DO_TASKS = STAFF_ROLES - {Role.REGISTRAR}


@dataclass(frozen=True, slots=True)
class At:
    """Where a form stands: whose case, who fills it in, when, and what waits there."""

    case: Referral
    by: User
    at: datetime
    word: SecondWord | None = None
    tasks: Sequence[Task] = ()

    @property
    def today(self) -> date:
        return timezone.localdate(self.at)


def words(label: str, *, rows: int = 4, help_text: str = "", required: bool = True) -> forms.CharField:
    """Words that will be sealed."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": rows, "autocomplete": "off"}),
        error_messages={"required": "这里写一两句。", "max_length": f"最多 {LONGEST} 字。"},
    )


def one_of(label: str, *, layout: str, **more: Any) -> forms.ChoiceField:
    """Choices as chips."""
    return forms.ChoiceField(
        label=label,
        widget=forms.RadioSelect(attrs={"class": layout}),
        error_messages={"required": "选一项。"},
        **more,
    )


class MoveForm(forms.Form):
    """One move. `version` is that of the page on which it was written."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    sealed: ClassVar[dict[str, str]] = {}  # which readers are named below a field: see who_reads.py
    fold = ""  # the words over what most people leave empty
    folded: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, place: At, **kwargs: Any) -> None:
        kwargs["initial"] = {"version": place.case.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.place = place
        self.prepare()

    def prepare(self) -> None:
        """What can be chosen depends on the case."""

    @property
    def case(self) -> dict[str, Any]:
        """What every act is told."""
        place = self.place
        return {"by": place.by, "referral": place.case, "version": self.cleaned_data["version"], "at": place.at}

    def act(self) -> None:
        raise NotImplementedError

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def _day_ahead(self, day: date | None) -> date | None:
        if day is not None and not self.place.today < day <= self.place.today + FARTHEST:
            raise forms.ValidationError("选在今天以后、一年以内。")
        return day


class AcceptForm(MoveForm):
    """受理."""

    def act(self) -> None:
        actions.accept(**self.case)


class SendBackForm(MoveForm):
    """Not taken up: a reason that the reporter can read."""

    reply = words("回复上报人的话", help_text="为什么这次不受理，可以怎么做")
    sealed: ClassVar[dict[str, str]] = {"reply": "reply"}

    def act(self) -> None:
        actions.send_back(**self.case, reply=self.cleaned_data["reply"])


class SettleForm(MoveForm):
    """The head teacher has looked after it."""

    word = words("了解到什么，做了什么", rows=3)
    heard = one_of("告诉上报人", layout="q-chips-fill", choices=Heard.choices, initial=Heard.THANKS)
    sealed: ClassVar[dict[str, str]] = {"word": "note"}

    def act(self) -> None:
        actions.settle_mild(**self.case, word=self.cleaned_data["word"], heard=Heard(self.cleaned_data["heard"]))


class AssessForm(MoveForm):
    """首次评估."""

    seen = words("看到的情况")
    protective = words("能帮到孩子的人和事", rows=3)
    colour = one_of("等级", layout="q-chips-4", help_text="选橙色或红色，会请领导小组研判")
    reason = words("为什么定这个等级", rows=3)
    sealed: ClassVar[dict[str, str]] = dict.fromkeys(("seen", "protective", "reason"), "note")

    def prepare(self) -> None:
        self._choose("colour", colours(self.place.case, least=Colour.BLUE))

    def act(self) -> None:
        data = self.cleaned_data
        actions.assess(
            **self.case, colour=Colour(int(data["colour"])), seen=data["seen"], protective=data["protective"],
            reason=data["reason"],
        )  # fmt: skip


class RaiseForm(MoveForm):
    """Graver than it was."""

    colour = one_of("改为", layout="q-chips-4", help_text="校内支持里改为橙色或红色，会请领导小组研判")
    reason = words("为什么", rows=3)
    sealed: ClassVar[dict[str, str]] = {"reason": "note"}

    def prepare(self) -> None:
        self._choose("colour", colours(self.place.case, least=self.place.case.colour + 1))

    def act(self) -> None:
        data = self.cleaned_data
        actions.raise_colour(**self.case, colour=Colour(int(data["colour"])), reason=data["reason"])


def colours(case: Referral, *, least: int) -> list[tuple[str, str]]:
    """The school's own names of the colours from this one on."""
    names = rules_of(case.school).colours
    return [(str(one.value), names[one]) for one in Colour if one >= max(least, case.colour, Colour.BLUE)]


class PlanForm(MoveForm):
    """支持计划 (一生一策)."""

    goals = words("目标", rows=3)
    measures = words("准备怎么做")
    review_on = DateField(label="复评日期", error_messages={"required": "选一个复评日期。"})
    sealed: ClassVar[dict[str, str]] = dict.fromkeys(("goals", "measures"), "note") | dict.fromkeys(
        (f"what_{n}" for n in range(1, MOST_TASKS + 1)), "task"
    )

    fold = "再分几件事"
    folded: ClassVar[frozenset[str]] = frozenset(
        f"{name}_{n}" for n in range(2, MOST_TASKS + 1) for name in ("what", "who", "due")
    )

    def prepare(self) -> None:
        self.people = doers(self.place.case, at=self.place.at)
        choices = [("", "选一位"), *((uid, one.name) for uid, one in self.people.items())]
        for n in range(1, MOST_TASKS + 1):
            self.fields[f"what_{n}"] = words(f"分工 {n}：做什么", rows=2, required=n == 1)
            self.fields[f"who_{n}"] = forms.ChoiceField(
                label="谁来做", choices=choices, required=n == 1, error_messages={"required": "选一位来做。"}
            )
            self.fields[f"due_{n}"] = DateField(
                label="到什么时候", required=n == 1, error_messages={"required": "选一个日期。"}
            )

    def clean_review_on(self) -> date | None:
        return self._day_ahead(self.cleaned_data["review_on"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for n in range(2, MOST_TASKS + 1):
            if data.get(f"what_{n}") and not (data.get(f"who_{n}") and data.get(f"due_{n}")):
                self.add_error(f"what_{n}", "还要选谁来做、到什么时候。")
        for n in range(1, MOST_TASKS + 1):
            day = data.get(f"due_{n}")
            if day and not self.place.today <= day <= self.place.today + FARTHEST:
                self.add_error(f"due_{n}", "选今天或以后、一年以内的日子。")
        return data

    def act(self) -> None:
        data = self.cleaned_data
        tasks = [
            NewTask(self.people[data[f"who_{n}"]], data[f"what_{n}"], data[f"due_{n}"])
            for n in range(1, MOST_TASKS + 1)
            if data[f"what_{n}"]
        ]
        actions.write_plan(
            **self.case, goals=data["goals"], measures=data["measures"], tasks=tasks, review_on=data["review_on"]
        )


def doers(case: Referral, *, at: datetime) -> dict[str, User]:
    """Who may be given something to do: whoever works in the school. A relative is refused by the act."""
    held = Membership.objects.valid_on(timezone.localdate(at)).filter(
        school=case.school, role__in=DO_TASKS, user__is_active=True
    )
    people = dict.fromkeys(one.user for one in held.select_related("user").order_by("user__name", "user_id"))
    return {str(one.uid): one for one in people}


class ReviewForm(MoveForm):
    """复评."""

    change = one_of("和上次比", layout="q-chips-3", choices=Change.choices)
    seen = words("这次看到的变化")
    next_on = DateField(label="下次复评", error_messages={"required": "选一个日期。"})
    sealed: ClassVar[dict[str, str]] = {"seen": "note"}

    def clean_next_on(self) -> date | None:
        return self._day_ahead(self.cleaned_data["next_on"])

    def act(self) -> None:
        data = self.cleaned_data
        actions.review(**self.case, change=Change(data["change"]), seen=data["seen"], next_on=data["next_on"])


class TaskDoneForm(MoveForm):
    """One task is done."""

    task = one_of("哪一件", layout="q-chips-fill")

    def prepare(self) -> None:
        self.tasks = {str(one.uid): one for one in self.place.tasks}
        self._choose(
            "task",
            [(uid, f"{one.assignee.name}，{_day(one.due_on)}前") for uid, one in self.tasks.items()],
        )

    def act(self) -> None:
        actions.finish_task(by=self.place.by, task=self.tasks[self.cleaned_data["task"]], at=self.place.at)


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


class ProposeCloseForm(MoveForm):
    """结案, which another confirms."""

    outcome = one_of("结果", layout="q-chips-fill", choices=Outcome.choices)
    heard = one_of("告诉上报人", layout="q-chips-fill", choices=Heard.choices, help_text="上报人只听到这一句")
    summary = words("小结", help_text="写给确认的人看")
    sealed: ClassVar[dict[str, str]] = {"summary": "summary"}

    def act(self) -> None:
        data = self.cleaned_data
        actions.propose_close(
            **self.case, outcome=Outcome(data["outcome"]), heard=Heard(data["heard"]), summary=data["summary"]
        )


class WordForm(MoveForm):
    """An answer to what waits for a second person; `word` is the one that the page showed."""

    word = forms.UUIDField(widget=forms.HiddenInput)

    def prepare(self) -> None:
        if self.place.word:
            self.fields["word"].initial = self.place.word.uid

    @property
    def waiting(self) -> SecondWord:
        word = self.place.word
        if word is None or word.uid != self.cleaned_data["word"]:
            raise actions.AlreadyAnswered
        return word


class ConfirmForm(WordForm):
    """The second person's word."""

    def act(self) -> None:
        data, place = self.cleaned_data, self.place
        actions.confirm(by=place.by, word=self.waiting, version=data["version"], at=place.at)


class DeclineForm(WordForm):
    """Not taken up."""

    def act(self) -> None:
        actions.decline(by=self.place.by, word=self.waiting, at=self.place.at)


class WithdrawForm(WordForm):
    """Taken back by who proposed it."""

    def act(self) -> None:
        actions.withdraw(by=self.place.by, word=self.waiting, at=self.place.at)


class ReopenForm(MoveForm):
    """重开."""

    reason = words("为什么重开", rows=3)
    sealed: ClassVar[dict[str, str]] = {"reason": "note"}

    def act(self) -> None:
        actions.reopen(**self.case, reason=self.cleaned_data["reason"])


class HandOverForm(MoveForm):
    """移交, with the choice of what passes on."""

    to = forms.ChoiceField(label="移交给", error_messages={"required": "选一位心理教师。"})
    notes = forms.BooleanField(label="以前写下的内容也给新的负责人看", required=False, initial=True)
    tasks = forms.BooleanField(label="原负责人没做完的事，也一起移交", required=False, initial=True)

    def prepare(self) -> None:
        place = self.place
        able = counselors(place.case.school, place.case.student, at=place.at)
        self.people = {str(one.uid): one for one in able if one.pk != place.case.owner_id}
        self._choose("to", [("", "选一位"), *((uid, one.name) for uid, one in self.people.items())])

    def act(self) -> None:
        data = self.cleaned_data
        actions.hand_over(**self.case, to=self.people[data["to"]], notes=data["notes"], tasks=data["tasks"])
