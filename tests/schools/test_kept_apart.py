"""No system administrator holds a content role: said by the database, to whoever writes past the actions."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from schools import actions
from schools.models import Membership, School
from schools.roles import CONTENT_ROLES, Role
from tests.cast import NOW, TODAY, person

FIRST, LAST = date(2025, 9, 1), date(2025, 12, 31)


def row(user, role, school, first=FIRST, last=LAST):
    of = None if role == Role.ADMINISTRATOR else school
    return Membership(user=user, role=role, school=of, valid_from=first, valid_to=last)


@pytest.fixture
def somebody(db):
    return person("both", "两样"), School.objects.create(name="清江中学")


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR, Role.BUREAU}))
def test_administrator_beside_each_role(somebody, role, turned):
    user, school = somebody
    first, second = row(user, Role.ADMINISTRATOR, school), row(user, role, school)
    if turned:
        first, second = second, first
    first.save()

    if role in CONTENT_ROLES:
        with pytest.raises(IntegrityError, match="membership_kept_apart"), transaction.atomic():
            second.save()
        with pytest.raises(ValidationError):
            second.validate_constraints()
    else:
        second.save()
        second.validate_constraints()
        assert user.memberships.count() == 2


@pytest.mark.parametrize(
    ("first", "last", "apart"),
    [
        (FIRST - timedelta(days=30), FIRST - timedelta(days=1), False),
        (LAST + timedelta(days=1), None, False),
        (FIRST - timedelta(days=30), FIRST, True),
        (LAST, None, True),
        (FIRST + timedelta(days=1), LAST - timedelta(days=1), True),
        (FIRST - timedelta(days=30), None, True),
    ],
)
def test_days_in_common_count(somebody, first, last, apart):
    user, school = somebody
    row(user, Role.COUNSELOR, school).save()
    second = row(user, Role.ADMINISTRATOR, school, first, last)

    if apart:
        with pytest.raises(IntegrityError), transaction.atomic():
            second.save()
    else:
        second.save()

    assert user.memberships.count() == (1 if apart else 2)


@pytest.mark.parametrize("change", [{"role": Role.COUNSELOR}, {"valid_to": None}])
def test_bulk_update_is_held_too(somebody, change):
    user, school = somebody
    row(user, Role.ADMINISTRATOR, school, LAST + timedelta(days=1), None).save()
    other = row(user, Role.REGISTRAR if "role" in change else Role.COUNSELOR, school)
    other.save()
    more = {"valid_to": None} if "role" in change else {}

    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=other.pk).update(**change, **more)


def test_written_by_hand(somebody):
    user, school = somebody
    row(user, Role.ADMINISTRATOR, school).save()
    row(user, Role.REGISTRAR, school).save()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE schools_membership SET role = 'counselor' WHERE user_id = %s AND role = 'registrar'", [user.pk]
        )


def test_action_gives_it_a_name(somebody):
    user, school = somebody
    row(user, Role.ADMINISTRATOR, school).save()

    with pytest.raises(actions.KeptApart):
        actions.appoint(by=None, user=user, school=school, role=Role.COUNSELOR, since=TODAY, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_sessions_at_once():
    """Each writes its half before either commits: one of them stays."""
    user, school = person("both", "两样"), School.objects.create(name="清江中学")
    meet, failed = threading.Barrier(2, timeout=20), []

    def write(role):
        try:
            meet.wait()
            with transaction.atomic():
                row(user, role, school).save()
        except IntegrityError as error:
            failed.append("membership_kept_apart" in str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(role,)) for role in (Role.ADMINISTRATOR, Role.COUNSELOR)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert (failed, Membership.objects.filter(user=user).count()) == ([True], 1)


@pytest.mark.django_db(transaction=True)
def test_comes_back_with_the_table():
    """SQLite makes the table anew for either step; PostgreSQL drops the trigger and makes it again."""
    rule = next(one for one in Membership._meta.constraints if one.name == "membership_kept_apart")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Membership, rule)
        editor.add_constraint(Membership, rule)
    user, school = person("both", "两样"), School.objects.create(name="清江中学")
    row(user, Role.ADMINISTRATOR, school).save()

    with pytest.raises(IntegrityError, match="membership_kept_apart"):
        row(user, Role.COUNSELOR, school).save()
