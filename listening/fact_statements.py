"""What is asked of the database for the facts of check-ins: three statements, however many students.

Two are UNIONs of rows of one shape; all are written by hand, because every logged talk asks them. `{who}` is left open
for the students: `AND one.student_id IN (…)`, or nothing for the whole school.
"""

from collections.abc import Collection
from typing import Any

from schools.statements import ask, one_of

ENROLLED = """
SELECT 'enrolled', one.student_id, one.school_class_id, class.grade_id, '', one.valid_from, one.valid_to,
  CAST(NULL AS date)
FROM students_enrolment AS one JOIN schools_schoolclass AS class ON class.id = one.school_class_id
WHERE one.school_id = %(school)s AND one.valid_from <= %(last)s
  AND (one.valid_to IS NULL OR one.valid_to >= %(first)s) {who}"""
AWAY = """
SELECT 'away', one.student_id, NULL, NULL, one.kind, one.valid_from, one.valid_to, NULL
FROM students_pause AS one
WHERE one.school_id = %(school)s AND one.valid_from <= %(last)s
  AND (one.valid_to IS NULL OR one.valid_to >= %(first)s) {who}"""
EXCUSED = """
SELECT 'excused', one.student_id, one.rule_id, one.school_class_id, '', period.start, one."on", one.allowed_on
FROM listening_excuse AS one JOIN listening_period AS period ON period.id = one.period_id
WHERE one.school_id = %(school)s AND period.start <= %(last)s AND period."end" >= %(first)s {whom}"""
LABELLED = """
SELECT 'labelled', one.student_id, one.label_id, NULL, '', one.valid_from, one.valid_to, NULL
FROM students_studentlabel AS one
WHERE one.school_id = %(school)s AND one.valid_from <= %(last)s
  AND (one.valid_to IS NULL OR one.valid_to >= %(first)s) {who}"""
TIERED = """
SELECT 'tiered', one.student_id, one.tier_id, one.id, '', one.valid_from, NULL, NULL
FROM students_tierassignment AS one WHERE one.school_id = %(school)s AND one.valid_from <= %(last)s {who}"""
SCHEME = """
SELECT 'scheme', NULL, one.id, one."order", '', one.valid_from, one.valid_to, NULL
FROM students_caretier AS one WHERE one.school_id = %(school)s"""

# Whoever is named beside one of them is told too: how many talked counts.
TALKS = """
SELECT line.student_id, talk.id, talk.recorded_on, talk.entered_on, talk.day, talk.kind, talk.outcome, talk.hat,
  talk.minutes, talk.listener_id, talk.deleted_at IS NOT NULL
FROM listening_conversationstudent AS line JOIN listening_conversation AS talk ON talk.id = line.conversation_id
WHERE line.conversation_id IN (
  SELECT one.conversation_id FROM listening_conversationstudent AS one
  WHERE one.school_id = %(school)s AND one.day BETWEEN %(first)s AND %(last)s {who})"""

LISTENERS = """
SELECT 'linked', one.user_id, one.student_id, NULL, NULL, '', one.valid_from, one.valid_to, one.barred_from,
  one.barred_to
FROM students_guardian AS one WHERE one.school_id = %(school)s AND one.user_id {listeners} {who}
UNION ALL
SELECT 'held', one.user_id, NULL, one.grade_id, one.school_class_id, one.role, one.valid_from, one.valid_to, NULL, NULL
FROM schools_membership AS one WHERE one.school_id = %(school)s AND NOT one.waits AND one.user_id {listeners}
UNION ALL
SELECT 'paired', one.teacher_id, one.student_id, NULL, NULL, '', one.valid_from, one.valid_to, NULL, NULL
FROM students_mentor AS one WHERE one.school_id = %(school)s AND one.teacher_id {listeners} {who}"""


class Whom:
    """Some students of a school over a stretch of days, as the statements want them."""

    def __init__(self, values: dict[str, Any], students: Collection[int] | None) -> None:
        """`values` are the school and the first and last day; None is the whole school."""
        self.values = values
        self.who = "" if students is None else f"AND one.student_id {one_of('student', students, values)}"

    def known(self, *, care: bool, excuses: bool, classes: Collection[int] | None) -> list[tuple[Any, ...]]:
        """(what, student, number, other number, word, first day, last day, third day) of each thing that holds."""
        whom, parts = self.who, [ENROLLED, AWAY]
        if classes is not None and self.who:
            whom = f"AND (one.school_class_id {one_of('class', classes, self.values)} OR {self.who[4:]})"
        if excuses:
            parts.append(EXCUSED)
        if care:
            parts += [LABELLED, TIERED, SCHEME]
        return ask("\nUNION ALL".join(parts).format(who=self.who, whom=whom), self.values)

    def talks(self) -> list[tuple[Any, ...]]:
        """Each student of each talk that names one of them, with the talk as it stands."""
        return ask(TALKS.format(who=self.who), self.values)

    def roles(self, listeners: Collection[int]) -> list[tuple[Any, ...]]:
        """(what, person, student, grade, class, role, first day, last day, barred from, barred to) of each link."""
        return ask(LISTENERS.format(who=self.who, listeners=one_of("listener", listeners, self.values)), self.values)
