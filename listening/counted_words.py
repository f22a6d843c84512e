"""11月12日 刘敏: beside a met check-in the latest talk that counted, by the rule itself."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple, cast

from listening.board_rows import Place
from listening.facts import Asked, SchoolFacts
from listening.quotas import Outcome
from listening.words import day_words
from schools.calendar import SchoolCalendar
from schools.models import School
from schools.statements import as_day, ask, one_of

# Each board reads it.
MADE = """
SELECT line.student_id, talk.id, line.day, talk.kind, talk.minutes, talk.by_counselor, listener.name
FROM listening_conversationstudent AS line
JOIN listening_conversation AS talk ON talk.id = line.conversation_id
JOIN accounts_user AS listener ON listener.id = talk.listener_id
WHERE line.school_id = %(school)s AND line.day BETWEEN %(first)s AND %(last)s AND line.student_id {students}
  AND talk.deleted_at IS NULL AND talk.outcome = %(made)s
ORDER BY line.day, talk.id
"""


class Made(NamedTuple):
    """One talk with one student that came about."""

    talk: int
    day: date
    kind: str
    minutes: int
    by_counselor: bool
    listener: str

    @property
    def words(self) -> str:
        return " ".join(filter(None, [day_words(self.day), "" if self.by_counselor else self.listener]))


Met = tuple[Place, int, int]  # place, student, how many talks counted


def counted_words(school: School, met: Iterable[Met], calendar: SchoolCalendar) -> dict[tuple[int, int], str]:
    """The words of each met check-in, by rule and student; one query, as a rule.

    Each knows how many talks counted. Where no more could, all of these did. Where more could, the rule is asked.
    """
    met = list(met)
    if not met:
        return {}
    made = _made(school, met)
    words = {}
    unclear = []
    for place, student, counted in met:
        could = [one for one in made[student] if _could_count(one, place)]
        if len(could) == counted:
            words[place.rule.pk, student] = could[-1].words
        else:
            unclear.append((place, student))
    if unclear:
        of_talk = {one.talk: one.words for some in made.values() for one in some}
        for key, talk in _by_the_rule(school, unclear, calendar).items():
            words[key] = of_talk[talk]
    return words


def _made(school: School, met: list[Met]) -> dict[int, list[Made]]:
    """The talks of these students that came about in these periods, by day."""
    values = {
        "school": school.pk,
        "first": min(place.period.start for place, _, _ in met).isoformat(),
        "last": max(place.period.end for place, _, _ in met).isoformat(),
        "made": Outcome.MADE,
    }
    statement = MADE.format(students=one_of("student", {student for _, student, _ in met}, values))
    found: dict[int, list[Made]] = defaultdict(list)
    for student, talk, day, *more in ask(statement, values):
        found[student].append(Made(talk, cast(date, as_day(day)), *more))
    return found


def _could_count(made: Made, place: Place) -> bool:
    """What can be said without the roles of the listener, the others who were there and the day of entry."""
    rule, period = place.rule, place.period
    return period.start <= made.day <= period.end and made.kind == rule.kind and made.minutes >= rule.minutes


def _by_the_rule(
    school: School, unclear: list[tuple[Place, int]], calendar: SchoolCalendar
) -> dict[tuple[int, int], int]:
    """The latest talk that counts for each of these."""
    periods = [place.period for place, _ in unclear]
    facts = SchoolFacts.read(
        school,
        first=min(period.start for period in periods),
        last=max(period.end for period in periods),
        students={student for _, student in unclear},
        in_time_until=min(one.due + timedelta(days=school.late_days_of(one.due)) for one in periods),
        talks_only=True,
    )
    asked = {place.rule.pk: (Asked.of_talks(place.rule), place.period.span(calendar)) for place, _ in unclear}
    found = {}
    for place, student in unclear:
        if talks := facts.counted_talks(*asked[place.rule.pk], student):
            found[place.rule.pk, student] = talks[-1]
    return found
