"""How a table is declared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.expressions import OrderBy

from accounts.access import Request
from accounts.models import User
from schools.permissions import Permission, holds
from schools.tables.filters import Filters

if TYPE_CHECKING:
    from schools.tables.pages import Shown

M = TypeVar("M", bound=Model)
R = TypeVar("R")
Order = str | OrderBy


class Look(StrEnum):
    """How a cell is drawn."""

    TEXT = ""
    NAME = "name"  # the heading of its row
    TAG = "tag"
    ACT = "act"  # what one can do with the row


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column. `text` is what stands in the cell, on the page and in the file."""

    key: str
    heading: str
    text: Callable[[R], str]
    order: tuple[Order, ...] = ()  # what it is sorted by; empty: it is not
    look: Look = Look.TEXT
    url: Callable[[R], str] | None = None  # "" where a row has no link
    says: Callable[[R], str] | None = None  # what the link says to a listener, where the text alone does not
    opens_panel: bool = False
    template: str = ""  # draws the cell on the page instead of the text; it is given `row`
    label_on_phone: bool = False  # the heading stands before the cell
    only_if_any: bool = False  # not drawn on a page on which it says nothing
    shown: bool = True
    exported: bool = True
    width: int = 14  # of the file, in letters
    seen_under: Permission | None = None  # None: whoever sees the table

    def __post_init__(self) -> None:
        assert self.look is not Look.ACT or not self.exported, "a link is no text of a file"


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of a group of rows."""

    title: str
    note: str = ""
    mark: str = ""  # which rows a figure that leads here counts: data-row of each
    is_open: bool = False  # the first one always is


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands there when there is no row."""

    title: str
    text: str
    art: str = "quarter"
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Take:
    """That a table may be taken away as a file, and by whom."""

    permission: Permission
    verb: str  # of the trail
    narrow: str  # how to ask for less, said to whom wanted too much
    says: str = ""  # what is in the file and what is not, said before it is made


NOT_FOUND = Empty("没有符合的", "换一个条件，或者看全部。", art="none")


@dataclass(frozen=True, slots=True)
class Table(Generic[M, R]):
    """One list of the house."""

    title: str
    columns: tuple[Column[R], ...]
    dress: Callable[[Sequence[M], User, datetime], list[R]]  # a row each, in the same order, in a few queries
    order: tuple[Order, ...]  # as it stands unless asked otherwise, and among equals; ends with pk
    empty: Empty
    not_found: Empty = NOT_FOUND
    unit: str = "位"
    unit_in_group: str = "位"
    per_page: int = 50
    group: Callable[[R], Head] | None = None
    group_order: tuple[Order, ...] = ()  # stands before any other order, so that groups stay whole
    take: Take | None = None

    def __post_init__(self) -> None:
        assert self.order[-1] in ("pk", "-pk"), "pages need an order without ties"

    def columns_for(self, person: User, *, at: datetime) -> list[Column[R]]:
        """Those that this person may see, on the page or in the file."""
        return [one for one in self.columns if one.seen_under is None or holds(person, one.seen_under, at=at)]

    def sort_of(self, asked: str, columns: Sequence[Column[R]]) -> str:
        """The key of the column that is sorted by, with - where the other way; "" where nothing was understood."""
        known = {one.key for one in columns if one.order and (one.shown or one.exported)}
        return asked if asked.removeprefix("-") in known else ""

    def sorted(self, rows: QuerySet[M], sort: str, columns: Sequence[Column[R]]) -> QuerySet[M]:
        """The rows in the order that was asked for."""
        column = next((one for one in columns if one.key == sort.removeprefix("-")), None)
        asked = column.order if column else ()
        if sort.startswith("-"):
            asked = tuple(reverse_of(one) for one in asked)
        return rows.order_by(*self.group_order, *asked, *self.order)

    def page(
        self,
        request: Request,
        rows: QuerySet[M],
        *,
        look: Filters | None = None,
        export_url: str = "",
        empty: Empty | None = None,
    ) -> "Shown":
        """One page of it, as the address asks; the way to the file for whoever may go it."""
        from schools.tables.pages import shown

        return shown(self, request, rows, look=look, export_url=export_url, empty=empty or self.empty)


def reverse_of(order: Order) -> Order:
    """The other way round. What has no value keeps its place at the end or the beginning."""
    if isinstance(order, str):
        return order.removeprefix("-") if order.startswith("-") else f"-{order}"
    nulls: dict[str, Any] = {"nulls_first": order.nulls_first, "nulls_last": order.nulls_last}
    return OrderBy(order.expression, descending=not order.descending, **nulls)
