"""The list of cases, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from referrals.case_page import Due, due_of, tone_of
from referrals.models import Referral, rules_of
from referrals.models.cases import ReferralQuerySet
from referrals.requirements import Colour
from referrals.stages import ENDED
from schools.permissions import Permission
from schools.tables import Column, Empty, Filters, Look, Table
from students.models import Enrolment


@dataclass(frozen=True, slots=True)
class Line:
    """One case."""

    case: Referral
    class_name: str
    colour: str
    tone: str
    due: Due


class CaseFilters(Filters):
    """Those on their way, or those that have ended."""

    state = forms.ChoiceField(label="哪些", required=False, choices=[("", "在跟进的"), ("closed", "已结束的")])

    def narrow(self, rows: ReferralQuerySet) -> ReferralQuerySet:
        rows = rows.select_related("student", "school", "owner")
        return rows.filter(stage__in=sorted(ENDED)) if self.chosen("state") else rows.live()


def lines_of(found: Sequence[Referral], person: User, at: datetime) -> list[Line]:
    """Each with the class of today, and the school's word for its colour; as many queries for many as for one."""
    here = Enrolment.objects.on(timezone.localdate(at)).filter(student__in=[one.student_id for one in found])
    classes = {one.student_id: one.school_class.name for one in here.select_related("school_class__grade")}
    colours = {one.pk: rules_of(one).colours for one in {one.school for one in found}}
    return [
        Line(
            one,
            classes.get(one.student_id, "不在班"),
            colours[one.school_id][Colour(one.colour)],
            tone_of(one.colour),
            due_of(one, at=at),
        )
        for one in found
    ]


CASES: Table[Referral, Line] = Table(
    title="转介",
    columns=(
        Column(
            "name",
            "姓名",
            lambda row: row.case.student.name,
            order=("student__pinyin",),
            look=Look.NAME,
            url=lambda row: reverse("referrals:case", args=[row.case.uid]),
        ),
        Column("class", "班级", lambda row: row.class_name),
        Column("stage", "到哪一步", lambda row: row.case.get_stage_display(), order=("stage",)),
        Column(
            "colour",
            "等级",
            lambda row: row.colour,
            order=("colour",),
            template="referrals/_case_colour.html",
            # How grave it is, is known to whoever gives the second word.
            seen_under=Permission.REFERRAL_SECOND,
        ),
        Column(
            "owner",
            "负责人",
            lambda row: row.case.owner.name if row.case.owner else "还没有",
            order=("owner__name",),
            label_on_phone=True,
        ),
        Column("due", "时限", lambda row: row.due.words, order=("due_at",), template="referrals/_case_due.html"),
    ),
    dress=lines_of,
    order=(F("due_at").asc(nulls_last=True), "pk"),
    empty=Empty("现在没有在跟进的", "有人上报、需要多一些支持的同学，会列在这里。"),
    unit="件",
    unit_in_group="件",
)
