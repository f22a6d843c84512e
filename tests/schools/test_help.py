"""Help, hotlines and whom to call now: open to everybody, a school's own numbers to its members."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from schools import actions
from schools.models import School
from schools.roles import Role

pytestmark = pytest.mark.django_db

PAGES = ["help", "lines", "urgent"]


def person(role, name="顾文静", school=None, **post):
    now = timezone.now()
    user = User.objects.create_user(f"u{User.objects.count()}", name=name)
    actions.appoint(by=None, user=user, school=school, role=role, since=timezone.localdate(now), at=now, **post)
    return user


@pytest.fixture
def school():
    return School.objects.create(
        name="清江中学", helpline="0571-8800 1234", urgent_contact="副校长 何建国", urgent_phone="0571-8800 9000"
    )


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_signed_out_without_anything_of_a_school(client, school, page):
    person(Role.COUNSELOR, school=school, is_lead=True)

    answer = client.get(reverse(page))

    shown = answer.content.decode()
    assert answer.status_code == 200
    assert not any(words in shown for words in ("8800", "何建国", "顾文静", "清江中学"))
    assert "12356" in shown


@pytest.mark.parametrize("role", [Role.HEAD_TEACHER, Role.GUARDIAN, Role.STUDENT])
def test_urgent_names_the_people_of_the_own_school(client, school, role):
    person(Role.COUNSELOR, school=school, is_lead=True)
    client.force_login(person(role, "刘敏", school))

    shown = client.get(reverse("urgent")).content.decode()

    assert all(
        words in shown for words in ("tel:120", "tel:110", "tel:057188009000", "副校长 何建国", "顾文静 · 心理组长")
    )


def test_urgent_after_the_membership_has_ended_is_as_signed_out(client, school):
    former = person(Role.HEAD_TEACHER, school=school)
    former.memberships.update(valid_from="2024-01-01", valid_to="2024-12-31")
    client.force_login(former)

    assert "8800" not in client.get(reverse("urgent")).content.decode()


def test_lines_show_the_schools_own_number_to_its_members(client, school):
    client.force_login(person(Role.STUDENT, school=school))

    assert "tel:057188001234" in client.get(reverse("lines")).content.decode()


def test_help_speaks_to_each_role_held(client, school):
    user = person(Role.REGISTRAR, school=school)
    actions.appoint(by=None, user=user, school=school, role=Role.MENTOR, since=timezone.localdate(), at=timezone.now())
    client.force_login(user)

    assert [label for label, _ in client.get(reverse("help")).context["roles"]] == ["结对导师", "校务管理员"]


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.BUREAU, Role.ADMINISTRATOR}])
def test_help_has_words_for_every_role_of_a_school(client, school, role):
    client.force_login(person(role, school=school))

    assert len(client.get(reverse("help")).context["roles"]) == 1


def test_help_has_words_for_the_system_administrator(client):
    client.force_login(person(Role.ADMINISTRATOR))

    assert [label for label, _ in client.get(reverse("help")).context["roles"]] == ["系统管理员"]
