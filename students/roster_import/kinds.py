"""What a file is, told by its bytes and never by its name; what is no table is answered with one sentence. Pure."""

import io
import re
import zipfile
from typing import Literal

from students.roster_import.table import NotARoster

Kind = Literal["xlsx", "xls", "csv"]
MOST_UNPACKED = 80 * 1024 * 1024
MOST_PARTS = 3000

EMPTY = "这个文件是空的。请选有学生名单的文件再上传。"
TOO_LARGE = "文件超过 10 MB。请只留学生名单（去掉照片和其他工作表），另存后再上传。"
BOMB = "文件解开以后太大，没有读取。请把名单复制到一个新的表格里，保存后再上传。"
TOO_SLOW = "读这个文件花的时间太长，已经停下。请把名单复制到一个新的表格里，保存后再上传。"
TOO_MUCH = "文件里的内容太多，没有读完。请把名单复制到一个新的表格里，保存后再上传。"
BROKEN = "文件不完整或已损坏，打不开。请用 Excel 或 WPS 打开原文件，另存为 .xlsx 后再上传。"
LOCKED = "文件加了密码，读不了。请用 Excel 或 WPS 打开，去掉密码另存后再上传。"
PICTURE = "这是一张图片，不是表格。请上传 Excel（.xlsx、.xls）或 CSV 文件。"
PDF = "这是 PDF 文件，不是表格。请上传 Excel（.xlsx、.xls）或 CSV 文件。"
WORD = "这是 Word 文件，不是表格。请把名单复制到 Excel 或 WPS 表格里，保存后再上传。"
SLIDES = "这是演示文稿，不是表格。请上传 Excel（.xlsx、.xls）或 CSV 文件。"
WEB_PAGE = "这是网页格式的文件，只是名字像表格。请用 Excel 或 WPS 打开它，另存为 .xlsx 后再上传。"
OTHER_TABLE = "这种表格格式还读不了。请用 Excel 或 WPS 打开它，另存为 .xlsx 后再上传。"
ARCHIVE = "这是压缩包。请先解压，再上传里面的名单文件。"
NO_TABLE = "这不是表格文件。请上传 Excel（.xlsx、.xls）或 CSV 文件。"

_START = (
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"II*\x00", PICTURE),
    (b"MM\x00*", PICTURE),
    (b"RIFF", PICTURE),
    (b"%PDF", PDF),
    (b"{\\rtf", WORD),
    (b"Rar!", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_EXCEL = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00\x04\x00")
_WEB = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*(?:<!doctype\s+html|<html|<head|<body|<table|<meta|<style|<div|<\?xml|mime-version:)",
    re.I | re.S,
)


def kind_of(content: bytes) -> Kind:
    """xlsx, xls or csv (any text); NotARoster for everything else. A zip's sizes are summed, nothing is unpacked."""
    if not content.strip(b"\x00\x09\x0a\x0d\x20\xef\xbb\xbf\xfe\xff"):
        raise NotARoster(EMPTY)
    for start, sentence in _START:
        if content.startswith(start):
            raise NotARoster(sentence)
    if content.startswith(b"BM") and int.from_bytes(content[2:6], "little") == len(content):
        raise NotARoster(PICTURE)
    if content[4:8] == b"ftyp":
        raise NotARoster(PICTURE)
    if content.startswith(b"PK"):
        return _zip(content)
    if content.startswith(_OLE):
        return _compound(content)
    if content.startswith(_OLD_EXCEL):
        return "xls"
    if _WEB.match(content[:4096].removeprefix(b"\xef\xbb\xbf")):
        raise NotARoster(WEB_PAGE)
    return "csv"


def _zip(content: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as broken:
        raise NotARoster(BROKEN) from broken
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise NotARoster(BOMB)
    names = {part.filename.replace("\\", "/").lstrip("/").lower() for part in parts}
    if any(name.startswith("word/") for name in names):
        raise NotARoster(WORD)
    if any(name.startswith("ppt/") for name in names):
        raise NotARoster(SLIDES)
    if "xl/workbook.bin" in names or "content.xml" in names or any(name.startswith("index/") for name in names):
        raise NotARoster(OTHER_TABLE)
    if not any(name.startswith("xl/") for name in names):
        raise NotARoster(ARCHIVE)
    if any(part.flag_bits & 1 for part in parts):
        raise NotARoster(LOCKED)
    return "xlsx"


def _compound(content: bytes) -> Kind:
    """Old Office files share one container; the names of its streams tell them apart."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in content

    if holds("EncryptedPackage"):
        raise NotARoster(LOCKED)
    if holds("Workbook") or holds("Book"):
        return "xls"
    if holds("WordDocument"):
        raise NotARoster(WORD)
    if holds("PowerPoint Document"):
        raise NotARoster(SLIDES)
    raise NotARoster(BROKEN if len(content) < 2048 else NO_TABLE)
