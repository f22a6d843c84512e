"""The page 我的, the change of password, and the first password that comes before anything else."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from schools import actions
from schools.models import School
from schools.roles import Role

pytestmark = pytest.mark.django_db

PASSWORD = "eine-stille-viertelstunde"
NEW = "noch-eine-viertelstunde"


def person(**fields):
    return User.objects.create_user("liumin", name="刘敏", password=PASSWORD, **fields)


def change(client, **typed):
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    return client.post(reverse("account_change_password"), fields | typed)


def test_profile_shows_what_one_does_here_and_since_when(client):
    user, now = person(), timezone.now()
    school = School.objects.create(name="清江中学")
    actions.appoint(
        by=None, user=user, school=school, role=Role.LEADER, title="校长", since=timezone.localdate(now), at=now
    )
    client.force_login(user)

    page = client.get(reverse("profile")).content.decode()

    assert all(words in page for words in ("刘敏", "liumin", "清江中学", "领导小组", "校长", "退出登录", "改密码"))


def test_profile_without_a_role_says_whom_to_ask(client):
    client.force_login(person())

    assert "您现在没有任职" in client.get(reverse("profile")).content.decode()


@pytest.mark.parametrize("theme", ["", "light", "dark"])
def test_theme_is_kept_with_the_person(client, theme):
    user = person(theme="light" if theme != "light" else "dark")
    client.force_login(user)

    answer = client.post(reverse("profile"), {"theme": theme})

    user.refresh_from_db()
    assert (answer.status_code, user.theme) == (302, theme)


def test_theme_that_is_none_changes_nothing(client):
    user = person()
    client.force_login(user)

    answer = client.post(reverse("profile"), {"theme": "rosa"})

    user.refresh_from_db()
    assert (answer.status_code, user.theme) == (422, "")


def test_profile_signed_out_leads_to_the_sign_in_page(client):
    assert client.get(reverse("profile"))["Location"].startswith(reverse("account_login"))


def test_password_change_keeps_the_session_and_ends_the_first_password(client):
    user = person(must_change_password=True)
    client.force_login(user)

    answer = change(client)

    user.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert (user.check_password(NEW), user.must_change_password) == (True, False)
    assert client.get(reverse("profile")).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        {"oldpassword": "falsch"},
        {"password2": "anders-geschrieben"},
        {"password1": "12345678", "password2": "12345678"},
    ],
)
def test_password_change_refused_keeps_the_old_one(client, typed):
    user = person(must_change_password=True)
    client.force_login(user)

    answer = change(client, **typed)

    user.refresh_from_db()
    assert (answer.status_code, user.check_password(PASSWORD), user.must_change_password) == (422, True, True)


@pytest.mark.parametrize("name", ["home", "profile"])
def test_first_password_comes_before_other_pages(client, name):
    client.force_login(person(must_change_password=True))

    answer = client.get(reverse(name))

    assert (answer.status_code, answer["Location"]) == (302, reverse("account_change_password"))


@pytest.mark.parametrize("name", ["account_change_password", "account_logout", "help", "lines", "urgent", "healthz"])
def test_first_password_leaves_help_and_the_way_out_open(client, name):
    client.force_login(person(must_change_password=True))

    assert client.get(reverse(name)).status_code == 200
