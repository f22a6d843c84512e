"""The verbs of the school: founding it, its terms and days, who does what in it."""

import secrets
from datetime import date, datetime, timedelta

import chinese_calendar
from django.db import transaction
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import User
from privacy import actions as privacy
from schools.appointments import KeptApart as KeptApart
from schools.appointments import LastRegistrar as LastRegistrar
from schools.appointments import SelfGrant as SelfGrant
from schools.appointments import appoint as appoint
from schools.appointments import confirm as confirm
from schools.appointments import decline as decline
from schools.appointments import end_membership as end_membership
from schools.appointments import ensure_membership as ensure_membership
from schools.models import (
    CalendarDay,
    CalendarYear,
    Grade,
    Membership,
    School,
    SchoolChange,
    SchoolClass,
    Term,
)
from schools.roles import Role

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are read as another


class Overlaps(Exception):
    """Two terms of one school share a day."""


class NameTaken(Exception):
    """A school, a class or an account of this name is there already."""


def first_password() -> str:
    """Ten letters and digits that can be read aloud; it has to be changed at the first sign-in."""
    return "".join(secrets.choice(LETTERS) for _ in range(10))


@transaction.atomic
def create_school(*, name: str, at: datetime, stage: str = "", username: str = "") -> tuple[School, User, str]:
    """A school with its registrar. Returns both and the registrar's first password, which is stored nowhere in clear.

    Raises NameTaken when the school is there already.
    """
    if School.objects.filter(name=name).exists():
        raise NameTaken
    school = School.objects.create(name=name, stage=stage or School.Stage.JUNIOR)
    username = username or _free_username("registrar")
    password = first_password()
    registrar = User.objects.create_user(username, name="校务管理员", password=password, must_change_password=True)
    appoint(
        by=None, user=registrar, school=school, role=Role.REGISTRAR, since=timezone.localdate(at), at=at, title="教务"
    )
    year = timezone.localdate(at).year
    for one in (year, year + 1):
        seed_calendar_year(school, one)
    privacy.record(by_id=None, verb="school.create", at=at, school_id=school.pk, kind="school", uid=school.uid)
    return school, registrar, password


def _free_username(wanted: str) -> str:
    taken = set(User.objects.filter(username__startswith=wanted).values_list("username", flat=True))
    return next(name for n in range(1, len(taken) + 2) if (name := wanted if n == 1 else f"{wanted}{n}") not in taken)


def create_account(
    *, by: User | None, username: str, name: str, at: datetime, school: School | None = None
) -> tuple[User, str]:
    """An account with a first password, which is returned once. Raises NameTaken."""
    if User.objects.filter(username=username).exists():
        raise NameTaken
    password = first_password()
    with transaction.atomic():
        user = User.objects.create_user(username, name=name, password=password, must_change_password=True)
        privacy.record(
            by_id=by.pk if by else None,
            verb="account.create",
            at=at,
            school_id=school.pk if school else None,
            kind="account",
            uid=user.uid,
        )
    return user, password


@transaction.atomic
def create_colleague(
    *,
    by: User,
    school: School,
    username: str,
    name: str,
    at: datetime,
    role: Role | None = None,
    since: date | None = None,
    grade: Grade | None = None,
    school_class: SchoolClass | None = None,
    is_lead: bool = False,
    title: str = "",
) -> tuple[User, str]:
    """An account made by a school, with its first role if one is named. Returns the first password once.

    Raises NameTaken.
    """
    user, password = create_account(by=by, username=username, name=name, at=at, school=school)
    if role is not None:
        appoint(
            by=by,
            user=user,
            role=role,
            since=since or timezone.localdate(at),
            at=at,
            school=school,
            grade=grade,
            school_class=school_class,
            is_lead=is_lead,
            title=title,
        )
    return user, password


@transaction.atomic
def reset_password(*, by: User, user: User, school: School, at: datetime) -> str:
    """A new first password for somebody who forgot the own one; every open session of the account ends.

    Raises KeptApart for a system administrator, whom no school looks after.
    """
    if Membership.objects.valid_on(timezone.localdate(at)).filter(user=user, role=Role.ADMINISTRATOR).exists():
        raise KeptApart
    password = first_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    privacy.record(by_id=by.pk, verb="account.reset", at=at, school_id=school.pk, kind="account", uid=user.uid)
    return password


def reset_second_factor(*, by: User, user: User, school: School, at: datetime) -> None:
    """For somebody whose phone is gone. Raises SelfGrant for the own one, KeptApart for a system administrator."""
    if by == user:
        raise SelfGrant
    if Membership.objects.valid_on(timezone.localdate(at)).filter(user=user, role=Role.ADMINISTRATOR).exists():
        raise KeptApart
    accounts.reset_second_factor(by=by, user=user, school_id=school.pk, at=at)


