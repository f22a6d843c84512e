"""What a school starts with: the plan's requirement, and words for what a talk was about."""

from listening.models import QuotaRule, Topic
from listening.quotas import Kind
from schools.calendar import PeriodKind
from schools.models import School
from schools.roles import Role

TOPICS = ("学业", "同伴", "家里", "情绪", "睡眠", "身体", "兴趣", "将来")


def adopt_presets(school: School) -> None:
    """Give a new school the fortnightly listening of every student and the topics. Once: what stands is left alone.

    Source: 倾听一刻钟, 班主任、任课教师或结对导师每两周与每名学生至少倾听一次，每次 15 分钟.
    """
    if not QuotaRule.objects.filter(school=school).exists():
        QuotaRule.objects.create(
            school=school,
            name="双周倾听",
            order=30,
            roles=[Role.HEAD_TEACHER, Role.SUBJECT_TEACHER, Role.MENTOR],
            kind=Kind.TALK,
            period=PeriodKind.FORTNIGHT,
            minimum=1,
            minutes=15,
            together=1,
        )
    if not Topic.objects.filter(school=school).exists():
        Topic.objects.bulk_create(Topic(school=school, name=name, order=at) for at, name in enumerate(TOPICS))
