"""Guessing is slowed down for whoever guesses; nobody else is kept out by it."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import devices
from tests.cast import NOW, PASSWORD

SCHOOL, HOME = "203.0.113.7", "198.51.100.9"


def sign_in(client, user, password=PASSWORD, address=SCHOOL):
    fields = {"login": user.username, "password": password}
    return client.post(reverse("account_login"), fields, REMOTE_ADDR=address).status_code


def guess(user, times=5, address=SCHOOL):
    return [sign_in(Client(), user, "falsch", address) for _ in range(times)]


def test_five_wrong_for_one_let_the_next_in_from_the_same_address(cast):
    guess(cast.head_teacher, 6)

    assert (sign_in(Client(), cast.head_teacher), sign_in(Client(), cast.teacher)) == (422, 302)


def test_stranger_elsewhere_does_not_keep_the_owner_out(cast):
    guess(cast.head_teacher, 6, HOME)

    assert (sign_in(Client(), cast.head_teacher, address=HOME), sign_in(Client(), cast.head_teacher)) == (422, 302)


def test_known_device_is_counted_apart_behind_the_same_address(cast):
    known = Client()
    sign_in(known, cast.head_teacher)
    known.post(reverse("account_logout"))
    guess(cast.head_teacher, 6)

    assert (sign_in(Client(), cast.head_teacher), sign_in(known, cast.head_teacher)) == (422, 302)


def test_known_device_has_to_wait_after_five_wrong_of_its_own(cast):
    known = Client()
    sign_in(known, cast.head_teacher)
    known.post(reverse("account_logout"))
    for _ in range(5):
        sign_in(known, cast.head_teacher, "falsch")

    assert sign_in(known, cast.head_teacher) == 422
    with time_machine.travel(NOW + timedelta(minutes=15, seconds=1), tick=False):
        assert sign_in(known, cast.head_teacher) == 302


def test_device_of_one_account_is_unknown_to_another(cast):
    shared = Client()
    sign_in(shared, cast.teacher)
    shared.post(reverse("account_logout"))
    guess(cast.head_teacher, 6)

    assert (sign_in(shared, cast.head_teacher), sign_in(shared, cast.teacher)) == (422, 302)


def test_forged_mark_makes_no_known_device(cast):
    forged = Client()
    forged.cookies[devices.COOKIE] = '{"number": "1", "accounts": []}:x:y'
    guess(cast.head_teacher, 6)

    assert sign_in(forged, cast.head_teacher) == 422


def test_many_guessers_are_slowed_down_together_but_for_the_known_device(cast):
    known = Client()
    sign_in(known, cast.head_teacher)
    known.post(reverse("account_logout"))
    for last in range(50):
        guess(cast.head_teacher, 1, f"192.0.2.{last}")

    assert (sign_in(Client(), cast.head_teacher, address=HOME), sign_in(known, cast.head_teacher)) == (422, 302)


def test_wrong_password_while_signed_in_ends_no_session(cast):
    client = Client()
    sign_in(client, cast.head_teacher)
    guess(cast.head_teacher, 6)

    answer = client.post(reverse("confirm"), {"again-here": "1", "again-answer": PASSWORD}, REMOTE_ADDR=SCHOOL)

    assert answer.status_code == 302


def test_counts_hold_over_all_processes():
    assert settings.CACHES["default"]["BACKEND"].endswith(("DatabaseCache", "RedisCache"))


@pytest.mark.parametrize("name", ["a" * 300, "", "顾文静", "x'--"])
def test_odd_names_are_refused_in_the_same_way(cast, name):
    fields = {"login": name, "password": "falsch"}

    assert Client().post(reverse("account_login"), fields).status_code == 422
