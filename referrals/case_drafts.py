"""The forms of a case that keep drafts, and what each draft is about, as far as its owner still sees it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from accounts.models import User
from referrals.models import Referral
from students.drafts import Find, Form, Found

TITLES: Mapping[str, str] = {
    "send-back": "回复上报人",
    "settle-mild": "我已了解",
    "assess": "首次评估",
    "plan": "支持计划",
    "review": "复评",
    "raise-colour": "加重等级",
    "propose-close": "提出结案",
    "reopen": "重开",
}


def of_cases(move: str) -> Find:
    """Forms about one case."""

    def find(person: User, abouts: Sequence[UUID], at: datetime) -> dict[UUID, Found]:
        reached = Referral.objects.visible_to(person, at=at).filter(uid__in=abouts).select_related("student")
        return {
            one.uid: Found(one.student.name, reverse("referrals:case-move", args=[one.uid, move])) for one in reached
        }

    return find


FORMS_OF_CASES: Mapping[str, Form] = {f"case-{move}": Form(title, of_cases(move)) for move, title in TITLES.items()}
