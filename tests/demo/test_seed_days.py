"""Seeding on one day and another, the command, and how the demo is kept apart from a school's own data."""

from datetime import date, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from demo import checks, county
from demo.scale import SMALL
from listening import actions
from listening.models import CheckIn, ClassCheckIn, Conversation, QuotaRule
from listening.quotas import Status
from notifications.models import InboxItem
from privacy.keyring import keyring
from privacy.models import AuditEntry
from schools.models import Membership, School, SchoolClass
from students.models import Student

TODAY = date(2026, 11, 25)  # a Wednesday
SOME_DAYS = [date(2026, 11, 23), date(2026, 11, 29), date(2027, 1, 1)]  # a Monday, a Sunday, the turn of a year
MORE_DAYS = [*(date(2026, 11, 24) + timedelta(days=n) for n in range(5)), date(2026, 7, 26), date(2028, 2, 29)]
SIGNS = {Status.DUE: "d", Status.MET: "m", Status.MISSED: "x", Status.EXCUSED: "e"}


def evening_of(day: date) -> datetime:
    return datetime.combine(day, time(20, 0), timezone.get_current_timezone())


# The same again


def fingerprint() -> dict[str, list[tuple[object, ...]]]:
    """What a visitor could tell two seeds apart by."""
    talks = Conversation.objects.select_related("school").order_by("pk")
    return {
        "students": list(Student.objects.order_by("pk").values_list("uid", "name", "number")),
        "people": list(User.objects.order_by("pk").values_list("uid", "username", "name")),
        "roles": list(Membership.objects.order_by("pk").values_list("uid", "role", "user__username")),
        "classes": list(SchoolClass.objects.order_by("pk").values_list("uid", "number")),
        "rules": list(QuotaRule.objects.order_by("pk").values_list("uid", "name")),
        "talks": list(talks.values_list("uid", "day", "clock", "minutes", "recorded_at", "listener__username")),
        "notes": [(keyring().unseal(bytes(talk.note), talk.note_place),) for talk in talks if talk.note],
        "check_ins": list(
            CheckIn.objects.order_by("pk").values_list("student__uid", "rule__name", "period__label", "status", "late")
        ),
        "class_check_ins": list(
            ClassCheckIn.objects.order_by("pk").values_list("school_class__uid", "period__label", "status", "late")
        ),
        "inbox": list(InboxItem.objects.order_by("pk").values_list("to__username", "key", "text", "at", "read_at")),
    }


@pytest.mark.django_db
def test_same_day_gives_the_same_county() -> None:
    with transaction.atomic():
        county.seed(TODAY, scale=SMALL)
        once = fingerprint()
        transaction.set_rollback(True)

    county.seed(TODAY, scale=SMALL)

    assert fingerprint() == once


def last_states(school: School, seat: int) -> str:
    rows = CheckIn.objects.filter(school=school, student__number=f"701{seat:02d}", rule__name="双周倾听")
    signs = [(SIGNS[Status(row.status)], row.late) for row in rows.order_by("period__start")]
    return "".join(sign.upper() if late else sign for sign, late in signs[-4:])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "today", [*SOME_DAYS, *(pytest.param(day, marks=pytest.mark.long) for day in MORE_DAYS)], ids=str
)
def test_any_day_will_do(today: date) -> None:
    county.seed(today, scale=SMALL)

    school = School.objects.get(name="清江中学")
    assert [last_states(school, seat) for seat in range(3, 8)] == ["xxxd", "d", "d", "mmMd", "meed"]
    assert actions.run_day(school, on=today, at=evening_of(today)) == 0
    assert not Conversation.objects.filter(recorded_on__gt=today).exists()
    own = Conversation.objects.filter(listener__username="headteacher", day=today)
    assert own.count() in ({1, 2} if today.weekday() < 5 else {0})


# The command, and keeping the demo apart


@pytest.fixture
def small_command(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = county.seed
    monkeypatch.setattr(county, "seed", lambda today, say: whole(today, scale=SMALL, say=say))


@pytest.mark.django_db
def test_command_marks_the_database(small_command: None, settings: Settings) -> None:
    out = StringIO()

    call_command("seed_demo", today=TODAY, stdout=out)

    assert AuditEntry.objects.get(verb=checks.MADE_BY_SEED).detail == "2026-11-25"
    assert "清江中学：120 位学生" in out.getvalue()
    settings.TESTING = settings.DEMO = False
    assert not checks.stands_apart()
    assert [error.id for error in checks.database_is_not_the_demo(None, ["default"])] == ["demo.E001"]
    settings.DEMO = True
    assert checks.stands_apart()


@pytest.mark.django_db
def test_command_does_nothing_the_second_time_if_empty(small_command: None) -> None:
    call_command("seed_demo", today=TODAY, stdout=StringIO())
    before = Conversation.objects.count()

    call_command("seed_demo", if_empty=True, today=TODAY + timedelta(days=7), stdout=StringIO())

    assert Conversation.objects.count() == before
    with pytest.raises(CommandError, match="已经在了"):
        call_command("seed_demo", today=TODAY, stdout=StringIO())


@pytest.mark.django_db
def test_command_refuses_outside_the_demo(settings: Settings) -> None:
    settings.DEMO = settings.TESTING = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo", stdout=StringIO())


@pytest.mark.django_db
def test_command_leaves_a_schools_own_data_alone() -> None:
    School.objects.create(name="实验中学")

    with pytest.raises(CommandError, match="不会写进来"):
        call_command("seed_demo", if_empty=True, stdout=StringIO())


@pytest.mark.django_db
def test_empty_database_is_anybodys(settings: Settings) -> None:
    settings.DEMO = settings.TESTING = False

    assert checks.stands_apart()
