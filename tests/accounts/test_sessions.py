"""登录的设备: one's own sessions, seen and ended; nobody else's."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.devices import device_words
from privacy.models import AuditEntry
from tests.cast import PASSWORD
from tests.pages import read_page

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Mobile MicroMessenger/8.0"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (EDGE, "Windows 电脑 · Edge"),
        (PHONE, "iPhone · 微信"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X) Version/18 Safari/605.1", "苹果电脑 · Safari"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537.36", "安卓手机 · Chrome"),
        ("", "一台设备"),
    ],
)
def test_device_in_plain_words(agent, words):
    assert device_words(agent) == words


def signed_in(user, agent=EDGE):
    client = Client(headers={"User-Agent": agent})
    client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    return client


def is_in(client):
    return client.get(reverse("profile")).status_code == 200


def rows(client):
    return read_page(client.get(reverse("sessions"))).rows


def test_list_shows_the_own_sessions_alone(cast):
    here, phone, _ = signed_in(cast.teacher), signed_in(cast.teacher, PHONE), signed_in(cast.head_teacher)

    page = read_page(here.get(reverse("sessions"))).text
    assert ("Windows 电脑 · Edge 这一台" in page, [one.all("b")[0].text for one in rows(here)]) == (
        True,
        ["iPhone · 微信"],
    )
    assert [one.all("b")[0].text for one in rows(phone)] == ["Windows 电脑 · Edge"]


def test_one_of_them_is_ended(cast):
    here, phone, other = signed_in(cast.teacher), signed_in(cast.teacher, PHONE), signed_in(cast.teacher)
    wanted = next(row for row in rows(here) if "iPhone" in row.text).all("button")[0].attrs["value"]

    here.post(reverse("sessions"), {"session": wanted})

    assert [is_in(one) for one in (here, phone, other)] == [True, False, True]
    assert AuditEntry.objects.filter(verb="session.end", by_id=cast.teacher.pk, detail="person").count() == 1


def test_all_others_are_ended(cast):
    here, *others = [signed_in(cast.teacher) for _ in range(3)]

    here.post(reverse("sessions"))

    assert (is_in(here), [is_in(one) for one in others]) == (True, [False, False])


@pytest.mark.parametrize("number", ["theirs", "0", "x", "１"])
def test_nobody_ends_the_session_of_another(cast, number):
    here, theirs = signed_in(cast.teacher), signed_in(cast.head_teacher)
    if number == "theirs":
        number = rows(signed_in(cast.head_teacher))[0].all("button")[0].attrs["value"]

    answer = here.post(reverse("sessions"), {"session": number})

    assert (answer.status_code, is_in(theirs), is_in(here)) == (302, True, True)


def test_change_of_password_ends_the_others(cast):
    here, other = signed_in(cast.teacher), signed_in(cast.teacher)
    new = "noch-eine-viertelstunde"

    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert (is_in(here), is_in(other), rows(here)) == (True, False, [])


def test_list_asks_as_often_with_three_sessions_as_with_one(cast):
    here = signed_in(cast.teacher)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            signed_in(cast.teacher)
        with CaptureQueriesContext(connection) as queries:
            here.get(reverse("sessions"))
        counts.append(len(queries))

    assert (counts, len(rows(here))) == ([6, 6], 3)
