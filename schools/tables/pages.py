"""One page of a table, ready for `components/table.html`."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.access import Request
from schools.permissions import holds, memberships_of
from schools.tables.columns import Column, Empty, Head, Look, Table
from schools.tables.filters import Filters

M = TypeVar("M", bound=Model)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column; `url` sorts by it."""

    label: str
    look: Look
    url: str = ""
    sorted: str = ""  # ascending or descending, as aria-sort has it


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    look: Look
    label: str = ""
    url: str = ""
    says: str = ""
    opens_panel: bool = False
    template: str = ""
    row: Any = None


@dataclass(frozen=True, slots=True)
class Band:
    """The rows under one heading; all of them where the table has no groups."""

    head: Head | None
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the template reads."""

    title: str
    unit: str
    unit_in_group: str
    page: Page[Any]
    headings: list[Heading]
    bands: list[Band]
    empty: Empty
    look: Filters | None
    sort: str
    query: str  # what a link to another page keeps
    export_url: str
    watermark: str  # for whoever prints the page

    @property
    def count(self) -> int:
        """Of all the pages."""
        return self.page.paginator.count

    @property
    def is_narrow(self) -> bool:
        return bool(self.look and self.look.said)

    @property
    def asks(self) -> bool:
        """Whether there is anything to choose from."""
        return self.look is not None and bool(self.look.visible_fields()) and (self.count > 0 or self.is_narrow)

    @property
    def sorts(self) -> list[Heading]:
        """The same heads as chips, where the head of the table has no room."""
        return [one for one in self.headings if one.url]


def shown(
    table: Table[M, R], request: Request, rows: QuerySet[M], *, look: Filters | None, export_url: str, empty: Empty
) -> Shown:
    """Two queries, and those of `dress`."""
    columns = table.columns_for(request.user, at=request.at)
    sort = table.sort_of(request.GET.get("sort", ""), columns)
    said = look.said if look else {}
    page = Paginator(table.sorted(rows, sort, columns), table.per_page).get_page(request.GET.get("page"))
    dressed = table.dress(list(page), request.user, request.at)
    on_page = [
        one for one in columns if one.shown and not (one.only_if_any and not any(one.text(row) for row in dressed))
    ]
    kept = urlencode(said | ({"sort": sort} if sort else {}))
    may_take = export_url and table.take and holds(request.user, table.take.permission, at=request.at)
    return Shown(
        title=table.title,
        unit=table.unit,
        unit_in_group=table.unit_in_group,
        page=page,
        headings=[_heading(one, sort, said) for one in on_page],
        bands=_bands(table, dressed, on_page),
        empty=table.not_found if said else empty,
        look=look,
        sort=sort,
        query=kept,
        export_url=f"{export_url}?{kept}" if may_take and kept else export_url if may_take else "",
        watermark=_watermark(request),
    )


def _heading(column: Column[R], sort: str, said: dict[str, str]) -> Heading:
    if not column.order:
        return Heading(column.heading, column.look)
    is_down = sort == column.key
    url = urlencode(said | {"sort": f"-{column.key}" if is_down else column.key})
    way = "ascending" if is_down else "descending" if sort == f"-{column.key}" else ""
    return Heading(column.heading, column.look, f"?{url}", way)


def _bands(table: Table[M, R], rows: Sequence[R], columns: Sequence[Column[R]]) -> list[Band]:
    def cells(some: Any) -> list[list[Cell]]:
        return [[_cell(column, row) for column in columns] for row in some]

    if table.group is None:
        return [Band(None, cells(rows))] if rows else []
    return [Band(head, cells(some)) for head, some in groupby(rows, key=table.group)]


def _cell(column: Column[R], row: R) -> Cell:
    return Cell(
        text=column.text(row),
        look=column.look,
        label=column.heading if column.label_on_phone else "",
        url=column.url(row) if column.url else "",
        says=column.says(row) if column.says else "",
        opens_panel=column.opens_panel,
        template=column.template,
        row=row,
    )


def _watermark(request: Request) -> str:
    """Who has this on paper. Memberships were asked for already."""
    held = memberships_of(request.user, at=request.at)
    schools = dict.fromkeys(one.school.name for one in held if one.school)
    when = f"{timezone.localtime(request.at):%Y-%m-%d %H:%M}"
    return " · ".join([*schools, f"{request.user.name} 打印于 {when}", "内部资料，注意保密"])
