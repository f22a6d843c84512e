"""What the plan asks beside the fortnights: counselors' weeks and months, families, and what classes do together."""

from collections import defaultdict
from datetime import date
from random import Random

from accounts.models import User
from demo.cast import NOW, Fate
from demo.diary import Diary
from demo.people import House
from demo.pupils import Pupil
from demo.terms import WEEK_OF_TODAY, Terms
from listening.quotas import Hat, Kind, Outcome
from schools.calendar import PeriodKind, Span

QUARTER = 15  # minutes
MOST_CARE, BETWEEN, SOME_CARE = 0, 1, 2  # the tiers, by their order
MET, DECLINED = 0.96, 0.008  # of what was asked in a period that is over; the others were missed
MET_SO_FAR = 0.7  # of a running week or month of the counselors, once all its days have come
NOW_AND_THEN = 0.06  # of the weeks of the tier between, for which the plan asks nothing of counselors
FAMILIES_SO_FAR, VISITED_SO_FAR, PEERS_SO_FAR = 0.5, 0.45, 0.4
PEERS_MET = 0.96
PEERS_BEGIN_IN = 3  # days, until so many of the classes have done something
MINUTES_OF_A_CALL, MINUTES_OF_A_VISIT = (8, 20), (20, 45)
GROUP = (5, 12)  # students with whom a peer supporter does something
FEWEST_DAYS = 5  # a running month that is younger has fewer calls


