"""The presets of how much care there can be. The plans of the schools disagree, so a school picks one.

Source: 倾听一刻钟 and four other plans (the rule book, 分级方案). The first tier of every scheme stands at S3, the most
care that a school gives, and the last at S0: no change of scheme puts anybody lower on the common axis.
"""

from dataclasses import dataclass

from students.models import CareTier

Axis = CareTier.Axis

SERIOUS = "每周由心理教师倾听，和班主任、家长保持联系。"
CLEAR = "班主任或导师每月谈心，留意变化。"
SOME = "心理教师每月倾听一到两次，班主任多关心。"
PLAIN = "每两周由一位老师倾听。"


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier of a preset; `review` in days."""

    name: str
    axis: CareTier.Axis
    review: int | None
    definition: str
    guidance: str


@dataclass(frozen=True, slots=True)
class Preset:
    """One scheme, most care first."""

    key: str
    name: str
    tiers: tuple[Tier, ...]

    def at_least(self, axis: int) -> Tier:
        """The tier that takes over whoever stood at this place: as much care, never less."""
        return next(tier for tier in reversed(self.tiers) if tier.axis >= axis)


PRESETS = (
    Preset(
        "listening",
        "倾听一刻钟",
        (
            Tier("有明显心理问题倾向", Axis.S3, 14, "持续的情绪或行为变化，影响学习和生活。", SERIOUS),
            Tier("有心理问题倾向", Axis.S2, 30, "近期有困扰，自己难以调节。", CLEAR),
            Tier("重点关爱", Axis.S1, 60, "家庭、学业或交往上需要多一份支持。", SOME),
            Tier("普通", Axis.S0, None, "目前不需要额外的支持。", PLAIN),
        ),
    ),
    Preset(
        "three",
        "三级",
        (
            Tier("情绪问题明显、学习困难", Axis.S3, 14, "情绪或学习上的困难已经影响每天的生活。", SERIOUS),
            Tier("轻度情绪困扰", Axis.S1, 60, "近期情绪有起伏，还能自己调节一些。", SOME),
            Tier("心理健康状况良好", Axis.S0, None, "目前不需要额外的支持。", PLAIN),
        ),
    ),
    Preset(
        "degree",
        "四级·程度",
        (
            Tier("心理问题较为严重", Axis.S3, 14, "困扰持续而明显，需要专业支持。", SERIOUS),
            Tier("有心理困扰", Axis.S2, 30, "近期有困扰，自己难以调节。", CLEAR),
            Tier("正常发展但需关注", Axis.S1, 60, "发展正常，有一些事需要多看一眼。", SOME),
            Tier("普通", Axis.S0, None, "目前不需要额外的支持。", PLAIN),
        ),
    ),
    Preset(
        "source",
        "四级·来源",
        (
            Tier("已确诊", Axis.S3, 14, "医院诊断，由家长提供。学校不作诊断。", SERIOUS),
            Tier("明显心理困扰", Axis.S2, 30, "近期有明显困扰，自己难以调节。", CLEAR),
            Tier("家庭成员有心理问题", Axis.S1, 60, "家里有人需要照顾，孩子可能也需要支持。", SOME),
            Tier("普通", Axis.S0, None, "目前不需要额外的支持。", PLAIN),
        ),
    ),
    Preset(
        "two",
        "两类",
        (
            Tier("情绪波动明显", Axis.S3, 14, "情绪起落大，影响学习和交往。", SERIOUS),
            Tier("其他心理支持需求", Axis.S1, 60, "学业、家庭或交往上需要多一份支持。", SOME),
            Tier("普通", Axis.S0, None, "目前不需要额外的支持。", PLAIN),
        ),
    ),
)
LABELS = ("留守", "单亲", "流动", "贫困", "残疾", "遭受欺凌", "家庭变故", "家庭成员有心理问题")
DEFAULT = PRESETS[0]
BY_KEY = {one.key: one for one in PRESETS}
