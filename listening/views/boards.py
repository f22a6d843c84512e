"""Boards."""

from collections import Counter
from datetime import date
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from accounts.access import Request
from listening import actions
from listening.boards import SHOWS, Board
from listening.boards import board as board_of
from listening.class_check_ins import class_states
from listening.models import ClassFigure
from listening.words import long_day
from schools.permissions import Permission, allow, holds, schools_of
from students import attention
from students.classes import classes_visible_to, reaches_class


@require_safe
@allow(Permission.BOARD_VIEW)
def classes(request: HttpRequest) -> HttpResponse:
    """The classes whose board this person may open, each with its figure, in the school's order."""
    today = timezone.localdate(request.at)
    for school in schools_of(request.user, Permission.BOARD_VIEW, at=request.at):
        actions.settle_changes(school, on=today, at=request.at)
    seen = list(classes_visible_to(request.user, at=request.at, under=Permission.BOARD_VIEW))
    figures = ClassFigure.objects.filter(
        school_class__in=seen, rule__for_counselors=False, period__start__lte=today, period__end__gte=today
    ).order_by("rule__order", "rule__pk")
    first: dict[int | None, ClassFigure] = {}
    for figure in figures:
        first.setdefault(figure.school_class_id, figure)
    rows = [(one, first.get(one.pk)) for one in seen]
    grades = [(str(grade), list(some)) for grade, some in groupby(rows, key=lambda row: row[0].grade)]
    return render(request, "listening/classes.html", {"grades": grades})


@require_safe
@allow(Permission.BOARD_VIEW, of="class")
def board(request: Request, school_class: UUID) -> HttpResponse:
    """One class: who was listened to, who is waiting."""
    seen = classes_visible_to(request.user, at=request.at, under=Permission.BOARD_VIEW)
    klass = get_object_or_404(seen, uid=school_class)
    today = timezone.localdate(request.at)
    day = _day(request.GET.get("on"), today)
    actions.settle_changes(klass.school, on=today, at=request.at)
    shown = board_of(klass, request.user, day=day, at=request.at)
    show = request.GET.get("show", "all")
    show = show if show in SHOWS else "all"
    can_log = holds(request.user, Permission.CONVERSATION_CREATE, at=request.at)
    rule = _uuid(request.GET.get("rule"))
    under = {column.rule.pk for column in shown.columns if rule in (None, column.rule.uid)}
    kinds = [row.kinds(under) for row in shown.rows]
    rows = [row for row, has in zip(shown.rows, kinds, strict=True) if show in has]
    context = {
        "title": f"{klass.name} 倾听看板",
        "sub": _sub(shown, today),
        "actions": _board_actions(request, shown, can_log=can_log),
        "board": shown,
        "rows": rows,
        "marked": attention.marked(request.user, [row.student.pk for row in rows], at=request.at),
        "class_states": class_states([klass], day=day),
        "opens_classes": reaches_class(request.user, klass, Permission.CONVERSATION_VIEW, at=request.at),
        "filters": _filters(kinds, show, more=_more(day=day, today=today, rule=rule)),
        "can_log": can_log,
        "can_open": holds(request.user, Permission.STUDENT_VIEW, at=request.at),
    }
    return render(request, "listening/board.html", context)


def _sub(shown: Board, today: date) -> str:
    """第 11–12 周（…），11月21日周五到期。今天 11月18日 星期二，还剩 4 个上课日。"""
    if shown.main is None:
        return f"今天 {long_day(today)}。这个班还没有开始的周期。"
    left = f"，还剩 {shown.main.left} 个上课日" if shown.main.left else ""
    return f"{shown.sub}。今天 {long_day(today)}{left}。"


class Act(NamedTuple):
    """One button of a page's head."""

    label: str
    url: str
    icon: str
    main: bool = False
    desk: bool = False  # for paper and files, not for the phone


def _board_actions(request: Request, shown: Board, *, can_log: bool) -> list[Act]:
    klass = shown.school_class
    found = []
    near = shown.main.place if shown.main else None
    if near and near.opened_before:
        found.append(Act("上一周期", f"?on={near.opened_before}", icon="chevron-left"))
    if near and near.opens_after:
        found.append(Act("下一周期", f"?on={near.opens_after}", icon="chevron-right"))
    if reaches_class(request.user, klass, Permission.CLASS_EXPORT, at=request.at):
        when = f"?on={shown.main.period.opens}" if shown.main else ""
        file, paper = (reverse(f"listening:{name}", args=[klass.uid]) for name in ("class-report-file", "class-report"))
        found.append(Act("导出 Excel", f"{file}{when}", icon="table-export", desk=True))
        found.append(Act("打印", f"{paper}{when}", icon="printer", desk=True))
    if reaches_class(request.user, klass, Permission.PEER_ACTIVITY, at=request.at):
        found.append(Act("同伴活动", reverse("listening:peers", args=[klass.uid]), icon="users"))
    if reaches_class(request.user, klass, Permission.CONVERSATION_CREATE, at=request.at):
        found.append(Act("整班录入", reverse("listening:sheet", args=[klass.uid]), icon="list-check"))
    if can_log:
        found.append(
            Act("记一次", f"{reverse('listening:new')}?class={shown.school_class.uid}", icon="plus", main=True)
        )
    return found


def _more(*, day: date, today: date, rule: UUID | None) -> str:
    """What a filter keeps of the address."""
    return ("" if day == today else f"&on={day}") + (f"&rule={rule}" if rule else "")


def _filters(kinds: list[set[str]], show: str, *, more: str) -> list[tuple[str, str, bool, int]]:
    """The chips above the board, each with as many rows as it says; those without a row are left out."""
    counts = Counter(kind for has in kinds for kind in has)
    return [
        (f"{word} {counts[key]}", f"?show={key}{more}", key == show, counts[key])
        for key, word in SHOWS.items()
        if counts[key] or key in ("all", show)
    ]


def _day(text: str | None, otherwise: date | None) -> date | None:
    try:
        return (parse_date(text) if text else None) or otherwise
    except ValueError:
        return otherwise


def _uuid(text: str | None) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as reason:
        raise Http404 from reason
