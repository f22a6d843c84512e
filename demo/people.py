"""Schools, classes and the people who work there: accounts and roles, written in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password
from django.db.models import F

from accounts.models import User
from demo.cast import NAMES, PASSWORD, PERSONAS, SUBJECT_COLLEAGUE
from demo.marks import Marks
from demo.scale import Scale, SchoolPlan
from demo.terms import Terms
from demo.words import names
from demo.words.notes import Stage
from demo.words.places import COUNTY
from listening import actions as listening
from listening.models import QuotaRule
from schools.models import Authority, CalendarDay, CalendarYear, Grade, Membership, School, SchoolClass, Term
from schools.roles import Role
from students import actions as students
from students.models import CareLabel, CareTier

CLASSES_OF_A_TEACHER = 3
SUBJECTS: dict[Stage, tuple[str, ...]] = {
    "junior": ("数学", "英语", "语文", "科学"),
    "primary": ("数学", "语文", "英语"),
}
PARENT_TOO = "headteacher2"  # a child of 七年级: two hats
DEPUTIES = ("德育处主任", "教务主任")


@dataclass
class House:
    """One school while it is being made."""

    plan: SchoolPlan
    school: School
    grades: dict[int, Grade] = field(default_factory=dict)
    classes: list[SchoolClass] = field(default_factory=list)
    heads: dict[int, User] = field(default_factory=dict)  # by class
    colleagues: dict[int, list[User]] = field(default_factory=dict)  # subject teachers by class
    counselors: dict[int, User] = field(default_factory=dict)  # by grade
    peers: dict[int, User] = field(default_factory=dict)  # by class

    def classes_of(self, grade: int) -> list[SchoolClass]:
        return [one for one in self.classes if one.grade_id == self.grades[grade].pk]


class People:
    """Everybody who works in the county, and what they do there."""

    def __init__(self, scale: Scale, terms: Terms, rng: Random, marks: Marks) -> None:
        self.scale, self.terms, self.rng, self.marks = scale, terms, rng, marks
        self.since: date = terms.previous.first_day - timedelta(days=14)
        self.held: list[Membership] = []
        self.cast: dict[str, User] = {}
        self.authority = Authority.objects.create(uid=marks.of("authority"), name=f"{COUNTY}教育局")

    def settle_in(self) -> list[House]:
        """Every school with its people. Roles are written at once at the end."""
        self.cast = self._accounts_of_cast()
        houses = [self._build(plan) for plan in self.scale.schools]
        wanted = [self._posts(house) for house in houses]
        crew = names.staff(self.rng, sum(wanted), besides=NAMES)
        for house, count in zip(houses, wanted, strict=True):
            mine, crew = crew[:count], crew[count:]
            accounts = self._accounts_of_staff(house, [one.name for one in mine])
            self._appoint_teachers(house, accounts)
            self._appoint_leaders(house, accounts)
            if accounts:
                raise AssertionError("Somebody was left without a post.")
        self._appoint_cast(houses)
        Membership.objects.bulk_create(self.held)
        return houses

    # Accounts

    def _accounts_of_cast(self) -> dict[str, User]:
        word = make_password(PASSWORD)
        made = [
            User(uid=self.marks.of("user", one.username), username=one.username, name=one.name, password=word)
            for one in PERSONAS
        ]
        return {user.username: user for user in User.objects.bulk_create(made)}

    def _accounts_of_staff(self, house: House, wanted: Sequence[str]) -> list[User]:
        """Colleagues in the background: nobody signs in as them."""
        code = house.plan.code
        made = [
            User(uid=self.marks.of("user", code, n), username=f"{code}{n:03d}", name=name, password=make_password(None))
            for n, name in enumerate(wanted, 1)
        ]
        return User.objects.bulk_create(made)

    # Schools

    def _build(self, plan: SchoolPlan) -> House:
        school = School.objects.create(
            uid=self.marks.of("school", plan.code),
            authority=self.authority,
            name=plan.name,
            stage=plan.stage,
            system=plan.system,
            helpline="139 0000 5541",
            urgent_contact="学校值班室",
            urgent_phone="139 0013 9000",
            listening_since=self.terms.previous.first_day,
        )
        house = House(plan, school)
        self._lay_calendar(school, plan)
        rows = [Grade(uid=self.marks.of("grade", plan.code, n), school=school, number=n) for n in plan.grades]
        house.grades = {grade.number: grade for grade in Grade.objects.bulk_create(rows)}
        house.classes = SchoolClass.objects.bulk_create(
            SchoolClass(
                uid=self.marks.of("class", plan.code, grade.number, n),
                school=school,
                grade=grade,
                number=n,
                year=self.terms.current.year,
            )
            for grade in house.grades.values()
            for n in range(1, plan.classes + 1)
        )
        self._adopt(school, plan)
        return house

    def _lay_calendar(self, school: School, plan: SchoolPlan) -> None:
        Term.objects.bulk_create(
            Term(
                uid=self.marks.of("term", plan.code, term.key),
                school=school,
                name=term.name,
                year=term.year,
                first_day=term.first_day,
                last_day=term.last_day,
            )
            for term in (self.terms.previous, self.terms.current)
        )
        CalendarDay.objects.bulk_create(
            CalendarDay(school=school, day=day, is_school_day=worked, note=note)
            for worked, days in ((False, self.terms.off), (True, self.terms.makeup))
            for day, note in days.items()
        )
        CalendarYear.objects.bulk_create(
            CalendarYear(school=school, year=year, source=CalendarYear.Source.HAND) for year in self.terms.years
        )

    def _adopt(self, school: School, plan: SchoolPlan) -> None:
        """The presets that a new school gets, under addresses that stay."""
        students.adopt_scheme(school)
        listening.adopt_presets(school)
        for model in (CareTier, CareLabel, QuotaRule):
            for row in model.objects.filter(school=school).order_by("order", "pk"):
                model.objects.filter(pk=row.pk).update(uid=self.marks.of(model.__name__, plan.code, row.order))
        QuotaRule.objects.filter(school=school).update(lineage=F("uid"))

    # Roles

    def _hold(
        self,
        user: User,
        role: Role,
        house: House | None = None,
        *,
        grade: Grade | None = None,
        school_class: SchoolClass | None = None,
        title: str = "",
        is_lead: bool = False,
    ) -> None:
        self.held.append(
            Membership(
                uid=self.marks.of("membership", len(self.held)),
                user=user,
                role=role,
                school=house.school if house else None,
                authority=self.authority if role == Role.BUREAU else None,
                grade=grade,
                school_class=school_class,
                is_lead=is_lead,
                title=title,
                valid_from=self.since,
            )
        )

    def _groups(self, house: House) -> list[tuple[Stage, list[SchoolClass]]]:
        """Classes that share their subject teachers, three at a time within a grade."""
        found = []
        for grade in house.plan.grades:
            classes = house.classes_of(grade)
            for at in range(0, len(classes), CLASSES_OF_A_TEACHER):
                found.append((house.plan.writes_as(grade), classes[at : at + CLASSES_OF_A_TEACHER]))
        return found

    def _posts(self, house: House) -> int:
        """How many nameless colleagues the school needs."""
        named = self._named_posts(house)
        heads = sum(1 for one in house.classes if one.pk not in named)
        subjects = sum(len(SUBJECTS[stage]) for stage, _ in self._groups(house))
        if self._is_first(house):
            return heads + subjects - 2 + len(house.grades) - 1 + 1
        return heads + subjects + len(house.grades) + 2 + len(DEPUTIES) + (0 if house.plan.code == "ll" else 1)

    def _is_first(self, house: House) -> bool:
        return house.plan is self.scale.schools[0]

    def _named_posts(self, house: House) -> dict[int, User]:
        """The classes whose head teacher is one of the cast."""
        if not self._is_first(house):
            return {}
        return {
            house.classes_of(7)[0].pk: self.cast["headteacher"],
            house.classes_of(8)[1].pk: self.cast["headteacher2"],
        }

    def _appoint_teachers(self, house: House, waiting: list[User]) -> None:
        """Head teachers and subject teachers; whoever of `waiting` has got a post is taken off."""
        named = self._named_posts(house)
        for one in house.classes:
            head = named.get(one.pk) or waiting.pop()
            house.heads[one.pk] = head
            self._hold(head, Role.HEAD_TEACHER, house, school_class=one)
        colleague = User(
            uid=self.marks.of("user", "colleague"),
            username=f"{house.plan.code}000",
            name=SUBJECT_COLLEAGUE,
            password=make_password(None),
        )
        for at, (stage, classes) in enumerate(self._groups(house)):
            for subject in SUBJECTS[stage]:
                if self._is_first(house) and at == 0 and subject == "数学":
                    teacher = self.cast["teacher"]
                elif self._is_first(house) and at == 0 and subject == "英语":
                    colleague.save()
                    teacher = colleague
                else:
                    teacher = waiting.pop()
                for one in classes:
                    house.colleagues.setdefault(one.pk, []).append(teacher)
                    self._hold(teacher, Role.SUBJECT_TEACHER, house, school_class=one, title=subject)

    def _appoint_leaders(self, house: House, waiting: list[User]) -> None:
        """Grade heads everywhere; in the schools without a cast also principal, leaders, registrar and counselor."""
        first = self._is_first(house)
        for number, grade in house.grades.items():
            head = self.cast["gradehead"] if first and number == 7 else waiting.pop()
            self._hold(head, Role.GRADE_HEAD, house, grade=grade)
        if first:
            self._hold(waiting.pop(), Role.LEADER, house, title="教务主任")
            return
        self._hold(waiting.pop(), Role.LEADER, house, title="校长", is_lead=True)
        for title in DEPUTIES:
            self._hold(waiting.pop(), Role.LEADER, house, title=title)
        self._hold(waiting.pop(), Role.REGISTRAR, house, title="教务")
        counselor = self.cast["otherschool"] if house.plan.code == "ll" else waiting.pop()
        self._hold(counselor, Role.COUNSELOR, house, title="心理教师", is_lead=True)
        house.counselors = dict.fromkeys(house.grades, counselor)

    def _appoint_cast(self, houses: list[House]) -> None:
        house, cast = houses[0], self.cast
        for number, grade in house.grades.items():
            lead = number < 9
            counselor = cast["counselor" if lead else "counselor2"]
            house.counselors[number] = counselor
            title = "专职心理教师" if lead else "兼职心理教师"
            self._hold(counselor, Role.COUNSELOR, house, grade=grade, title=title, is_lead=lead)
        self._hold(cast["teacher"], Role.MENTOR, house)
        self._hold(cast["moral"], Role.LEADER, house, title="德育处主任")
        self._hold(cast["viceprincipal"], Role.LEADER, house, title="副校长")
        self._hold(cast["principal"], Role.LEADER, house, title="校长", is_lead=True)
        self._hold(cast["registrar"], Role.REGISTRAR, house, title="教务")
        for guardian in ("parent", "parent2"):
            self._hold(cast[guardian], Role.GUARDIAN, house)
        first_class = house.classes_of(7)[0]
        for child in ("student", "peer"):
            self._hold(cast[child], Role.STUDENT, house, school_class=first_class)
        self._hold(cast["peer"], Role.PEER, house, school_class=first_class)
        self._hold(cast["bureau"], Role.BUREAU)
        self._hold(cast["admin"], Role.ADMINISTRATOR)
        self._hold(cast[PARENT_TOO], Role.GUARDIAN, house)
        self._propose(house)

    def _propose(self, house: House) -> None:
        """What waits today for the word of the principal: colleagues of the first class, as mentors."""
        for teacher in house.colleagues[house.classes_of(7)[0].pk][1:]:
            self._hold(teacher, Role.MENTOR, house)
            held = self.held[-1]
            held.valid_from, held.granted_by, held.waits = self.terms.today, self.cast["registrar"], True
