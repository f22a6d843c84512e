"""漏谈: what was missed and still stands, by class, in the order of the register. Nobody is ranked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from listening.make_ups import made_up_among
from listening.models import CheckIn, QuotaRule
from listening.models.check_ins import CheckInQuerySet
from listening.owners import Owners
from listening.words import day_words
from schools.models import School, SchoolClass
from schools.permissions import Permission, holds
from schools.tables import Column, Empty, Filters, Head, Look, Table, Take

PAGE = 200  # rows
BY_CLASS = ("school_class__grade__number", "school_class__number")


class MissedFilters(Filters):
    """Which class, and whose. A requirement and a period come with the links of 今日 and of messages."""

    mine = forms.BooleanField(label="由我负责的", required=False)
    rule = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, classes: Sequence[SchoolClass], may_own: bool) -> None:
        super().__init__(data)
        choices = [("", "所有班级"), *((str(one.uid), one.name) for one in classes)]
        self.fields["class"] = forms.UUIDField(label="班级", required=False, widget=forms.Select(choices=choices))
        self.fields["from"] = forms.DateField(required=False, widget=forms.HiddenInput)
        if len(classes) < 2:
            self.fields["class"].widget = forms.HiddenInput()
        if not may_own:
            self.fields["mine"].widget = forms.HiddenInput()
        self.order_fields(["class", "mine", "rule", "from"])


@dataclass(frozen=True, slots=True)
class MissedRow:
    """One missed check-in."""

    check_in: CheckIn
    days: int  # calendar days since the due day
    can_log: bool
    can_open: bool
    made_up: bool = False  # a later talk is linked; the miss stays

    @property
    def name(self) -> str:
        return self.check_in.student.name

    @property
    def class_name(self) -> str:
        return self.check_in.school_class.name if self.check_in.school_class else "还没有班级"

    @property
    def head(self) -> Head:
        """One period under one requirement, and when it was due."""
        period = self.check_in.period
        return Head(f"{period.words} · {self.check_in.rule.name}", f"{day_words(period.due)}到期，过期 {self.days} 天")

    @property
    def url(self) -> str:
        row = self.check_in
        return reverse("listening:check-in", args=[row.student.uid, row.rule.uid, row.period.start])

    @property
    def log_url(self) -> str:
        return f"{reverse('listening:new')}?student={self.check_in.student.uid}"


def missed_rows(
    person: User, school: School, asked: Filters, *, at: datetime, under: Permission = Permission.MISSED_VIEW
) -> CheckInQuerySet:
    """The missed check-ins of the running and the last term that this person reaches, as far as asked for."""
    on = timezone.localdate(at)
    rows = CheckIn.objects.visible_to(person, at=at, under=under).filter(school=school).missed()
    rows = rows.under_rules_seen_by(person, at=at)
    rule, start, school_class = (asked.chosen(name) for name in ("rule", "from", "class"))
    if rule:
        rows = rows.filter(rule__uid=rule)
    if start:
        rows = rows.filter(period__start=start)
    else:
        since = (
            school.terms.filter(first_day__lte=on).order_by("-first_day").values_list("first_day", flat=True).first()
        )
        rows = rows.filter(period__start__gte=since) if since else rows
    if school_class:
        rows = rows.filter(school_class__uid=school_class)
    if asked.chosen("mine"):
        rows = _owned(person, rows, Owners(school, on=on))
    return rows.for_list()


def _owned(person: User, rows: CheckInQuerySet, owners: Owners) -> CheckInQuerySet:
    """Those that this person is to meet."""
    rules = QuotaRule.objects.in_bulk(set(rows.order_by().values_list("rule", flat=True)))
    own = [
        pk
        for pk, rule, student, school_class in rows.values_list("pk", "rule", "student", "school_class")
        if person.pk in owners.of(rules[rule], student, school_class)
    ]
    return CheckIn.objects.filter(school=owners.school, pk__in=own)


def missed_of(found: Sequence[CheckIn], person: User, at: datetime) -> list[MissedRow]:
    """What a row says of each, of one school. One query for all."""
    on = timezone.localdate(at)
    can_log = holds(person, Permission.CONVERSATION_CREATE, at=at)
    can_open = holds(person, Permission.CHECK_IN_VIEW, at=at)
    made_up = made_up_among(found)
    return [
        MissedRow(
            row,
            (on - row.period.due).days,
            can_log=can_log,
            can_open=can_open,
            made_up=(row.period_id, row.rule_id, row.student_id) in made_up,
        )
        for row in found
    ]


MISSED: Table[CheckIn, MissedRow] = Table(
    title="漏谈",
    columns=(
        Column("period", "周期", lambda row: row.check_in.period.words, shown=False, width=20),
        Column("rule", "要求", lambda row: row.check_in.rule.name, shown=False, width=18),
        Column("due", "到期日", lambda row: row.check_in.period.due.isoformat(), shown=False),
        Column(
            "name",
            "姓名",
            lambda row: row.name,
            order=("student__pinyin",),
            look=Look.NAME,
            url=lambda row: row.url if row.can_open else "",
            opens_panel=True,
        ),
        Column("class", "班级", lambda row: row.class_name, order=BY_CLASS),
        Column("made_up", "补谈", lambda row: "已补谈" if row.made_up else "", look=Look.TAG, only_if_any=True),
        Column(
            "do",
            "",
            lambda row: "记一次" if row.can_log else "",
            look=Look.ACT,
            url=lambda row: row.log_url if row.can_log else "",
            says=lambda row: f"给{row.name}记一次",
            exported=False,
        ),
    ),
    dress=missed_of,
    # The newest period first; within it requirement by requirement, class by class, as in the register.
    group=lambda row: row.head,
    group_order=("-period__start", "period__due", "rule__order", "rule"),
    order=(*BY_CLASS, "student__pinyin", "pk"),
    empty=Empty("没有漏谈的同学", "到期没有谈够的，第二天早上会列在这里。", art="three"),
    not_found=Empty("这里没有漏谈的同学", "换一个条件，或者看全部。", art="three"),
    unit="次",
    per_page=PAGE,
    take=Take(
        Permission.MISSED_EXPORT,
        verb="missed.export",
        narrow="先选一个班级，分几次导出。",
        says="文件里有老师的要求下漏谈的同学，心理教师自己的要求不在里面。",
    ),
)

__all__ = ["MISSED", "MissedFilters", "MissedRow", "missed_of", "missed_rows"]
