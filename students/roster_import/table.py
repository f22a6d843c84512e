"""What is kept of an uploaded file: students and the nine columns that the roster needs. Pure; JSON both ways."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

LARGEST_FILE = 10 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 200


class NotARoster(Exception):
    """The file cannot be read as a roster. `sentence` says in Chinese what to do about it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Field(StrEnum):
    """The columns that are kept; all others end in the reader."""

    NAME = "name"
    CLASS = "class"
    GRADE = "grade"
    NATIONAL_NUMBER = "national_number"
    SCHOOL_NUMBER = "school_number"
    GENDER = "gender"
    GUARDIAN_NAME = "guardian_name"
    GUARDIAN_RELATION = "guardian_relation"
    GUARDIAN_PHONE = "guardian_phone"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Mapping[Field, str] = {
    Field.NAME: "姓名",
    Field.CLASS: "班级",
    Field.GRADE: "年级",
    Field.NATIONAL_NUMBER: "学籍号",
    Field.SCHOOL_NUMBER: "学号",
    Field.GENDER: "性别",
    Field.GUARDIAN_NAME: "监护人姓名",
    Field.GUARDIAN_RELATION: "监护人关系",
    Field.GUARDIAN_PHONE: "监护人电话",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file by its own number, counted from 1 as the spreadsheet does."""

    number: int
    cells: Mapping[Field, str]
    skipped: str = ""  # why this row is no student: 合计, 示例, 重复的表头

    def __getitem__(self, wanted: Field) -> str:
        return self.cells.get(wanted, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet with a header that has 姓名."""

    title: str
    header_row: int
    labels: tuple[str, ...]  # all column heads, made unique, for a person to choose from
    columns: Mapping[Field, str]  # which head was taken for which field
    relation: str  # 父亲 where the guardian's columns say so, else empty
    class_text: str  # the class that a title row, the sheet's title or the file's name gives
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A file as read: kind of file, encoding of a text file, sheets with students, titles of the sheets left out."""

    kind: str  # xlsx, xls, csv
    encoding: str  # UTF-8, GB18030, UTF-16; empty for workbooks
    sheets: tuple[Sheet, ...]
    left_out: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Plain values, to be kept until the person confirms."""
        return {
            "kind": self.kind,
            "encoding": self.encoding,
            "left_out": list(self.left_out),
            "sheets": [
                {
                    "title": sheet.title,
                    "header_row": sheet.header_row,
                    "labels": list(sheet.labels),
                    "columns": dict(sheet.columns),
                    "relation": sheet.relation,
                    "class_text": sheet.class_text,
                    "remarks": list(sheet.remarks),
                    "rows": [[row.number, dict(row.cells), row.skipped] for row in sheet.rows],
                }
                for sheet in self.sheets
            ],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        return cls(
            kind=kept["kind"],
            encoding=kept["encoding"],
            left_out=tuple(kept["left_out"]),
            sheets=tuple(
                Sheet(
                    title=sheet["title"],
                    header_row=sheet["header_row"],
                    labels=tuple(sheet["labels"]),
                    columns={Field(name): label for name, label in sheet["columns"].items()},
                    relation=sheet["relation"],
                    class_text=sheet["class_text"],
                    remarks=tuple(sheet["remarks"]),
                    rows=tuple(
                        Row(number, {Field(name): text for name, text in cells.items()}, skipped)
                        for number, cells, skipped in sheet["rows"]
                    ),
                )
                for sheet in kept["sheets"]
            ),
        )
