"""CSV and its kin as one page of text: which encoding, which separator. Pure."""

import csv
import io
import re

from students.roster_import.kinds import NO_TABLE
from students.roster_import.table import NotARoster
from students.roster_import.workbooks import Page

MIXED = "文件里混着两种文字编码，有些名字会变成乱码。请用 Excel 或 WPS 打开核对，另存为 .xlsx 后再上传。"
UNREADABLE = "认不出这个文件的文字编码。请用 Excel 或 WPS 打开它，另存为 .xlsx 后再上传。"
OPEN_QUOTE = "第 {number} 行有一个没有成对的引号，后面的行读不出来。请删掉它，或另存为 .xlsx 后再上传。"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SEPARATORS = (",", "\t", ";", "|", "，")
MOST_LINES_IN_A_CELL = 20


def text_page(content: bytes) -> tuple[Page, str]:
    """The page, and the encoding by its usual name."""
    text, encoding = decode(content)
    if text.count("\ufffd") > 5 or len(_CONTROL.findall(text)) * 20 > len(text):
        raise NotARoster(NO_TABLE)
    text = _CONTROL.sub("", text)
    page = Page("")
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)), 1):
            if any(cell.count("\n") > MOST_LINES_IN_A_CELL for cell in cells):
                raise NotARoster(OPEN_QUOTE.format(number=number))
            page.add(number, ((place, cell.strip()) for place, cell in enumerate(cells)))
    except csv.Error as broken:
        raise NotARoster(OPEN_QUOTE.format(number=len(page.rows) + 1)) from broken
    return page, encoding


def decode(content: bytes) -> tuple[str, str]:
    """UTF-8, UTF-16 or GB18030. A file that mixes UTF-8 and GB18030 is refused: one half would be read wrongly."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            return _strict(content[2:], encoding), "UTF-16"
    content = content.removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in content:
        for encoding in ("utf-16-le", "utf-16-be"):
            text = _strict_or_none(content, encoding)
            if text is not None and "姓" in text:
                return text, "UTF-16"
    text = _strict_or_none(content, "utf-8")
    if text is not None:
        return text, "UTF-8"
    for line in content.splitlines():
        if not line.isascii() and _HAN.search(_strict_or_none(line, "utf-8") or ""):
            raise NotARoster(MIXED)
    return _strict(content, "gb18030"), "GB18030"


def _strict(content: bytes, encoding: str) -> str:
    text = _strict_or_none(content, encoding)
    if text is None:
        raise NotARoster(
            NO_TABLE if len(_CONTROL.findall(content.decode("latin-1"))) * 20 > len(content) else UNREADABLE
        )
    return text


def _strict_or_none(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _separator(text: str) -> str:
    """The one that cuts the line with 姓名 (else the first line) into most pieces."""
    lines = [line for line in text.splitlines()[:40] if line.strip()]
    header = next(
        (line for line in lines if "姓名" in re.sub(r"\s", "", line) and any(mark in line for mark in _SEPARATORS)), ""
    )
    header = header or (lines[0] if lines else "")
    return max(_SEPARATORS, key=header.count)
