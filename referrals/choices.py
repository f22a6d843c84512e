"""What can be chosen on the forms of a concern and its case. Words only; nobody in a school diagnoses."""

from django.db.models import TextChoices


class Source(TextChoices):
    """By which way it came."""

    TALK = "talk", "倾听时标记"
    PEERS = "peers", "同伴活动"
    FORM = "form", "上报"


class About(TextChoices):
    """Whom the reporter means. A pupil's friend is named in the words; a counselor says who it is."""

    STUDENT = "student", "这位同学"
    SELF = "self", "自己"
    FRIEND = "friend", "一位朋友"


class LifeEvent(TextChoices):
    """What has happened lately, as far as the reporter knows."""

    FAMILY = "family", "家庭变故"
    LOSS = "loss", "亲友离世"
    CONFLICT = "conflict", "与同学或老师冲突"
    BULLIED = "bullied", "受欺凌"
    STUDY = "study", "学业受挫"
    HEALTH = "health", "生病或受伤"
    LOVE = "love", "感情困扰"
    ONLINE = "online", "网络上的事"
    OTHER = "other", "其他"


class Told(TextChoices):
    """Whether a guardian has been told."""

    YES = "yes", "已告知"
    NO = "no", "还没有"


class Situation(TextChoices):
    """The nine situations that must be reported (关于建立侵害未成年人案件强制报告制度的意见)."""

    PRIVATE_INJURY = "private", "隐私部位非正常损伤"
    UNDER_14 = "under14", "不满十四周岁女性遭受或可能遭受性侵、怀孕、流产"
    OVER_14 = "over14", "十四周岁以上女性因遭受性侵怀孕、流产"
    INJURIES = "injuries", "身体多处损伤、严重营养不良、意识不清，或受到家暴、欺凌、虐待、殴打、被人麻醉"
    DEATH = "death", "因自杀、自残、工伤、中毒、被麻醉、殴打等非正常原因致伤、致残、死亡"
    ABANDONED = "abandoned", "被遗弃或长期处于无人照料状态"
    MISSING = "missing", "来源不明、失踪，或被拐卖、收买"
    BEGGING = "begging", "被组织乞讨"
    OTHER = "other", "其他严重侵害身心健康或面临侵害危险的情形"


class Authority(TextChoices):
    """The authority that a school reports to."""

    POLICE = "police", "公安机关"
    CIVIL = "civil", "民政部门"
    EDUCATION = "education", "教育行政部门"
    PROCURATOR = "procurator", "检察机关"


class Outcome(TextChoices):
    """What came of it; for those who may see the case."""

    BETTER = "better", "情况好转"
    STEADY = "steady", "情况稳定，日常陪伴"
    PASSED_ON = "passed_on", "由专业机构继续"
    MOVED = "moved", "转学或毕业"
    NO_NEED = "no_need", "了解后不需要支持"


class Heard(TextChoices):
    """What the reporter hears in the end: a class, never content."""

    THANKS = "thanks", "已经妥善跟进，谢谢您"
    WATCH = "watch", "已经跟进，请继续留心，有变化再告诉我们"
    TALK = "talk", "已经跟进，请来和心理教师当面聊聊"


class Change(TextChoices):
    """What a review saw."""

    BETTER = "better", "好转"
    SAME = "same", "没有变化"
    WORSE = "worse", "更需要支持"


class Paper(TextChoices):
    """What comes on paper."""

    LETTER = "letter", "转介单"
    RECEIPT = "receipt", "就诊回执"
    LEAVE_APPLICATION = "leave_application", "休学申请"
    CERTIFICATE = "certificate", "康复证明"
    CONSENT = "consent", "知情同意书"
    OTHER = "other", "其他"
