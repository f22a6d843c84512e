"""The students: their classes, leaves, tiers, labels, guardians and mentors."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import islice
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import User
from demo.care import Care
from demo.cast import (
    BROTHER,
    MENTORED_OF_LAST_CLASS,
    MENTORED_OF_SECOND_CLASS,
    NAMES,
    PARTS,
    Move,
    Part,
)
from demo.marks import Marks
from demo.people import PARENT_TOO, House, People
from demo.terms import Terms
from demo.words import names
from demo.words.notes import Stage
from schools.calendar import Span
from schools.models import Membership, SchoolClass
from schools.roles import Role
from students.models import (
    CareLabel,
    Enrolment,
    Guardian,
    Mentor,
    Pause,
    StaffRelative,
    Student,
)
from students.pinyin import initials_of, pinyin_of

TIER_SHARES = (0.02, 0.03, 0.04)  # of all students, by the order of the tier
LABEL_SHARE = 0.08
AWAY_SHARE = 0.006  # on leave or gone for a part of the two terms
ONE_DAY = timedelta(days=1)


@dataclass
class Pupil:
    """A student while the demo is being made."""

    student: Student
    gender: names.Gender
    stage: Stage
    grade: int
    places: list[tuple[SchoolClass, date, date | None]]
    part: Part | None = None
    away: list[tuple[Pause.Kind, date, date | None]] = field(default_factory=list)
    tier: int | None = None
    tier_since: date | None = None
    label: str = ""
    mentor: User | None = None
    guardian: Guardian | None = None
    quiet: list[Span] = field(default_factory=list)  # months in which no teacher found the time

    def class_on(self, day: date) -> SchoolClass | None:
        return next((one for one, first, last in self.places if first <= day and (last is None or day <= last)), None)

    def class_at(self, day: date) -> SchoolClass:
        """The class of that day, or the last one for a day on which there is none."""
        return self.class_on(day) or self.places[-1][0]

    def is_quiet(self, day: date) -> bool:
        """In a month in which no teacher finds the time."""
        return any(span.holds(day) for span in self.quiet)

    def here(self, day: date) -> bool:
        """In a class and not away: somebody could sit down with this student."""
        away = any(first <= day and (last is None or day <= last) for _, first, last in self.away)
        return not away and self.class_on(day) is not None


class Roster:
    """The students of one school, and all that is written about who they are."""

    def __init__(self, house: House, people: People, terms: Terms, rng: Random, marks: Marks) -> None:
        self.house, self.people, self.terms, self.rng, self.marks = house, people, terms, rng, marks
        self.pupils: list[Pupil] = []
        self.by_seat: dict[int, list[Pupil]] = {}  # class → in order of seats

    def enrol(self) -> list[Pupil]:
        """Everybody of this school, with what hangs on them."""
        for one in self.house.classes:
            self._fill(one)
        if self.house.classes and any(pupil.part for pupil in self.pupils):
            self._play_parts()
        self._scatter()
        self._choose_peers()
        self._write()
        return self.pupils

    # Who there is

    def _fill(self, school_class: SchoolClass) -> None:
        plan = self.house.plan
        parts = self._parts_of(school_class)
        # A few more than there are seats: none of the class bears the name of somebody with a part.
        drawn = (one for one in names.children(self.rng, plan.size + 5) if one.name not in NAMES)
        grade = school_class.grade.number
        row = []
        for seat, child in enumerate(islice(drawn, plan.size)):
            part = parts[seat] if seat < len(parts) else None
            name, gender = (part.name, part.gender) if part and part.name else child
            student = Student(
                uid=self.marks.of("student", plan.code, grade, school_class.number, seat),
                school=self.house.school,
                user=self.people.cast[part.username] if part and part.username else None,
                name=name,
                pinyin=pinyin_of(name),
                initials=initials_of(name),
                gender=gender,
                number=f"{grade}{school_class.number:02d}{seat + 1:02d}",
            )
            stage = plan.writes_as(grade)
            row.append(Pupil(student, gender, stage, grade, [(school_class, self.people.since, None)], part))
        self.by_seat[school_class.pk] = row
        self.pupils += row

    def _parts_of(self, school_class: SchoolClass) -> tuple[Part, ...]:
        if not self._is_first:
            return ()
        place = (school_class.grade.number, school_class.number)
        return {(7, 1): PARTS, (8, 2): (BROTHER,)}.get(place, ())

    @property
    def _is_first(self) -> bool:
        return self.house.plan is self.people.scale.schools[0]

    def _play_parts(self) -> None:
        """Who comes and goes in 七年级(1)班, who needs care there, whom the mentor is paired with."""
        first, *others = self.house.classes_of(7)
        for pupil in self.by_seat[first.pk]:
            if part := pupil.part:
                pupil.tier, pupil.label = part.tier, part.label
                pupil.mentor = self.people.cast["teacher"] if part.mentored else None
                if part.move:
                    self._move(pupil, part.move, first, others)
        for one, seats in ((others[0], MENTORED_OF_SECOND_CLASS), (others[-1], MENTORED_OF_LAST_CLASS)):
            for seat in seats:
                self.by_seat[one.pk][seat].mentor = self.people.cast["teacher"]

    def _move(self, pupil: Pupil, move: Move, first: SchoolClass, others: list[SchoolClass]) -> None:
        day, since = self.terms.current.day, self.people.since
        match move:
            case Move.JOINED_LAST_WEEK:
                pupil.places = [(first, day(10, 2), None)]
            case Move.BACK_FROM_LEAVE:
                pupil.away = [(Pause.Kind.LEAVE, since, day(10, 2))]
            case Move.ON_LEAVE:
                pupil.away = [(Pause.Kind.LEAVE, day(10, 1), None)]
            case Move.CAME_FROM_OTHER_CLASS:
                other = others[min(2, len(others) - 1)]
                pupil.places = [(other, since, day(4, 0) - ONE_DAY), (first, day(4, 0), None)]
            case Move.LEFT:
                pupil.away = [(Pause.Kind.LEFT, day(9, 3), None)]

    def _scatter(self) -> None:
        """Tiers, labels and leaves over all the others."""
        labels = list(CareLabel.objects.filter(school=self.house.school).values_list("name", flat=True))
        previous, current = self.terms.previous, self.terms.current
        for pupil in self.pupils:
            drawn, labelled, gone = self.rng.random(), self.rng.random(), self.rng.random()
            if pupil.part is None:
                pupil.tier = _tier(drawn)
                pupil.label = self.rng.choice(labels) if labelled < LABEL_SHARE else ""
                if gone < AWAY_SHARE:
                    self._send_away(pupil)
            if pupil.tier is not None:
                term, most = (previous, 19) if pupil.part or self.rng.random() < 0.6 else (current, 8)
                pupil.tier_since = term.day(self.rng.randint(1, most), self.rng.randrange(5))

    def _send_away(self, pupil: Pupil) -> None:
        term = self.rng.choice((self.terms.previous, self.terms.current))
        begins = term.day(self.rng.randint(2, 9), self.rng.randrange(5))
        if self.rng.random() < 0.4:
            pupil.away = [(Pause.Kind.LEFT, begins, None)]
        else:
            pupil.away = [(Pause.Kind.LEAVE, begins, begins + timedelta(weeks=self.rng.randint(4, 12)))]

    def _choose_peers(self) -> None:
        """心理委员: one of each class, with an account that nobody signs in with but the one of the cast."""
        new: list[tuple[Pupil, SchoolClass]] = []
        for one in self.house.classes:
            seats = self.by_seat[one.pk]
            named = next((pupil for pupil in seats if pupil.part and pupil.part.username == "peer"), None)
            if named is not None:
                self.house.peers[one.pk] = self.people.cast["peer"]
            else:
                free = [
                    pupil for pupil in seats if not (pupil.part or pupil.away or pupil.label or pupil.tier is not None)
                ]
                new.append((self.rng.choice(free), one))
        code, word = self.house.plan.code, make_password(None)
        accounts = User.objects.bulk_create(
            User(
                uid=self.marks.of("user", pupil.student.uid),
                username=f"{code}-peer-{one.grade.number:02d}{one.number:02d}",
                name=pupil.student.name,
                password=word,
            )
            for pupil, one in new
        )
        for (pupil, one), user in zip(new, accounts, strict=True):
            pupil.student.user = user
            self.house.peers[one.pk] = user
        Membership.objects.bulk_create(
            Membership(
                uid=self.marks.of("membership", role, user.uid),
                user=user,
                role=role,
                school=self.house.school,
                school_class=one,
                valid_from=self.people.since,
            )
            for (_, one), user in zip(new, accounts, strict=True)
            for role in (Role.STUDENT, Role.PEER)
        )

    # Writing

    def _write(self) -> None:
        school, pupils = self.house.school, self.pupils
        Student.objects.bulk_create(pupil.student for pupil in pupils)
        Enrolment.objects.bulk_create(
            Enrolment(school=school, student=pupil.student, school_class=place, valid_from=first, valid_to=last)
            for pupil in pupils
            for place, first, last in pupil.places
        )
        Pause.objects.bulk_create(
            Pause(school=school, student=pupil.student, kind=kind, valid_from=first, valid_to=last)
            for pupil in pupils
            for kind, first, last in pupil.away
        )
        care = Care(self.house, pupils, self.terms, self.marks, since=self.people.since)
        care.write()
        for pupil in pupils:
            pupil.guardian = self._guardian(pupil)
        Guardian.objects.bulk_create(pupil.guardian for pupil in pupils if pupil.guardian)
        Mentor.objects.bulk_create(
            Mentor(school=school, teacher=pupil.mentor, student=pupil.student, valid_from=self.people.since)
            for pupil in pupils
            if pupil.mentor
        )
        care.write_cards()
        if self._is_first:
            care.propose_now()
            self._relatives()

    @cached_property
    def _child_of_colleague(self) -> Pupil | None:
        """In a class that the parent does not teach; of the same family name where there is one."""
        if not self._is_first:
            return None
        family = self.people.cast[PARENT_TOO].name[0]
        others = [one for place in self.house.classes_of(7)[1:] for one in self.by_seat[place.pk] if one.part is None]
        return next((one for one in others if one.student.name.startswith(family)), others[0])

    def _relatives(self) -> None:
        """A niece of the head teacher of one class, in another one."""
        niece = next(one for one in self.by_seat[self.house.classes_of(8)[0].pk] if one.part is None).student
        StaffRelative.objects.create(
            uid=self.marks.of("relative", niece.uid),
            school=self.house.school,
            person=self.house.heads[self.house.classes_of(7)[-1].pk],
            student=niece,
            relation="姑姑",
            since=self.people.since,
            by=self.people.cast["registrar"],
        )

    def _guardian(self, pupil: Pupil) -> Guardian:
        student = pupil.student
        name, relation, phone = names.guardian_for(self.rng, names.Child(student.name, pupil.gender))
        user = None
        if pupil.part and (username := GUARDIANS.get(pupil.part.name)):
            user = self.people.cast[username]
        elif pupil is self._child_of_colleague:
            user = self.people.cast[PARENT_TOO]
        if user:
            name, relation = user.name, "父亲"
        return Guardian(
            uid=self.marks.of("guardian", student.uid),
            school=self.house.school,
            student=student,
            user=user,
            name=name,
            relation=relation,
            phone=phone,
            valid_from=self.people.since if user else None,
        )


GUARDIANS = {"林知夏": "parent", "林知远": "parent", "马依依": "parent2"}


def _tier(drawn: float) -> int | None:
    for order, share in enumerate(TIER_SHARES):
        if drawn < share:
            return order
        drawn -= share
    return None
