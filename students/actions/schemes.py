"""A school's scheme of care."""

from schools.models import School
from students.models import CareLabel, CareTier

# 倾听一刻钟 (default), most care first: name, place on the common axis, days until review, what it means, 工作要点.
LISTENING_SCHEME = (
    (
        "有明显心理问题倾向",
        CareTier.Axis.S3,
        14,
        "持续的情绪或行为变化，影响学习和生活。",
        "每周由心理教师倾听，和班主任、家长保持联系。",
    ),
    ("有心理问题倾向", CareTier.Axis.S2, 30, "近期有困扰，自己难以调节。", "班主任或导师每月谈心，留意变化。"),
    (
        "重点关爱",
        CareTier.Axis.S1,
        60,
        "家庭、学业或交往上需要多一份支持。",
        "心理教师每月倾听一到两次，班主任多关心。",
    ),
    ("普通", CareTier.Axis.S0, None, "目前不需要额外的支持。", "每两周由一位老师倾听。"),
)
LABELS = ("留守", "单亲", "流动", "贫困", "残疾", "遭受欺凌", "家庭变故", "家庭成员有心理问题")


def adopt_scheme(school: School) -> None:
    """Give a new school the default scheme and the labels. Once: what stands is left alone."""
    if not CareTier.objects.filter(school=school).exists():
        CareTier.objects.bulk_create(
            CareTier(
                school=school,
                name=name,
                order=order,
                axis=axis,
                review_days=days,
                definition=definition,
                guidance=guidance,
            )
            for order, (name, axis, days, definition, guidance) in enumerate(LISTENING_SCHEME)
        )
    if not CareLabel.objects.filter(school=school).exists():
        CareLabel.objects.bulk_create(CareLabel(school=school, name=name, order=at) for at, name in enumerate(LABELS))
