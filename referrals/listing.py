"""The counselors' list of concerns, as a table."""

from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.db.models import Case, Value, When
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from referrals.models import Concern, State
from referrals.models.concerns import ConcernQuerySet
from referrals.worries import Worry, worries
from schools.permissions import Permission
from schools.tables import Column, Empty, Filters, Head, Look, Table, Take

WAITING = Head("还没有看", mark="waiting")
SEEN = Head("看过的", mark="seen", is_open=True)


class ConcernFilters(Filters):
    """How far it has come."""

    seen = forms.ChoiceField(
        label="看过没有",
        required=False,
        choices=[("", "看过和没看的"), ("no", WAITING.title), ("yes", SEEN.title)],
    )

    def narrow(self, rows: ConcernQuerySet) -> ConcernQuerySet:
        match self.chosen("seen"):
            case "no":
                return rows.unseen().for_list()
            case "yes":
                return rows.seen().for_list()
            case _:
                return rows.for_list()


def worries_of(found: Sequence[Concern], person: User, at: datetime) -> list[Worry]:
    return worries(found, at=at)


def _when(row: Worry) -> str:
    at = timezone.localtime(row.concern.raised_at)
    return f"{at.month}月{at.day}日 {at:%H:%M}"


CONCERNS: Table[Concern, Worry] = Table(
    title="关注",
    columns=(
        Column(
            "name",
            "姓名",
            lambda row: row.concern.student.name,
            order=("student__pinyin",),
            look=Look.NAME,
            url=lambda row: reverse("referrals:concern", args=[row.concern.uid]),
        ),
        Column("class", "班级", lambda row: row.class_name),
        # Who was worried stays in the house: a file goes further than its list.
        Column("by", "谁上报", lambda row: row.concern.raised_by.name, exported=False),
        Column("at", "上报时间", _when, order=("raised_at",)),
        Column("source", "来源", lambda row: row.concern.get_source_display(), order=("source",)),
        Column(
            "state",
            "看过没有",
            lambda row: "待看" if row.is_unseen else "已看",
            template="referrals/_worry_state.html",
        ),
    ),
    dress=worries_of,
    # What waits first, then what was seen; each the newest first.
    group=lambda row: WAITING if row.is_unseen else SEEN,
    group_order=(Case(When(state=State.RECEIVED, then=Value(0)), default=Value(1)).asc(),),
    order=("-raised_at", "-pk"),
    empty=Empty("没有等您看的关注", "有老师或心理委员请您看一看哪位同学时，会列在这里。"),
    unit="条",
    unit_in_group="条",
    take=Take(
        Permission.CONCERN_EXPORT,
        verb="concern.export",
        narrow="先只选没有看的或看过的，分几次导出。",
        says="没有写下的话，也没有是谁上报的。",
    ),
)

__all__ = ["CONCERNS", "ConcernFilters", "worries_of"]
