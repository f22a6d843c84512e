"""A school's trail as xlsx."""

import io
from collections.abc import Iterable

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

from reports.trail import Line

COLUMNS = ("时间", "谁", "做了什么", "对象", "说明")
WIDTHS = {"A": 18, "B": 14, "C": 32, "D": 16, "E": 24}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


def workbook(lines: Iterable[Line]) -> bytes:
    """One row a line; each cell a text, so that nothing that somebody was named can start a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("留痕")
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"

    def text(words: str) -> WriteOnlyCell:
        cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", words))
        if words:
            cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = words.startswith(FORMULA)
        return cell

    sheet.append([text(label) for label in COLUMNS])
    for line in lines:
        when = timezone.localtime(line.at).strftime("%Y-%m-%d %H:%M")
        sheet.append([text(one) for one in (when, line.who, line.words, line.about, line.detail)])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
