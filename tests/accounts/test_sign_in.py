"""Signing in and out, what the trail says of it, and what is not routed."""

import pytest
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from privacy.models import AuditEntry

pytestmark = pytest.mark.django_db

PASSWORD = "eine-stille-viertelstunde"


def person(username="liumin", **fields):
    return User.objects.create_user(username, name="刘敏", password=PASSWORD, **fields)


def sign_in(client, password=PASSWORD, username="liumin"):
    return client.post(reverse("account_login"), {"login": username, "password": password})


def trail():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "by_id", "uid", "detail"))


def test_sign_in_leads_home_and_stands_in_the_trail(client):
    user = person()

    answer = sign_in(client)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert trail() == [("session.in", user.pk, user.uid, "")]


def test_sign_in_with_wrong_password_keeps_the_name_and_names_nobody_in_the_trail(client):
    user = person()

    answer = sign_in(client, "falsch")

    assert (answer.status_code, 'value="liumin"' in answer.content.decode()) == (422, True)
    assert trail() == [("session.fail", None, user.uid, "")]


def test_sign_in_of_an_unknown_name_is_refused_in_the_same_words(client):
    person()

    unknown, wrong = sign_in(client, username="niemand"), sign_in(client, "falsch")

    assert [form.context["form"].non_field_errors() for form in (unknown, wrong)] == [
        ["用户名或密码不对，再看一眼。忘了密码，请找学校的校务管理员。"]
    ] * 2
    assert trail()[0] == ("session.fail", None, None, "")


def test_sign_in_after_five_failures_has_to_wait(client):
    person()
    for _ in range(5):
        sign_in(client, "falsch")

    answer = sign_in(client)

    assert (answer.status_code, "请 15 分钟后再来" in answer.content.decode()) == (422, True)


def test_sign_in_of_a_disabled_account_says_so(client):
    person(is_active=False)

    answer = client.post(reverse("account_login"), {"login": "liumin", "password": PASSWORD}, follow=True)

    assert (answer.request["PATH_INFO"], "这个账号已经停用" in answer.content.decode()) == (
        reverse("account_login"),
        True,
    )


def test_sign_out_by_post_leads_to_the_sign_in_page(client):
    user = person()
    client.force_login(user)

    answer = client.post(reverse("account_logout"))

    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    assert trail() == [("session.out", user.pk, user.uid, "")]


def test_sign_out_by_a_link_asks_first(client):
    client.force_login(person())

    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get(reverse("profile")).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_email", "account_reset_password", "account_set_password", "account_reauthenticate"],
)
def test_other_pages_of_allauth_have_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_personas_stand_on_the_sign_in_page_of_the_demo(client, settings):
    settings.DEMO = True
    person("headteacher")

    answer = client.get(reverse("account_login"))

    assert [(one.username, one.name, one.initial) for one in answer.context["personas"]] == [
        ("headteacher", "刘敏", "刘")
    ]


def test_personas_are_nowhere_else(client, settings):
    settings.DEMO = False
    person("headteacher")

    answer = client.get(reverse("account_login"))

    assert ("personas" in answer.context, "qingting-demo" in answer.content.decode()) == (False, False)
