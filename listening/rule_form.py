"""The form of one requirement. It validates what one field, or two together, can be; the action writes."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from listening.actions.rules import PLAIN, RuleChanges, may_ask_none
from listening.models import QuotaRule
from listening.quotas import Kind
from schools.calendar import PeriodKind
from schools.models import School
from schools.roles import Role
from students.models import CareLabel, CareTier

LISTENERS = (
    Role.HEAD_TEACHER,
    Role.SUBJECT_TEACHER,
    Role.MENTOR,
    Role.COUNSELOR,
    Role.GRADE_HEAD,
    Role.PEER,
    Role.GUARDIAN,
)


class Named(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # no generic at run time
    """The school's own tiers or labels, by name, as chips."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class RuleForm(forms.Form):
    """谁来谈 × 和谁 × 多久一次 × 多长时间."""

    name = forms.CharField(label="名称", max_length=40, help_text="大家都看得到，不写层级和标签")
    roles = forms.MultipleChoiceField(
        label="谁来谈",
        choices=[(role.value, role.label) for role in LISTENERS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "选至少一种人。"},
    )
    kind = forms.ChoiceField(label="怎么谈", choices=Kind.choices, initial=Kind.TALK, widget=forms.RadioSelect)
    per = forms.ChoiceField(
        label="和谁", choices=QuotaRule.Per.choices, initial=QuotaRule.Per.STUDENT, widget=forms.RadioSelect
    )
    tiers = Named(
        label="只限这些层级",
        help_text="都不选就是所有同学",
        queryset=CareTier.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    labels = Named(
        label="或者有这些标签",
        help_text="层级和标签符合一项就算",
        queryset=CareLabel.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    period = forms.ChoiceField(
        label="多久一次", choices=PeriodKind.choices, initial=PeriodKind.FORTNIGHT, widget=forms.RadioSelect
    )
    weeks = forms.IntegerField(
        label="每几周", min_value=1, max_value=20, required=False, help_text="只在选“每几周”时用到"
    )
    minimum = forms.IntegerField(label="至少几次", min_value=0, max_value=30, initial=1)
    maximum = forms.IntegerField(
        label="计划至多几次", min_value=1, max_value=60, required=False, help_text="只是计划，多谈不算错；可不填"
    )
    minutes = forms.IntegerField(label="每次几分钟", min_value=0, max_value=240, initial=15, help_text="不看时长就写 0")
    together = forms.IntegerField(label="最多几位一起", min_value=1, max_value=99, initial=1, help_text="1 就是一对一")

    def __init__(self, *args: Any, school: School, rule: QuotaRule | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _values(rule) if rule else None
        super().__init__(*args, **kwargs)
        self.school, self.rule = school, rule
        self.care: dict[str, QuerySet[Any]] = {
            "tiers": CareTier.objects.filter(school=school),
            "labels": CareLabel.objects.filter(school=school),
        }
        for name, rows in self.care.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = rows.filter(valid_to=None) if name == "tiers" else rows  # of the scheme in use

    def clean_name(self) -> str:
        """Others read the name: it says nothing of who is cared for, and no two are alike."""
        name: str = self.cleaned_data["name"].strip()
        if any(row.name in name for rows in self.care.values() for row in rows):
            raise forms.ValidationError("名称大家都看得到，请换一个不带层级和标签的名称。")
        others = QuotaRule.objects.filter(school=self.school, name=name, valid_to=None)
        if self.rule:
            others = others.exclude(lineage=self.rule.lineage)
        if others.exists():
            raise forms.ValidationError("已经有一条要求叫这个名称了，换一个好区分的。")
        return name

    def clean(self) -> dict[str, Any]:
        words = self.cleaned_data
        kind, minimum, maximum = words.get("period"), words.get("minimum"), words.get("maximum")
        if kind == PeriodKind.WEEKS and not words.get("weeks"):
            self.add_error("weeks", "写一下是每几周。")
        if kind != PeriodKind.WEEKS:
            words["weeks"] = 1
        if minimum == 0 and "roles" in words and not may_ask_none(words["roles"]):
            self.add_error("minimum", "至少 1 次。只有单独由家长谈的要求可以写 0，那是给家长的建议。")
        if minimum and maximum and maximum < minimum:
            self.add_error("maximum", "计划至多的次数比至少的还少，看看是不是填反了。")
        if words.get("per") == QuotaRule.Per.CLASS and (words.get("tiers") or words.get("labels")):
            self.add_error("per", "按班级算的要求不分层级和标签。改成“每位学生”，或把层级和标签都去掉。")
        return words

    @property
    def words(self) -> RuleChanges:
        """What was typed, as the actions take it."""
        typed = self.cleaned_data
        return RuleChanges(
            name=typed["name"],
            roles=typed["roles"],
            kind=Kind(typed["kind"]),
            per=QuotaRule.Per(typed["per"]),
            tiers=list(typed["tiers"]),
            labels=list(typed["labels"]),
            period=PeriodKind(typed["period"]),
            weeks=typed["weeks"],
            minimum=typed["minimum"],
            maximum=typed["maximum"],
            minutes=typed["minutes"],
            together=typed["together"],
        )

    @property
    def says_the_same(self) -> bool:
        """Whether nothing differs from the requirement as it stands."""
        if self.rule is None:
            return False
        stands = _values(self.rule)
        typed: dict[str, Any] = {name: self.cleaned_data[name] for name in PLAIN}
        typed |= {name: [row.pk for row in self.cleaned_data[name]] for name in ("tiers", "labels")}
        return all(_plain(typed[name]) == _plain(stands[name]) for name in typed)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _values(rule: QuotaRule) -> dict[str, Any]:
    values = {name: getattr(rule, name) for name in PLAIN}
    return values | {
        "tiers": [tier.pk for tier in rule.tiers.all()],
        "labels": [label.pk for label in rule.labels.all()],
    }
