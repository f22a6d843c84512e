"""What a school starts with: the requirements of the plan, and words for what a talk was about."""

from collections.abc import Collection
from dataclasses import dataclass

from listening.models import QuotaRule, Topic
from listening.quotas import Kind
from schools.calendar import PeriodKind
from schools.models import School
from schools.roles import Role
from students.models import CareLabel, CareTier

TOPICS = ("学业", "同伴", "家里", "情绪", "睡眠", "身体", "兴趣", "将来")
WHOLE_CLASS = 99
Axis = CareTier.Axis


@dataclass(frozen=True, slots=True)
class Preset:
    """One requirement of the plan. Its name is read by everybody and so names no tier and no label."""

    name: str
    roles: tuple[Role, ...]
    period: PeriodKind
    axes: tuple[CareTier.Axis, ...] = ()  # the tiers, by their place on the common axis; none: everybody
    all_labels: bool = False  # whoever carries one of the school's labels
    kind: Kind = Kind.TALK
    per: QuotaRule.Per = QuotaRule.Per.STUDENT
    minimum: int = 1
    maximum: int | None = None
    minutes: int = 15
    together: int = 1


# Source: 倾听一刻钟工作方案 二(一)(二). In this order they stand on boards: of those that teachers see, the
# listening of every student is the first.
# The plan says 定期 of 谈心谈话 and of talks with parents, without a number: once a month is a preset.
PRESETS = (
    Preset("心理教师每周倾听", (Role.COUNSELOR,), PeriodKind.WEEK, axes=(Axis.S3,)),
    Preset("心理教师每月倾听", (Role.COUNSELOR,), PeriodKind.MONTH, axes=(Axis.S1,), maximum=2),
    Preset("双周倾听", (Role.HEAD_TEACHER, Role.SUBJECT_TEACHER, Role.MENTOR), PeriodKind.FORTNIGHT),
    Preset(
        "谈心谈话",
        (Role.HEAD_TEACHER, Role.SUBJECT_TEACHER, Role.MENTOR),
        PeriodKind.MONTH,
        axes=(Axis.S3, Axis.S2, Axis.S1),
    ),
    Preset(
        "家长沟通",
        (Role.HEAD_TEACHER,),
        PeriodKind.MONTH,
        axes=(Axis.S3, Axis.S2, Axis.S1),
        kind=Kind.CONTACT,
        minutes=0,
        together=3,
    ),
    Preset(
        "家访",
        (Role.HEAD_TEACHER, Role.MENTOR),
        PeriodKind.TERM,
        all_labels=True,
        kind=Kind.VISIT,
        minutes=0,
        together=3,
    ),
    Preset("同伴倾听", (Role.PEER,), PeriodKind.FORTNIGHT, per=QuotaRule.Per.CLASS, together=WHOLE_CLASS),
    # Guidance: nothing is owed at home.
    Preset("家长倾听", (Role.GUARDIAN,), PeriodKind.DAY, minimum=0),
)


def adopt_presets(school: School, *, only: Collection[str] | None = None) -> None:
    """Give a new school the requirements of the plan, or those of these names, and the topics.

    Once: what stands is left alone. The scheme of care is adopted before: a requirement for tiers or labels that the
    school does not have is left out, for without them it would be one for everybody.
    """
    if not QuotaRule.objects.filter(school=school).exists():
        for place, preset in enumerate(PRESETS, start=1):
            if only is None or preset.name in only:
                _adopt(school, preset, order=10 * place)
    if not Topic.objects.filter(school=school).exists():
        Topic.objects.bulk_create(Topic(school=school, name=name, order=at) for at, name in enumerate(TOPICS))


def _adopt(school: School, preset: Preset, *, order: int) -> None:
    tiers = list(CareTier.objects.filter(school=school, axis__in=preset.axes))
    labels = list(CareLabel.objects.filter(school=school)) if preset.all_labels else []
    if (preset.axes or preset.all_labels) and not tiers and not labels:
        return
    rule = QuotaRule.objects.create(
        school=school,
        name=preset.name,
        order=order,
        roles=list(preset.roles),
        for_counselors=preset.roles == (Role.COUNSELOR,),
        kind=preset.kind,
        per=preset.per,
        period=preset.period,
        minimum=preset.minimum,
        maximum=preset.maximum,
        minutes=preset.minutes,
        together=preset.together,
    )
    rule.tiers.set(tiers)
    rule.labels.set(labels)
