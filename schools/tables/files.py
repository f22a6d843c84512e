"""A table as xlsx, with the mark of whoever took it away on every page of paper."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

LONGEST = 32_767  # letters of one cell
# What a spreadsheet would take for a formula, also as an East Asian keyboard writes it, and before spaces.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠|]|[\t\r\n]")
NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")  # openpyxl leaves these, and the file would not open


@dataclass(frozen=True, slots=True)
class Mark:
    """Who took it away, when, of which school, and what for."""

    school: str
    who: str
    when: str  # 2025-11-18 12:40
    why: str

    @property
    def line(self) -> str:
        return f"{self.school} · {self.who} 导出于 {self.when} · 用途：{self.why}"


@dataclass(frozen=True, slots=True)
class FileColumn:
    heading: str
    width: int


SECRET = "内部资料，注意保密"


def workbook(title: str, columns: Sequence[FileColumn], rows: Iterable[Sequence[str]], mark: Mark) -> bytes:
    """Title, mark and heads on every page of paper; each cell a text, so that nothing written can start a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    _for_paper(sheet, mark)
    sheet.append([text_cell(sheet, title, bold=True)])
    sheet.append([text_cell(sheet, f"{mark.line} · {SECRET}")])
    sheet.append([text_cell(sheet, one.heading, bold=True) for one in columns])
    for row in rows:
        sheet.append([text_cell(sheet, one) for one in row])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def text_cell(sheet: Any, words: str, *, bold: bool = False) -> Any:
    """A cell that is a text whatever it begins with; a number stays as it was written, zeros in front and all."""
    plain = NOT_XML.sub("", ILLEGAL_CHARACTERS_RE.sub("", words))[:LONGEST]
    cell = WriteOnlyCell(sheet, value=plain)
    if plain:
        cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = bool(FORMULA.match(plain))  # it stays a text when somebody edits the cell
    if bold:
        cell.font = Font(bold=True)
    return cell


def _for_paper(sheet: Any, mark: Mark) -> None:
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = "9"  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    # & begins an order to the printer.
    sheet.oddHeader.center.text = f"{mark.school}  {mark.who}  {mark.when}".replace("&", "&&")
    sheet.oddFooter.center.text = f"{SECRET}  第&P页 共&N页"
