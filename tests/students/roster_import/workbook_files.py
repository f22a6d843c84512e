"""Small roster files, made in the test, with the quirks of real ones."""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

Rows = Sequence[Sequence[object]]


def xlsx(sheets: Mapping[str, Rows] | Rows, *, touch: Callable[[Worksheet], None] | None = None) -> bytes:
    """A workbook; `touch` may do to its last sheet what rows cannot say."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in (sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}).items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    if touch is not None:
        touch(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(rows: Rows) -> bytes:
    """The oldest kind of .xls, a bare stream of records: enough to hold text and numbers."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    out = record(0x09, struct.pack("<HH", 2, 0x10)) + record(0x42, struct.pack("<H", 936))
    for at, row in enumerate(rows):
        for place, value in enumerate(row):
            where = struct.pack("<HH", at, place) + bytes(3)
            if isinstance(value, int | float):
                out += record(0x03, where + struct.pack("<d", value))
            else:
                text = str(value).encode("gbk")
                out += record(0x04, where + bytes([len(text)]) + text)
    return out + record(0x0A, b"")


def csv_text(rows: Rows, separator: str = ",") -> str:
    return "".join(separator.join(map(str, row)) + "\r\n" for row in rows)


def zip_of(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name.replace("__", "/"), content)
    return out.getvalue()
