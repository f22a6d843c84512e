"""Excel workbooks, new and old, as pages of text. Runs in the reader's child process: see worker.py.

Only cells that exist are walked, so a lone cell in the last corner or a merge over the whole sheet costs nothing.
"""

import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import xlrd
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet._reader import WorkSheetParser

from students.roster_import.columns import RawRow
from students.roster_import.kinds import BROKEN, LOCKED
from students.roster_import.table import MOST_COLUMNS, MOST_ROWS, NotARoster

EXACT_BELOW = 10**15  # a spreadsheet keeps 15 digits, what is longer has lost its end
MOST_SHEETS = 100
MOST_MERGES = 5000
LONGEST_CELL = 300


@dataclass(slots=True)
class Page:
    """One sheet: its filled rows, and the merges down one column as (column, first row, last row)."""

    title: str
    rows: list[RawRow] = field(default_factory=list)
    merges: list[tuple[int, int, int]] = field(default_factory=list)
    hidden: bool = False

    def add(self, number: int, cells: Iterable[tuple[int, str]]) -> None:
        """Keep a row by its number and its cells by their place from 0; empty ones take no room."""
        filled = {place: text[:LONGEST_CELL] for place, text in cells if text}
        if not filled:
            return
        width = max(filled) + 1
        if number > MOST_ROWS:
            raise NotARoster(
                f"第 {number} 行还有内容，一次最多读 {MOST_ROWS} 行。请删掉名单以外的行，或分成几个文件再上传。"
            )
        if width > MOST_COLUMNS:
            raise NotARoster(
                f"第 {number} 行的第 {width} 列还有内容，最多读 {MOST_COLUMNS} 列。请删掉名单以外的列，保存后再上传。"
            )
        self.rows.append((number, tuple(filled.get(place, "") for place in range(width))))


def xlsx_pages(content: bytes) -> list[Page]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _xlsx_pages(content)
        except (NotARoster, MemoryError):
            raise
        except Exception as broken:  # openpyxl answers a broken part with whatever it stumbled over
            raise NotARoster(BROKEN) from broken


def _xlsx_pages(content: bytes) -> list[Page]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    pages = []
    for sheet in book.worksheets[:MOST_SHEETS]:
        page = Page(sheet.title, hidden=sheet.sheet_state != "visible")
        with sheet._get_source() as source:
            parser = WorkSheetParser(
                source,
                sheet._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for number, cells in parser.parse():
                page.add(number, ((cell["column"] - 1, _text(cell["value"], cell, book)) for cell in cells))
        merged = parser.merged_cells.mergeCell[:MOST_MERGES] if parser.merged_cells else ()
        for one in merged:
            left, top, right, bottom = range_boundaries(one.ref)
            if left == right:
                page.merges.append((left - 1, top, bottom))
        pages.append(page)
    return pages


def _text(value: Any, cell: dict[str, Any], book: Any) -> str:
    if value is None or cell["data_type"] == "e":
        return ""
    if isinstance(value, float) and not value.is_integer():
        places = _decimals(cell["style_id"], book)
        return f"{value:.{places}f}" if places else repr(value)
    return as_text(value)


def _decimals(style: int, book: Any) -> int:
    """7.10 is stored as 7.1; only the cell's format knows of the last digit."""
    number_format = book._cell_styles[style].numFmtId
    pattern = "0.00" if number_format == 2 else ""
    if number_format >= 164:
        pattern = book._number_formats[number_format - 164]
    found = re.match(r"0\.(0+)(?:_|$)", pattern)
    return len(found[1]) if found else 0


def as_text(value: Any) -> str:
    """A cell as a person sees it; a number of more than 15 digits in scientific notation, for its end is lost."""
    match value:
        case bool():
            return "是" if value else "否"
        case int() | float():
            if abs(value) >= EXACT_BELOW or value != value:
                return f"{value:.5E}"
            return str(int(value)) if float(value).is_integer() else repr(value)
        case datetime():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
    return str(value).strip()


def xls_pages(content: bytes) -> list[Page]:
    book = _open_xls(content)
    try:
        return [_xls_page(book, book.sheet_by_index(place)) for place in range(min(book.nsheets, MOST_SHEETS))]
    except (NotARoster, MemoryError):
        raise
    except Exception as broken:  # xlrd answers a broken record with whatever it stumbled over
        raise NotARoster(BROKEN) from broken


def _open_xls(content: bytes) -> Any:
    with Path("/dev/null").open("w") as silent:
        for formats in (True, False):  # merges are read with formats only; some files have broken formats
            try:
                return xlrd.open_workbook(
                    file_contents=content, logfile=silent, formatting_info=formats, ragged_rows=True
                )
            except MemoryError:
                raise
            except Exception as broken:
                if "encrypt" in str(broken).lower() or "password" in str(broken).lower():
                    raise NotARoster(LOCKED) from broken
                if not formats:
                    raise NotARoster(BROKEN) from broken
    raise NotARoster(BROKEN)


def _xls_page(book: Any, sheet: Any) -> Page:
    page = Page(sheet.name, hidden=sheet.visibility != 0)
    for index in range(sheet.nrows):
        page.add(index + 1, ((place, _xls_text(book, cell)) for place, cell in enumerate(sheet.row(index))))
    for top, bottom, left, right in sheet.merged_cells[:MOST_MERGES]:
        if right - left == 1:
            page.merges.append((left, top + 1, bottom))
    return page


def _xls_text(book: Any, cell: Any) -> str:
    match cell.ctype:
        case xlrd.XL_CELL_DATE:
            try:
                return as_text(xlrd.xldate_as_datetime(cell.value, book.datemode))
            except (ValueError, OverflowError):
                return as_text(cell.value)
        case xlrd.XL_CELL_ERROR | xlrd.XL_CELL_EMPTY | xlrd.XL_CELL_BLANK:
            return ""
        case xlrd.XL_CELL_BOOLEAN:
            return as_text(bool(cell.value))
    return as_text(cell.value)
