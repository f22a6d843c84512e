"""What a plan is made from and of: the school as it is, the person's answers, what would happen to each row. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from students.roster_import.classes import ClassName, Stage, System
from students.roster_import.table import Field

Key = int | str


class Kind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"
    SKIPPED = "skipped"
    ASK = "ask"

    @property
    def label(self) -> str:
        return {
            "new": "新增",
            "changed": "有变化",
            "same": "无变化",
            "wrong": "有错",
            "skipped": "已跳过",
            "ask": "请您确认",
        }[self]


class Question(StrEnum):
    """What a person says once for the whole file; rows that hang on it are ASK until then."""

    GRADE = "grade"  # Answers.default_grade
    CLASS = "class"  # Answers.default_class
    COHORT = "cohort"  # Answers.cohort_grades, for each of Plan.cohorts

    @property
    def label(self) -> str:
        return {
            "grade": "这份名册是哪个年级的？",
            "class": "这份名册是几班的？",
            "cohort": "这一级（届）现在是几年级？",
        }[self]


@dataclass(frozen=True, slots=True)
class School:
    """Shape of the school and the year in whose September the school year begins."""

    year: int
    stage: Stage = Stage.JUNIOR
    system: System = System.SIX_THREE


@dataclass(frozen=True, slots=True)
class Answers:
    """`same` says of a row (RowPlan.key) which student it is (str of the key), or "" for a new one."""

    default_grade: int | None = None
    default_class: int | None = None
    cohort_grades: Mapping[str, int] = field(default_factory=dict)  # "2023级": 9
    same: Mapping[str, str] = field(default_factory=dict)
    renamed: bool | None = None  # whether the children of Plan.renamed are the same ones


@dataclass(frozen=True, slots=True)
class ExistingClass:
    """A class of this school year, or of another one, which is then named."""

    key: Key
    grade: int
    number: int
    year: str = ""

    @property
    def display(self) -> str:
        name = ClassName(self.grade, self.number).display
        return f"{name}（{self.year}）" if self.year else name


@dataclass(frozen=True, slots=True)
class ExistingGuardian:
    name: str = ""
    phone: str = ""
    relation: str = ""
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class ExistingStudent:
    key: Key
    name: str
    class_key: Key | None = None
    national_number: str = ""
    school_number: str = ""
    gender: str = ""  # 男, 女 or empty
    guardians: tuple[ExistingGuardian, ...] = ()
    away: str = ""  # 休学 or 转出, now

    @property
    def numbered(self) -> bool:
        return bool(self.national_number or self.school_number)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, read: a child in a class. Empty text is unknown and erases nothing."""

    sheet: str
    number: int
    name: str
    school_class: ClassName
    national_number: str = ""
    school_number: str = ""
    gender: str = ""
    guardian_name: str = ""
    guardian_relation: str = ""
    guardian_phone: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return row_key(self.sheet, self.number)

    @property
    def numbered(self) -> bool:
        return bool(self.national_number or self.school_number)

    @property
    def details(self) -> int:
        """How much the row says beside name and class."""
        return sum(map(bool, (self.gender, self.guardian_name, self.guardian_relation, self.guardian_phone)))


def row_key(sheet: str, number: int) -> str:
    return f"{sheet}:{number}"


@dataclass(frozen=True, slots=True)
class Change:
    field: Field
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A student that an ASK row may be."""

    key: Key
    name: str
    class_name: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A class of the file most of whose children are, name by name, in one class that the file does not have."""

    now: str
    then: str
    count: int


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What would happen to one row. `entry` is there for NEW, CHANGED, SAME and for an ASK about the person."""

    sheet: str
    number: int
    kind: Kind
    name: str = ""
    entry: Entry | None = None
    student: Key | None = None  # the one that is SAME or CHANGED
    guardian: Key | None = None  # the guardian that the changes of guardian fields are about; None: a further one
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    reason: str = ""  # of WRONG, SKIPPED and ASK
    fault: Field | None = None  # the cell that makes it WRONG
    candidates: tuple[Candidate, ...] = ()

    @property
    def key(self) -> str:
        return row_key(self.sheet, self.number)


@dataclass(frozen=True, slots=True)
class Plan:
    """All rows in the order of the file. Nothing is written by making it."""

    rows: tuple[RowPlan, ...]
    new_classes: tuple[ClassName, ...] = ()
    questions: frozenset[Question] = frozenset()
    cohorts: tuple[str, ...] = ()  # 2023级 …, whose grade is asked
    renamed: tuple[Renamed, ...] = ()  # classes whose children stand in another one; asked once for the file
    missing: tuple[Candidate, ...] = ()  # in a class of the file, but not in the file; left alone

    def of(self, kind: Kind) -> tuple[RowPlan, ...]:
        return tuple(row for row in self.rows if row.kind is kind)

    def counts(self) -> dict[Kind, int]:
        return {kind: len(self.of(kind)) for kind in Kind}
