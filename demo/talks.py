"""Who talked with whom: two terms of fortnights, each student by a fate of their own."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from accounts.models import User
from demo.cast import NOW, Fate
from demo.diary import Diary
from demo.people import House
from demo.pupils import Pupil
from demo.terms import Terms
from listening.quotas import Outcome
from schools.calendar import PeriodKind, SchoolCalendar, Span

# In a closed fortnight, of a hundred students. Missed are the first three together: about three.
FATES = {
    Fate.MISSED: 2.5,
    Fate.SHORT: 0.3,
    Fate.ABSENT: 0.3,
    Fate.DECLINED: 0.6,
    Fate.LATE: 1.5,
    Fate.DECLINED_THEN_MET: 0.6,
    Fate.ABSENT_THEN_MET: 0.7,
    Fate.SHORT_THEN_MET: 0.5,
    Fate.MET: 93.0,
}
# Of a class in the running fortnight, by today's weekday: 8 to 20 of 45, no class like another.
MET_SO_FAR = ((0.18, 0.34), (0.18, 0.38), (0.18, 0.42), (0.18, 0.44), (0.2, 0.45))
TODAYS_SHARE = 0.3  # of those, where other days have been
MET_BY_PART = frozenset({Fate.MET, Fate.BY_HEAD, Fate.BY_MENTOR, Fate.BY_COLLEAGUE})
FIRST_ATTEMPTS = {Fate.DECLINED_THEN_MET: Outcome.DECLINED, Fate.ABSENT_THEN_MET: Outcome.ABSENT}
BY_HEAD = 0.5  # of the talks of a student; the others are by a subject teacher
BY_MENTOR = 0.7
GROUPS = 0.3  # talks of two or three, a class and fortnight
TALKED_TODAY = 1  # by a head teacher, beside what the script says; all the others are left to the visitor
QUIET = 0.025  # of the months of the upper tiers, for which the plan asks a talk of teachers: nobody had the time
LATEST_ENTRY = 6  # days after the due day; the school allows seven


class Talks:
    """Fills the diary of one school."""

    def __init__(self, house: House, pupils: list[Pupil], terms: Terms, rng: Random, diary: Diary) -> None:
        self.house, self.pupils, self.terms, self.rng, self.diary = house, pupils, terms, rng, diary
        self.calendar: SchoolCalendar = terms.calendar()
        self.days: Sequence[date] = ()  # the school days of the fortnight at hand, up to today

    def fill(self) -> None:
        """Both terms, fortnight by fortnight."""
        self._draw_quiet_months()
        for span in self.calendar.periods(PeriodKind.FORTNIGHT, opened_by=self.terms.today):
            self.days = [day for day in span.school_days if day <= self.terms.today]
            number = self._number(span)
            for members in self._classes().values():
                fates = self._fates(members, span, number)
                self._together(members, fates)
                for pupil in members:
                    self._meet(pupil, fates[pupil.student.pk], span)

    def _draw_quiet_months(self) -> None:
        """A fortnight that reaches into a quiet month is met on its other side, or missed."""
        months = [span for span in self.calendar.periods(PeriodKind.MONTH) if span.due < self.terms.today]
        for pupil in self.pupils:
            if pupil.part is None and pupil.tier_since is not None:
                asked = [month for month in months if pupil.tier_since <= month.opens]
                pupil.quiet = [month for month in asked if self.rng.random() < QUIET]

    def _number(self, span: Span) -> int:
        """Which fortnight of this term it is; 0 for those of the term before."""
        first_week = self.calendar.week_number(span.opens) or 1
        return (first_week + 1) // 2 if span.term == self.terms.current.key else 0

    def _classes(self) -> dict[int, list[Pupil]]:
        """Who is in which class at the end of what has been of the fortnight."""
        found: dict[int, list[Pupil]] = {one.pk: [] for one in self.house.classes}
        for pupil in self.pupils:
            if (now := pupil.class_on(self.days[-1])) is not None:
                found[now.pk].append(pupil)
        return found

    # What becomes of each

    def _fates(self, members: list[Pupil], span: Span, number: int) -> dict[int, Fate]:
        if span.due >= self.terms.today and number == NOW:
            return self._fates_so_far(members)
        found = {}
        for pupil in members:
            if pupil.part is not None:
                found[pupil.student.pk] = pupil.part.fates.get(number, Fate.MET)
            else:
                found[pupil.student.pk] = self.rng.choices(tuple(FATES), tuple(FATES.values()))[0]
        return found

    def _fates_so_far(self, members: list[Pupil]) -> dict[int, Fate]:
        """About a third of the class has been met, here more, there fewer; those with a part have theirs."""
        found = {
            pupil.student.pk: pupil.part.fates.get(NOW, Fate.OPEN) if pupil.part else Fate.OPEN for pupil in members
        }
        wanted = round(self.rng.uniform(*MET_SO_FAR[min(self.terms.today.weekday(), 4)]) * len(members))
        played = sum(1 for fate in found.values() if fate in MET_BY_PART)
        others = [pupil for pupil in members if pupil.part is None and any(map(pupil.here, self.days))]
        for pupil in self.rng.sample(others, min(len(others), max(0, wanted - played))):
            found[pupil.student.pk] = Fate.MET
        for pupil in self.rng.sample(others, min(len(others), 1)):
            if found[pupil.student.pk] == Fate.OPEN:
                found[pupil.student.pk] = self.rng.choice((Fate.DECLINED, Fate.ABSENT, Fate.SHORT))
        return found

    # Talks

    def _meet(self, pupil: Pupil, fate: Fate, span: Span) -> None:
        days = [day for day in self.days if pupil.here(day) and not pupil.is_quiet(day)]
        if not days or fate in (Fate.OPEN, Fate.MISSED, Fate.EXCUSED, Fate.TOGETHER):
            return
        day = self._day(days)
        match fate:
            case Fate.MET:
                self._talk(pupil, day)
            case Fate.LATE:
                day = self.rng.choice(days[-3:])
                latest = min(self.terms.today, span.due + timedelta(days=LATEST_ENTRY))
                waited = self.rng.randint(1, max(1, (latest - span.due).days))
                self._talk(pupil, day, typed_in=span.due + timedelta(days=waited))
            case Fate.DECLINED:
                self._talk(pupil, day, outcome=Outcome.DECLINED)
            case Fate.ABSENT:
                self._talk(pupil, day, outcome=Outcome.ABSENT)
            case Fate.SHORT:
                self._talk(pupil, day, minutes=self.rng.randint(8, 10))
            case Fate.BY_HEAD:
                self._talk(pupil, days[-1], by=self._head(pupil, days[-1]))
            case Fate.BY_MENTOR:
                self._talk(pupil, day, by=pupil.mentor)
            case Fate.BY_COLLEAGUE:
                self._talk(pupil, day, by=self._colleagues(pupil, day)[1])
            case Fate.BY_COUNSELOR:
                self._counselor_talk(pupil, days[0])
            case Fate.DECLINED_THEN_MET | Fate.ABSENT_THEN_MET | Fate.SHORT_THEN_MET:
                self._second_try(pupil, fate, days)

    def _second_try(self, pupil: Pupil, fate: Fate, days: list[date]) -> None:
        first, second = sorted(self.rng.sample(days, 2)) if len(days) > 1 else (days[0], days[0])
        listener = self._listener(pupil, first)
        if outcome := FIRST_ATTEMPTS.get(fate):
            self._talk(pupil, first, by=listener, outcome=outcome)
        else:
            self._talk(pupil, first, by=listener, minutes=self.rng.randint(8, 10))
        self._talk(pupil, second, by=listener)

    def _talk(
        self,
        pupil: Pupil,
        day: date,
        *,
        by: User | None = None,
        minutes: int = 0,
        outcome: Outcome = Outcome.MADE,
        typed_in: date | None = None,
    ) -> None:
        listener = by or self._listener(pupil, day)
        self.diary.write([pupil], listener, day, minutes=minutes, outcome=outcome, typed_in=typed_in)

    def _day(self, days: list[date]) -> date:
        """Any of the days; today, where it is one of several, a little less often."""
        if days[-1] != self.terms.today or len(days) == 1:
            return self.rng.choice(days)
        return days[-1] if self.rng.random() < TODAYS_SHARE else self.rng.choice(days[:-1])

    def _listener(self, pupil: Pupil, day: date) -> User:
        if pupil.mentor and self.rng.random() < BY_MENTOR:
            return pupil.mentor
        head = self._head(pupil, day)
        full = day == self.terms.today and self.diary.talks_on(head, day) >= TALKED_TODAY
        if not full and self.rng.random() < BY_HEAD:
            return head
        return self.rng.choice(self._colleagues(pupil, day))

    def _head(self, pupil: Pupil, day: date) -> User:
        return self.house.heads[pupil.class_at(day).pk]

    def _colleagues(self, pupil: Pupil, day: date) -> list[User]:
        return self.house.colleagues[pupil.class_at(day).pk]

    def _together(self, members: list[Pupil], fates: dict[int, Fate]) -> None:
        """Now and then the head teacher sits down with two or three at once, which counts for none of them."""
        played = [pupil for pupil in members if fates[pupil.student.pk] == Fate.TOGETHER]
        if played:
            self._group(played, self.days[0])
        elif self.rng.random() < GROUPS:
            day = self.rng.choice(self.days)
            present = [pupil for pupil in members if pupil.part is None and pupil.here(day)]
            if len(present) > 2 and day != self.terms.today:
                self._group(self.rng.sample(present, self.rng.choice((2, 2, 3))), day)

    def _group(self, pupils: list[Pupil], day: date) -> None:
        self.diary.write(pupils, self._head(pupils[0], day), day, minutes=self.rng.choice((20, 25, 30)))

    # Counselors

    def _counselor_talk(self, pupil: Pupil, day: date) -> None:
        self.diary.write([pupil], self.house.counselors[pupil.grade], day, by_counselor=True)