class Duties:
    """Goes on in the diary of one school where the fortnights ended."""

    def __init__(self, house: House, pupils: list[Pupil], terms: Terms, rng: Random, diary: Diary) -> None:
        self.house, self.pupils, self.terms, self.rng, self.diary = house, pupils, terms, rng, diary
        self.today = terms.today
        self.calendar = terms.calendar()
        self.cared_for = [pupil for pupil in pupils if pupil.tier is not None]

    def fill(self) -> None:
        """Both terms, one requirement after the other."""
        for week in self._spans(PeriodKind.WEEK):
            self._counsel(week, MOST_CARE, usual=MET)
            self._counsel(week, BETWEEN, usual=NOW_AND_THEN)
        for month in self._spans(PeriodKind.MONTH):
            self._counsel(month, SOME_CARE, usual=MET)
            self._call_families(month)
        self._talk_again()
        for term in self._spans(PeriodKind.TERM):
            self._visit(term)
        for fortnight in self._spans(PeriodKind.FORTNIGHT):
            self._do_something_together(fortnight)

    def _spans(self, kind: PeriodKind) -> tuple[Span, ...]:
        return self.calendar.periods(kind, opened_by=self.today)

    def _is_over(self, span: Span) -> bool:
        return span.due < self.today

    def _days(self, span: Span, pupil: Pupil, *, since: date | None = None, today: bool = False) -> list[date]:
        """On which somebody could sit down with this student, or with the family; `since` the tier asks for it.

        Today belongs to the visitor, but for the counselors' own.
        """
        return [
            day
            for day in span.school_days
            if (day < self.today or (today and day == self.today))
            and (since is None or since <= day)
            and pupil.here(day)
        ]

    # Counselors

    def _counsel(self, span: Span, tier: int, *, usual: float) -> None:
        """One tier in one week or month."""
        begun = sum(1 for day in span.school_days if day <= self.today) / len(span.school_days)
        chance = usual if self._is_over(span) else usual * MET_SO_FAR * begun
        for pupil in self.cared_for:
            if pupil.tier != tier or self._plays_counselor(pupil, span):
                continue
            if days := self._days(span, pupil, since=pupil.tier_since, today=True):
                drawn = self.rng.random()
                if drawn < chance:
                    self._counselor_talk(pupil, self.rng.choice(days))
                elif drawn < chance + DECLINED:
                    self._counselor_talk(pupil, self.rng.choice(days), Outcome.DECLINED)

    def _plays_counselor(self, pupil: Pupil, span: Span) -> bool:
        """Whose talk of the running week is in the script already."""
        running = span.due >= self.terms.current.day(WEEK_OF_TODAY, 0)
        return running and pupil.part is not None and pupil.part.fates.get(NOW) == Fate.BY_COUNSELOR

    def _counselor_talk(self, pupil: Pupil, day: date, outcome: Outcome = Outcome.MADE) -> None:
        self.diary.write([pupil], self.house.counselors[pupil.grade], day, by_counselor=True, outcome=outcome)

    # Teachers

    def _talk_again(self) -> None:
        """A second talk in a fortnight that had one, for the month in which none had fallen."""
        heard = self._heard()
        for pupil in self.cared_for:
            mine = heard[pupil.student.pk]
            fortnights = {self._fortnight(day) for day in mine}
            for month in self._spans(PeriodKind.MONTH):
                if not self._is_over(month) or month in pupil.quiet or any(map(month.holds, mine)):
                    continue
                days = [
                    day
                    for day in self._days(month, pupil, since=pupil.tier_since)
                    if self._fortnight(day) in fortnights
                ]
                if days:
                    day = self.rng.choice(days)
                    self.diary.write([pupil], pupil.mentor or self._head(pupil, day), day)

    def _heard(self) -> dict[int, list[date]]:
        """The days of each student's talks with a teacher that count: alone, long enough, typed in on the day."""
        found: dict[int, list[date]] = defaultdict(list)
        for talk, about in zip(self.diary.talks, self.diary.about, strict=True):
            listened = talk.kind == Kind.TALK and talk.outcome == Outcome.MADE and not talk.by_counselor
            if listened and len(about) == 1 and talk.minutes >= QUARTER and talk.recorded_on == talk.day:
                found[about[0].student.pk].append(talk.day)
        return found

    def _fortnight(self, day: date) -> date | None:
        span = self.calendar.period_of(PeriodKind.FORTNIGHT, 0, day)
        return span.start if span else None

    def _head(self, pupil: Pupil, day: date) -> User:
        return self.house.heads[pupil.class_at(day).pk]

    # Families

    def _call_families(self, month: Span) -> None:
        """家长沟通: the head teacher and the families of the upper three tiers."""
        days = {pupil.student.pk: self._days(month, pupil, since=pupil.tier_since) for pupil in self.cared_for}
        past = sum(1 for day in month.school_days if day < self.today)
        so_far = FAMILIES_SO_FAR * min(1, past / FEWEST_DAYS)
        for pupil in self._some_of(self.cared_for, days, MET if self._is_over(month) else so_far):
            day = self.rng.choice(days[pupil.student.pk])
            minutes = self.rng.randint(*MINUTES_OF_A_CALL)
            self.diary.write([pupil], self._head(pupil, day), day, minutes=minutes, kind=Kind.CONTACT)

    def _visit(self, term: Span) -> None:
        """家访: head teacher or mentor and the families of who carries a label."""
        labelled = [pupil for pupil in self.pupils if pupil.label]
        days = {pupil.student.pk: self._days(term, pupil) for pupil in labelled}
        for pupil in self._some_of(labelled, days, MET if self._is_over(term) else VISITED_SO_FAR):
            day = self.rng.choice(days[pupil.student.pk])
            minutes = self.rng.randint(*MINUTES_OF_A_VISIT)
            self.diary.write([pupil], pupil.mentor or self._head(pupil, day), day, minutes=minutes, kind=Kind.VISIT)

    def _some_of(self, pupils: list[Pupil], days: dict[int, list[date]], share: float) -> list[Pupil]:
        """So many of those who were here at all; what is over of a student is one more now and then."""
        asked = [pupil for pupil in pupils if days[pupil.student.pk]]
        return self.rng.sample(asked, int(share * len(asked) + self.rng.random()))

    # Peers

    def _do_something_together(self, fortnight: Span) -> None:
        """同伴倾听: one activity a class. The next one of the visitor's class is left to the visitor."""
        days = [day for day in fortnight.school_days if day <= self.today]
        classes = self.house.classes
        if not self._is_over(fortnight):
            mine = {pupil.class_at(days[-1]).pk for pupil in self.pupils if pupil.part and pupil.part.username}
            so_far = PEERS_SO_FAR * min(1, len(days) / PEERS_BEGIN_IN)
            others = [one for one in classes if one.pk not in mine]
            chosen = set(self.rng.sample([one.pk for one in others], round(so_far * len(others))))
        else:
            chosen = {one.pk for one in classes if self.rng.random() < PEERS_MET}
        day_of = {pk: self.rng.choice(days) for pk in sorted(chosen)}
        present: dict[int, list[Pupil]] = defaultdict(list)
        for pupil in self.pupils:
            klass = pupil.class_at(days[-1]).pk
            if klass in chosen and self._plays_along(pupil, day_of[klass], klass):
                present[klass].append(pupil)
        for klass, group in present.items():
            wanted = min(self.rng.randint(*GROUP), len(group))
            self.diary.write(
                self.rng.sample(group, wanted),
                self.house.peers[klass],
                day_of[klass],
                minutes=self.rng.randint(15, 25),
                hat=Hat.PEER,
            )

    def _plays_along(self, pupil: Pupil, day: date, klass: int) -> bool:
        """In the class and here that day, not the peer supporter, and nobody who comes and goes by the script."""
        now = pupil.class_on(day)
        scripted = pupil.part is not None and pupil.part.move is not None
        return (
            now is not None
            and now.pk == klass
            and pupil.here(day)
            and not scripted
            and pupil.student.user_id != self.house.peers[klass].pk
        )
