"""最近有人听: when each student was last listened to, by whomever. Shown beside the quota, never counted by it.

Of a counselor's talk others see the day alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from listening.quotas import Hat, Kind, Outcome
from schools.models import School
from schools.statements import as_day, ask, one_of
from students.models.students import StudentQuerySet

# Each board and list reads it. 同伴 are children, too: it says when somebody older listened.
LAST = """
SELECT line.student_id, line.day, listener.name, talk.minutes, talk.by_counselor
FROM students_student AS student
JOIN listening_conversationstudent AS line ON line.id = (
  SELECT heard.id FROM listening_conversationstudent AS heard
  JOIN listening_conversation AS what ON what.id = heard.conversation_id
  WHERE heard.school_id = %(school)s AND heard.student_id = student.id AND what.deleted_at IS NULL
    AND what.outcome = %(made)s AND what.kind = %(talk)s AND what.hat <> %(peer)s
  ORDER BY heard.day DESC, heard.id DESC LIMIT 1
)
JOIN listening_conversation AS talk ON talk.id = line.conversation_id
JOIN accounts_user AS listener ON listener.id = talk.listener_id
WHERE student.id {students}
"""


@dataclass(frozen=True, slots=True)
class LastTalk:
    """The latest talk that came about. `who` is empty where the viewer may not know."""

    day: date
    who: str
    minutes: int | None

    def days_ago(self, on: date) -> int:
        return max(0, (on - self.day).days)


def last_talks(school: School, students: Collection[int], *, sees_counselors: StudentQuerySet) -> dict[int, LastTalk]:
    """The last talk of each of these students; one query, and one for whoever sees counseling.

    `sees_counselors`: the students whose counseling is seen.
    """
    if not students:
        return {}
    values = {"school": school.pk, "made": Outcome.MADE, "talk": Kind.TALK, "peer": Hat.PEER}
    rows = ask(LAST.format(students=one_of("student", students, values)), values)
    counseled = [student for student, *_, by_counselor in rows if by_counselor]
    seen = set(sees_counselors.filter(pk__in=counseled).values_list("pk", flat=True)) if counseled else set()
    return {
        student: _shown(as_day(day), who, minutes, hidden=by_counselor and student not in seen)
        for student, day, who, minutes, by_counselor in rows
    }


def _shown(day: date | None, who: str, minutes: int, *, hidden: bool) -> LastTalk:
    assert day is not None
    return LastTalk(day, who="", minutes=None) if hidden else LastTalk(day, who=who, minutes=minutes)
