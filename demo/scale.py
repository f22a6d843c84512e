"""How large the county is: the full one for visitors, a small one for quick tests."""

from dataclasses import dataclass

from demo.words.notes import Stage
from schools.models import School


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """One school: its grades, with so many classes each, and so many students a class."""

    code: str
    name: str
    stage: School.Stage
    system: School.System
    grades: range
    classes: int
    size: int

    def writes_as(self, grade: int) -> Stage:
        """The stage of the children of a grade, as the word material has it."""
        last_primary = 5 if self.system == School.System.FIVE_FOUR else 6
        return "primary" if grade <= last_primary else "junior"


@dataclass(frozen=True, slots=True)
class Scale:
    """The schools of the county; the first one is where the named people work and learn."""

    schools: tuple[SchoolPlan, ...]


def county(*, junior: tuple[range, int, int], primary: tuple[range, int, int], nine: tuple[range, int, int]) -> Scale:
    """The three schools; each triple is grades, classes a grade, students a class."""
    return Scale(
        (
            SchoolPlan("qj", "清江中学", School.Stage.JUNIOR, School.System.SIX_THREE, *junior),
            SchoolPlan("ll", "柳林镇中心小学", School.Stage.PRIMARY, School.System.SIX_THREE, *primary),
            SchoolPlan("dh", "东湖学校", School.Stage.NINE_YEAR, School.System.FIVE_FOUR, *nine),
        )
    )


FULL = county(junior=(range(7, 10), 12, 45), primary=(range(1, 7), 2, 40), nine=(range(1, 10), 2, 40))
SMALL = county(junior=(range(7, 9), 2, 30), primary=(range(1, 2), 1, 8), nine=(range(6, 7), 1, 8))
