"""The one place where the facts of check-ins are gathered: for any set of (rule, period, subjects).

Logging, settling, the night, the why-page, replay and the consistency check all come through here and through the pure
rule of quotas.py. A fixed handful of queries, however many students.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Self, cast

from listening.fact_rows import FAR_PAST, Asked, Stretch, TalkRow, stored_version, stretch
from listening.fact_statements import Whom
from listening.models import ConversationVersion, LateWord
from listening.quotas import (
    DayFacts,
    Hat,
    Kind,
    Outcome,
    Standing,
    TalkFacts,
    TalkVersion,
    Verdict,
    judge,
    judge_talk,
    standing,
)
from schools.calendar import Span
from schools.models import School
from schools.roles import Role
from schools.statements import as_day
from students.models import Enrolment, Pause
from students.models.care import last_tiers

__all__ = ["Asked", "SchoolFacts"]

# A talk as it stands: entered on, day, kind, outcome, hat, minutes, listener, deleted.
Stands = tuple[date | str, date | str, str, str, str, int, int, bool]


@dataclass
class SchoolFacts:
    """What is known of some students of one school over a stretch of days."""

    school: School
    last_tier: int | None  # of the scheme in use; `last_tiers` since when which tier was it, oldest first
    last_tiers: list[tuple[date, int]] = field(default_factory=list)
    enrolments: dict[int, list[Stretch]] = field(default_factory=lambda: defaultdict(list))
    pauses: dict[int, list[Stretch]] = field(default_factory=lambda: defaultdict(list))
    tiers: dict[int, list[tuple[date, int]]] = field(default_factory=lambda: defaultdict(list))
    labels: dict[int, list[Stretch]] = field(default_factory=lambda: defaultdict(list))
    grade_of_class: dict[int, int] = field(default_factory=dict)
    talks: dict[int, tuple[TalkRow, ...]] = field(default_factory=dict)  # conversation → versions, oldest first
    talks_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # student → conversations
    late_words: dict[int, list[date]] = field(default_factory=lambda: defaultdict(list))
    memberships: dict[int, list[tuple[Role, int | None, int | None, Stretch]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    mentors: dict[tuple[int, int], list[Stretch]] = field(default_factory=lambda: defaultdict(list))
    guardians: dict[tuple[int, int], list[tuple[Stretch, Stretch | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    excuses: dict[tuple[int, int | None, int | None], list[tuple[date, date, date | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @classmethod
    def read(
        cls,
        school: School,
        *,
        first: date,
        last: date,
        students: Collection[int] | None = None,
        classes: Collection[int] | None = None,
        care: bool = True,
        in_time_until: date = FAR_PAST,
        talks_only: bool = False,
    ) -> Self:
        """Facts from `first` to `last`, both included, of these students (None: of the whole school).

        With `classes` the students are those who belong to them at any time in between. `care=False` leaves tiers and
        labels out, where no rule asks for them. What was entered by `in_time_until` is late for nothing that will be
        judged: words that allow it are not looked for. `talks_only` is enough for counted_talks().
        """
        facts = cls(school=school, last_tier=None)
        if classes is not None:
            belonging = Enrolment.objects.touching(first, last).filter(school=school, school_class__in=classes)
            students = set(belonging.values_list("student", flat=True)) | set(students or ())
        whom = Whom({"school": school.pk, "first": first, "last": last}, students)
        facts._read_known(whom, care=care and not talks_only, excuses=not talks_only, classes=classes)
        facts._read_talks(whom, in_time_until)
        return facts

    # Reading

    def _read_known(self, whom: Whom, *, care: bool, excuses: bool, classes: Collection[int] | None) -> None:
        """Where they are, whether they are away, how much care they are given, what they are excused from."""
        tiers: dict[int, list[tuple[date, int, int]]] = defaultdict(list)
        scheme = []
        for what, student, number, other, word, first, last, third in whom.known(
            care=care, excuses=excuses, classes=classes
        ):
            since, until = as_day(first), as_day(last)
            match what:
                case "enrolled":
                    self.enrolments[student].append(stretch(number, since, until))
                    self.grade_of_class[number] = other
                case "away":
                    self.pauses[student].append(stretch(word, since, until))
                case "excused":
                    self.excuses[number, student, other].append((cast(date, since), cast(date, until), as_day(third)))
                case "labelled":
                    self.labels[student].append(stretch(number, since, until))
                case "tiered":
                    tiers[student].append((cast(date, since), other, number))
                case "scheme":
                    scheme.append((other, number, since, until))
        self.tiers.update({one: [(since, tier) for since, _, tier in sorted(rows)] for one, rows in tiers.items()})
        self.last_tiers = last_tiers(scheme)
        self.last_tier = self.last_tiers[-1][1] if self.last_tiers else None

    def _read_talks(self, whom: Whom, in_time_until: date) -> None:
        """Every talk that names one of them on one of these days as it stands now, with all that it was before."""
        named: dict[int, list[int]] = defaultdict(list)
        stands: dict[int, Stands] = {}
        edited: set[int] = set()
        for student, pk, recorded_on, entered_on, *facts in whom.talks():
            named[pk].append(student)
            stands[pk] = cast(Stands, (entered_on, *facts))
            if entered_on != recorded_on:  # corrected on the day of entry: entered on that day, all the same
                edited.add(pk)
        if not stands:
            return
        before: dict[int, list[TalkRow]] = defaultdict(list)
        if edited:
            for version in ConversationVersion.objects.filter(conversation__in=edited).order_by("at", "pk"):
                before[version.conversation_id].append(stored_version(version))
        late = []
        for pk, (entered, held_on, kind, outcome, hat, minutes, listener, deleted) in stands.items():
            entered_on = cast(date, as_day(entered))
            row = TalkRow(
                entered_on=entered_on,
                day=cast(date, as_day(held_on)),
                kind=Kind(kind),
                outcome=Outcome(outcome),
                hat=Hat(hat) if hat else None,
                minutes=minutes,
                listener=listener,
                students=frozenset(named[pk]),
                deleted=bool(deleted),
            )
            if entered_on > in_time_until:
                late.append(pk)
            self.talks[pk] = (*before.get(pk, ()), row)
            for student in named[pk]:
                self.talks_of[student].append(pk)
        if late:
            for word in LateWord.objects.filter(conversation__in=late):
                self.late_words[word.conversation_id].append(word.on)
        self._read_listeners(whom, {row.listener for versions in self.talks.values() for row in versions})

    def _read_listeners(self, whom: Whom, listeners: Collection[int]) -> None:
        for what, person, student, grade, klass, role, first, last, barred_from, barred_to in whom.roles(listeners):
            since, until = as_day(first), as_day(last)
            match what:
                case "held":
                    self.memberships[person].append((Role(role), grade, klass, stretch(role, since, until)))
                case "paired":
                    self.mentors[person, student].append(stretch(Role.MENTOR, since, until))
                case "linked":
                    barred = (
                        stretch("barred", as_day(barred_from), as_day(barred_to)) if barred_from or barred_to else None
                    )
                    self.guardians[person, student].append((stretch("guardian", since, until), barred))

    # Asking

    def class_on(self, student: int, day: date) -> int | None:
        for row in self.enrolments.get(student, ()):
            if row.first <= day <= row.last:
                return int(row.what)
        return None

    def here(self, student: int, day: date) -> bool:
        """In a class, and not away as 转出."""
        return self.class_on(student, day) is not None and not self._away(student, Pause.Kind.LEFT, day)

    def _away(self, student: int, kind: str, day: date) -> bool:
        return any(row.what == kind and row.first <= day <= row.last for row in self.pauses.get(student, ()))

    def _tier_on(self, student: int, day: date) -> int | None:
        tier = next((last for since, last in reversed(self.last_tiers) if since <= day), self.last_tier)
        for since, given in self.tiers.get(student, ()):
            if since > day:
                break
            tier = given
        return tier

    def student_day(self, asked: Asked, student: int, day: date) -> DayFacts:
        """How a student stands on one school day under one rule."""
        if not self.here(student, day):
            return DayFacts.LEFT
        if self._away(student, Pause.Kind.LEAVE, day):
            return DayFacts.LEAVE
        if asked.for_everyone:
            return DayFacts.EVERYTHING
        if self._tier_on(student, day) in asked.tiers:
            return DayFacts.TIER
        if any(row.what in asked.labels and row.holds(day) for row in self.labels.get(student, ())):
            return DayFacts.LABEL
        return DayFacts.UNCOVERED

    def student_days(self, asked: Asked, student: int, days: Sequence[date]) -> Sequence[DayFacts]:
        """How a student stands on each of these days, in their order. Cheap for who is simply here all along."""
        if days and asked.for_everyone and student not in self.pauses:
            rows = self.enrolments.get(student, ())
            if len(rows) == 1 and rows[0].first <= days[0] and days[-1] <= rows[0].last:
                return (DayFacts.EVERYTHING,) * len(days)
        return [self.student_day(asked, student, day) for day in days]

    def class_day(self, klass: int, day: date) -> DayFacts:
        """A class is here while one of its students is."""
        enrolled = [
            one for one in self.belonging.get(klass, ()) if self.class_on(one, day) == klass and self.here(one, day)
        ]
        if not enrolled:
            return DayFacts.LEFT
        on_leave = all(self._away(one, Pause.Kind.LEAVE, day) for one in enrolled)
        return DayFacts.LEAVE if on_leave else DayFacts.EVERYTHING

    @cached_property
    def belonging(self) -> dict[int, set[int]]:
        """The students of each class at any time between the days that were read."""
        found: dict[int, set[int]] = defaultdict(set)
        for student, rows in self.enrolments.items():
            for row in rows:
                found[int(row.what)].add(student)
        return found

    def roles_on(self, person: int, student: int, day: date) -> set[Role]:
        """The roles that a person holds for a student on a day: by membership and by pairing."""
        klass = self.class_on(student, day)
        grade = self.grade_of_class.get(klass) if klass is not None else None
        held = {
            role
            for role, of_grade, of_class, span in self.memberships.get(person, ())
            if span.holds(day) and (of_grade is None or of_grade == grade) and (of_class is None or of_class == klass)
        }
        if any(span.holds(day) for span in self.mentors.get((person, student), ())):
            held.add(Role.MENTOR)
        else:
            held.discard(Role.MENTOR)  # the role alone pairs nobody
        return held

    def standing_of(self, asked: Asked, row: TalkRow, student: int) -> Standing:
        links = [barred for span, barred in self.guardians.get((row.listener, student), ()) if span.holds(row.day)]
        return standing(
            asked.roles,
            held=self.roles_on(row.listener, student, row.day),
            guardian=bool(links),
            barred=any(barred is not None and barred.holds(row.day) for barred in links),
            hat=row.hat,
        )

    # Judging

    def judge_student(self, asked: Asked, span: Span, student: int, *, as_of: date) -> Verdict:
        """What the check-in of one student is on the evening of as_of."""
        talks = self._talks_with(asked, span, student)
        excuses, allowed = self._excused(asked.rule.pk, student, None, span)
        as_of = _known_by(talks, [*excuses, *allowed], as_of)
        days = self.student_days(asked, student, _until(span.school_days, as_of))
        return judge(
            asked.facts, span, days, talks, excuses, as_of=as_of, late_days=self.school.late_days_of(span.due),
            excuses_allowed_on=allowed,
        )  # fmt: skip

    def counted_talks(self, asked: Asked, span: Span, student: int) -> list[int]:
        """The talks that count for a check-in that stands, by day: neither tiers nor excuses bear on that."""
        talks = self._talks_with(asked, span, student)
        as_of = _known_by(talks, (), span.start)
        late_days = self.school.late_days_of(span.due)
        heard = (judge_talk(asked.facts, span, one, as_of=as_of, late_days=late_days) for one in talks)
        counted = [int(one.id) for one in heard if one is not None and one.why_not is None]
        return sorted(counted, key=lambda pk: (self.talks[pk][-1].day, pk))

    def _talks_with(self, asked: Asked, span: Span, student: int) -> list[TalkFacts]:
        return [
            self._talk(asked, pk, lambda row: [student] if student in row.students else [])
            for pk in self.talks_of.get(student, ())
            if span.holds(self.talks[pk][-1].day)
        ]

    def judge_class(self, asked: Asked, span: Span, klass: int, *, as_of: date) -> Verdict:
        """What the check-in of one class is on the evening of as_of: any student of it will do."""
        touched = {pk for student in self.belonging.get(klass, ()) for pk in self.talks_of.get(student, ())}
        talks = [
            self._talk(asked, pk, lambda row: self._mine(row, klass))
            for pk in sorted(touched)
            if span.holds(self.talks[pk][-1].day)
        ]
        excuses, allowed = self._excused(asked.rule.pk, None, klass, span)
        as_of = _known_by(talks, [*excuses, *allowed], as_of)
        days = [self.class_day(klass, day) for day in _until(span.school_days, as_of)]
        return judge(
            asked.facts, span, days, talks, excuses, as_of=as_of, late_days=self.school.late_days_of(span.due),
            excuses_allowed_on=allowed,
        )  # fmt: skip

    def _talk(self, asked: Asked, pk: int, mine: Callable[[TalkRow], list[int]]) -> TalkFacts:
        versions = tuple(self._version(asked, row, mine(row)) for row in self.talks[pk])
        return TalkFacts(pk, versions, tuple(self.late_words.get(pk, ())))

    def _mine(self, row: TalkRow, klass: int) -> list[int]:
        return [one for one in row.students if self.class_on(one, row.day) == klass]

    def _version(self, asked: Asked, row: TalkRow, mine: Iterable[int]) -> TalkVersion:
        mine = list(mine)
        return TalkVersion(
            entered_on=row.entered_on,
            day=row.day,
            kind=row.kind,
            outcome=row.outcome,
            minutes=row.minutes,
            heads=len(row.students),
            names_subject=bool(mine),
            enrolled=any(self.here(one, row.day) for one in mine),
            standing=max((self.standing_of(asked, row, one) for one in mine), default=Standing.NOT_HELD),
            deleted=row.deleted,
        )

    def _excused(self, rule: int, student: int | None, klass: int | None, span: Span) -> tuple[list[date], list[date]]:
        """The days on which it was excused, and those of the lead counselor's word for one that came too late."""
        given = [row for row in self.excuses.get((rule, student, klass), ()) if row[0] == span.start]
        return [on for _, on, _ in given], [allowed_on for _, _, allowed_on in given if allowed_on]


def _known_by(talks: Iterable[TalkFacts], excuses: Iterable[date], as_of: date) -> date:
    """The evening, or the later day on which one of these was typed in: a job that comes late forgets nothing."""
    typed_in = [day for talk in talks for day in (talk.versions[-1].entered_on, *talk.late_allowed_on)]
    return max([as_of, *typed_in, *excuses])


def _until(days: Sequence[date], as_of: date) -> Sequence[date]:
    return days[: bisect_right(days, as_of)]