@transaction.atomic
def add_class(*, by: User, school: School, grade: int, number: int, year: str, at: datetime) -> SchoolClass:
    """A class of one school year, in the grade of this number (1 to 12). Raises NameTaken."""
    of_grade, _ = Grade.objects.get_or_create(school=school, number=grade)
    added, made = SchoolClass.objects.get_or_create(school=school, grade=of_grade, number=number, year=year)
    if not made:
        raise NameTaken
    privacy.record(by_id=by.pk, verb="class.add", at=at, school_id=school.pk, kind="class", uid=added.uid)
    return added


@transaction.atomic
def save_contacts(
    *, by: User, school: School, helpline: str, urgent_contact: str, urgent_phone: str, at: datetime
) -> None:
    """The school's own telephone and whom to call at once."""
    School.objects.filter(pk=school.pk).update(
        helpline=helpline, urgent_contact=urgent_contact, urgent_phone=urgent_phone
    )
    privacy.record(by_id=by.pk, verb="school.contacts", at=at, school_id=school.pk, kind="school", uid=school.uid)


@transaction.atomic
def change_late_days(*, by: User, school: School, days: int, at: datetime) -> School:
    """Let late entries count for so many days after the due day, from what is due today on.

    What was over before keeps the limit that it had: what was entered in time stays so, and the other way round.
    """
    today = timezone.localdate(at)
    stands = School.objects.select_for_update(no_key=True).get(pk=school.pk)
    if stands.late_days == days:
        return stands
    yesterday = (today - timedelta(days=1)).isoformat()
    before = stands.late_days_before
    if not before or before[-1][0] < yesterday:  # what is changed twice in a day has not held for anything
        before = [*before, [yesterday, stands.late_days]]
    stands.late_days, stands.late_days_before = days, before
    stands.save(update_fields=["late_days", "late_days_before"])
    privacy.record(
        by_id=by.pk,
        verb="school.late_days",
        at=at,
        school_id=school.pk,
        kind="school",
        uid=school.uid,
        detail=str(days),
    )
    return stands


@transaction.atomic
def save_term(*, by: User, term: Term, at: datetime) -> Term:
    """Enter or correct a term. Raises Overlaps when it shares a day with another one of the school."""
    others = Term.objects.filter(school=term.school, first_day__lte=term.last_day, last_day__gte=term.first_day)
    if others.exclude(pk=term.pk).exists():
        raise Overlaps
    term.save()
    for year in range(term.first_day.year, term.last_day.year + 1):
        seed_calendar_year(term.school, year)
    calendar_changed(term.school, first=term.first_day, last=term.last_day, at=at)
    privacy.record(by_id=by.pk, verb="term.save", at=at, school_id=term.school_id, kind="term", uid=term.uid)
    return term


def calendar_changed(school: School, *, first: date, last: date, at: datetime) -> None:
    """Tell whoever keeps figures that the days from first to last may count differently."""
    SchoolChange.objects.create(school=school, kind=SchoolChange.Kind.CALENDAR, first_day=first, last_day=last, at=at)


@transaction.atomic
def set_day(*, by: User, school: School, day: date, is_school_day: bool, note: str, at: datetime) -> None:
    """Say of one day whether there is school. What Monday to Friday says anyway needs no row."""
    ordinary = day.weekday() < 5
    if is_school_day == ordinary:
        CalendarDay.objects.filter(school=school, day=day).delete()
    else:
        CalendarDay.objects.update_or_create(
            school=school, day=day, defaults={"is_school_day": is_school_day, "note": note}
        )
    CalendarYear.objects.get_or_create(school=school, year=day.year, defaults={"source": CalendarYear.Source.HAND})
    calendar_changed(school, first=day, last=day, at=at)
    privacy.record(
        by_id=by.pk, verb="calendar.day", at=at, school_id=school.pk, kind="school", uid=school.uid, detail=str(day)
    )


def seed_calendar_year(school: School, year: int) -> bool:
    """Take the holidays and make-up days of a year from the library, once. False where it does not know the year:
    then the year is Monday to Friday, and the pages say so until somebody enters its days.
    """
    if CalendarYear.objects.filter(school=school, year=year).exists():
        return True
    try:
        rows = list(_days_of_year(school, year))
    except NotImplementedError:
        return False
    CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
    CalendarYear.objects.create(school=school, year=year, source=CalendarYear.Source.LIBRARY)
    return True


def _days_of_year(school: School, year: int) -> list[CalendarDay]:
    rows = []
    for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
        day = date.fromordinal(ordinal)
        works = chinese_calendar.is_workday(day)
        if works != (day.weekday() < 5):
            _, holiday = chinese_calendar.get_holiday_detail(day)
            rows.append(
                CalendarDay(school=school, day=day, is_school_day=works, note=_holiday_name(holiday, works=works))
            )
    return rows


HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}


def _holiday_name(name: str | None, *, works: bool) -> str:
    chinese = HOLIDAYS.get(name or "", "放假")
    return f"{chinese}调休" if works else chinese


def years_without_days(school: School, years: list[int]) -> list[int]:
    """The years among these for which the school has no holiday table yet."""
    known = set(CalendarYear.objects.filter(school=school, year__in=years).values_list("year", flat=True))
    return [year for year in years if year not in known]
