"""Taking a table away: with a reason, up to as many rows as the role may, with a mark on it and a row in the trail."""

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django import forms
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header

from accounts.access import Request
from privacy import actions as privacy
from schools.models import School
from schools.permissions import granting
from schools.roles import Role
from schools.tables.columns import Column, Table
from schools.tables.files import FileColumn, Mark, workbook
from schools.tables.filters import Filters

M = TypeVar("M", bound=Model)
R = TypeVar("R")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS: dict[Role, int] = {Role.HEAD_TEACHER: 500, Role.COUNSELOR: 2_000, Role.REGISTRAR: 5_000}
"""Of one file. Who is not named takes none away: a class, the grades in charge, a school."""
REASONS = ("安排倾听和补谈", "班级或年级工作", "核对名单", "会议讨论", "上级检查")
AT_ONCE = 500  # rows that are dressed together


class ExportForm(forms.Form):
    """Why. One of a few stands in the trail; free words could name a child, and go on the file alone."""

    why = forms.ChoiceField(
        label="为什么要导出",
        choices=[(one, one) for one in REASONS],
        widget=forms.RadioSelect,
        error_messages={"required": "选一个原因，会记进留痕。", "invalid_choice": "选一个原因，会记进留痕。"},
    )
    words = forms.CharField(
        label="再写一句",
        required=False,
        max_length=60,
        help_text="可不填。印在文件的第二行，别人看到就知道作什么用；系统里不留。",
        error_messages={"max_length": "请写在 60 个字以内。"},
    )


def most_rows(request: Request, table: Table[Any, Any]) -> int:
    """How many rows this person may take away of this table: by the roles that carry the right, the most of them."""
    assert table.take is not None
    held = granting(request.user, table.take.permission, at=request.at)
    return max((MOST_ROWS.get(Role(one.role), 0) for one, _ in held), default=0)


def take_away(
    request: Request,
    table: Table[M, R],
    sources: Sequence[tuple[School, QuerySet[M]]],
    *,
    look: Filters,
    back_url: str,
) -> HttpResponse:
    """GET asks for the reason, POST answers with the file. `sources`: what may leave, school by school."""
    assert table.take is not None
    columns = table.columns_for(request.user, at=request.at)
    sort = table.sort_of(request.GET.get("sort", ""), columns)
    count, most = sum(rows.order_by().count() for _, rows in sources), most_rows(request, table)
    form = ExportForm(request.POST if request.method == "POST" else None)
    too_many = f"现在是 {count} 行，一次最多导出 {most} 行。{table.take.narrow}" if count > most else ""
    if request.method == "POST" and form.is_valid():
        if not count:
            form.add_error(None, "没有可以导出的。换一个条件再试。")
        elif too_many:
            form.add_error(None, too_many)
        else:
            return _file(request, table, sources, columns=columns, sort=sort, form=form)
    kept = urlencode(look.said | ({"sort": sort} if sort else {}))
    context = {
        "table": table,
        "form": form,
        "count": count,
        "too_many": "" if form.errors else too_many,
        "headings": [one.heading for one in columns if one.exported],
        "is_narrow": bool(look.said),
        "back_url": f"{back_url}?{kept}" if kept else back_url,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "components/table_export.html", context, status=status)


def _file(
    request: Request,
    table: Table[M, R],
    sources: Sequence[tuple[School, QuerySet[M]]],
    *,
    columns: Sequence[Column[R]],
    sort: str,
    form: ExportForm,
) -> HttpResponse:
    assert table.take is not None
    now = timezone.localtime(request.at)
    why, words = form.cleaned_data["why"], form.cleaned_data["words"]
    mark = Mark(
        school="、".join(school.name for school, _ in sources),
        who=request.user.name,
        when=f"{now:%Y-%m-%d %H:%M}",
        why=f"{why}（{words}）" if words else why,
    )
    taken = [one for one in columns if one.exported]
    lines: list[list[str]] = []
    with transaction.atomic():
        for school, rows in sources:
            own = _dressed(request, table, table.sorted(rows, sort, columns))
            if own:
                privacy.record(
                    by_id=request.user.pk,
                    verb=table.take.verb,
                    at=request.at,
                    school_id=school.pk,
                    kind="list",
                    detail=f"{len(own)} 行，{why}",
                )
            lines += [[column.text(row) for column in taken] for row in own]
    heads = [FileColumn(one.heading, one.width) for one in taken]
    answer = HttpResponse(workbook(table.title, heads, lines, mark), content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, f"{table.title}_{now:%Y-%m-%d}.xlsx")
    answer["Cache-Control"] = "no-store"
    return answer


def _dressed(request: Request, table: Table[M, R], rows: QuerySet[M]) -> list[R]:
    found = list(rows)
    parts = [found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE)]
    return [row for part in parts for row in table.dress(part, request.user, request.at)]
