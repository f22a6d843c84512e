"""名册导入, the part without a database: read a school's own file, plan what it would change.

    table = read_table(content, filename)                      # raises NotARoster(sentence)
    kept = table.to_json();  table = Table.from_json(kept)     # between upload and 确认
    made = plan(table, school=School(year=2025, stage=Stage.JUNIOR, system=System.SIX_THREE),
                existing=[ExistingStudent(…)], classes=[ExistingClass(…)], answers=Answers(…))
    made.counts(), made.of(Kind.WRONG), made.new_classes, made.questions, made.cohorts

- `read_table(…, chosen={Field.GUARDIAN_PHONE: "联系方式", Field.GRADE: ""})` reads again with the person's columns;
  the heads to choose from are `sheet.labels`, the guess is `sheet.columns`.
- A file that leaves out grade or class has `made.questions`: ask once, plan again with `Answers.default_grade`,
  `default_class` or `cohort_grades`. An ASK row with `candidates` wants `Answers.same[row.key]`: str of a
  student's key, or "" for a new child.
- `made.renamed` are classes whose children stand in another class (last year's, or a grade chosen wrongly): ask once,
  plan again with `Answers.renamed`. `made.missing` are in a class of the file but not in it: nothing happens to them.
- Write NEW (`row.entry`) and CHANGED (`row.student`, `row.changes`; `row.guardian` is the guardian that guardian
  changes are about, None for a further one). Leave WRONG, ASK, SKIPPED and SAME alone. `class_keys(classes)` finds
  the class of an entry; `made.new_classes` are to be made first.

The file is parsed in a child process with limits of time and memory; columns that the roster does not need (marks,
identity numbers, addresses) end there. This package imports no Django, so that the child starts fast.
"""

from students.roster_import.classes import ClassName, Stage, System, parse_class, parse_grade
from students.roster_import.facts import (
    Answers,
    Candidate,
    Change,
    Entry,
    ExistingClass,
    ExistingGuardian,
    ExistingStudent,
    Kind,
    Plan,
    Question,
    Renamed,
    RowPlan,
    School,
)
from students.roster_import.planning import class_keys, plan
from students.roster_import.reading import read_table
from students.roster_import.table import Field, NotARoster, Row, Sheet, Table

__all__ = [
    "Answers",
    "Candidate",
    "Change",
    "ClassName",
    "Entry",
    "ExistingClass",
    "ExistingGuardian",
    "ExistingStudent",
    "Field",
    "Kind",
    "NotARoster",
    "Plan",
    "Question",
    "Renamed",
    "Row",
    "RowPlan",
    "School",
    "Sheet",
    "Stage",
    "System",
    "Table",
    "class_keys",
    "parse_class",
    "parse_grade",
    "plan",
    "read_table",
]
