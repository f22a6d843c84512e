"""两步验证: who needs it, what the database holds of it, and how it is lost and replaced."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts import actions, second_factor
from accounts.models import User
from accounts.sealed import FactorSecrets
from privacy.keyring import CannotOpen, keyring
from privacy.models import AuditEntry
from schools.models import Membership
from schools.roles import Role
from tests.accounts.codes import code_of
from tests.cast import NOW, PASSWORD, TODAY
from tests.pages import read_page

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def set_up(user, secret=SECRET):
    return actions.set_second_factor(user=user, secret=secret, at=NOW)


def sign_in(client, user, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": user.username, "password": password})


def second_step(client, code):
    return client.post(reverse("mfa_authenticate"), {"code": code})


def is_in(client):
    return client.get(reverse("profile")).status_code == 200


def verbs():
    return list(AuditEntry.objects.filter(kind="account").order_by("pk").values_list("verb", "detail"))


def test_setting_up_takes_the_code_of_the_phone_and_shows_spare_codes_once(cast, as_person):
    client = as_person(cast.counselor)
    page = read_page(client.get(reverse("second-factor-new")))
    waiting = page.all("input", name="waiting")[0].attrs["value"]
    secret = page.all("p", **{"class": "q-mono q-b"})[0].text.replace(" ", "")

    wrong = client.post(reverse("second-factor-new"), {"waiting": waiting, "code": code_of(secret, later=9)})
    right = client.post(reverse("second-factor-new"), {"waiting": waiting, "code": code_of(secret)})

    assert (wrong.status_code, right.status_code) == (422, 200)
    assert len(set(re.findall(r"<li>(\d{4} \d{4})</li>", right.content.decode()))) == 10
    assert page.all("img")[0].attrs["src"].startswith("data:image/svg+xml;base64,")
    assert verbs()[-1] == ("account.factor", "")
    assert "已开启" in client.get(reverse("second-factor")).content.decode()


def test_secret_of_another_account_does_not_wait_here(cast, as_person):
    secret, waiting = second_factor.waiting_secret(cast.head_teacher, "")

    answer = as_person(cast.counselor).post(reverse("second-factor-new"), {"waiting": waiting, "code": code_of(secret)})

    assert (answer.status_code, second_factor.is_set(cast.counselor)) == (422, False)


def test_copy_of_the_database_holds_no_secret(cast):
    set_up(cast.counselor)

    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert (SECRET in stored, Authenticator.objects.count()) == (False, 2)


def test_secret_moved_to_another_account_does_not_open(cast, rf):
    set_up(cast.counselor)
    Authenticator.objects.filter(user=cast.counselor).update(user=cast.head_teacher)
    request = rf.post("/")

    assert second_factor.check(request, cast.head_teacher, code_of(SECRET)) is None
    with second_factor.of(cast.head_teacher), pytest.raises(CannotOpen):
        second_factor.unsealed(Authenticator.objects.get(type="totp").data["secret"])


def test_change_of_keys_takes_the_secrets_along(cast, rf):
    codes = set_up(cast.counselor)
    kind = FactorSecrets()
    for row in kind.rows():
        assert kind.put(row, [keyring().reseal(sealed, place) for sealed, place in kind.texts(row)])

    found = [second_factor.check(rf.post("/"), cast.counselor, one) for one in (code_of(SECRET), codes[0])]
    assert [one.type for one in found] == ["totp", "recovery_codes"]


def test_signing_in_asks_for_the_code(cast, client):
    set_up(cast.counselor)

    first = sign_in(client, cast.counselor)
    between = is_in(client)
    wrong = second_step(client, code_of(SECRET, later=7))
    second_step(client, code_of(SECRET))

    assert (first["Location"], between, wrong.status_code, is_in(client)) == (
        reverse("mfa_authenticate"), False, 422, True,
    )  # fmt: skip
    assert verbs()[-2:] == [("session.fail", "code"), ("session.in", "")]


def test_code_is_taken_once(cast):
    set_up(cast.counselor)
    one, other = Client(), Client()
    sign_in(one, cast.counselor)
    second_step(one, code_of(SECRET))
    with time_machine.travel(NOW + timedelta(seconds=31), tick=False):
        sign_in(other, cast.counselor)
        again = second_step(other, code_of(SECRET, later=-1))

        assert (is_in(one), again.status_code, is_in(other)) == (True, 422, False)


def test_spare_code_opens_once(cast):
    code = set_up(cast.counselor)[3]
    clients = Client(), Client()
    for client in clients:
        sign_in(client, cast.counselor)
        second_step(client, f"{code[:4]} {code[4:]}")

    assert [is_in(client) for client in clients] == [True, False]
    assert second_factor.codes_left(cast.counselor) == 9


def test_five_wrong_codes_have_to_wait(cast, client):
    set_up(cast.counselor)
    sign_in(client, cast.counselor)
    for later in range(3, 8):
        second_step(client, code_of(SECRET, later=later))

    answer = second_step(client, code_of(SECRET))

    assert ("请 15 分钟后再来" in answer.content.decode(), is_in(client)) == (True, False)
    with time_machine.travel(NOW + timedelta(minutes=15, seconds=1), tick=False):
        sign_in(client, cast.counselor)
        second_step(client, code_of(SECRET))
        assert is_in(client)


def test_whoever_guesses_codes_elsewhere_does_not_keep_the_owner_out(cast):
    owner, thief = Client(), Client()
    sign_in(owner, cast.counselor)
    owner.post(reverse("account_logout"))
    set_up(cast.counselor)
    sign_in(thief, cast.counselor)
    for later in range(3, 9):
        second_step(thief, code_of(SECRET, later=later))

    sign_in(owner, cast.counselor)
    second_step(owner, code_of(SECRET))

    assert (is_in(thief), is_in(owner)) == (False, True)


def test_code_alone_confirms(cast, as_person):
    client = as_person(cast.counselor)
    set_up(cast.counselor)

    answer = client.post(reverse("confirm"), {"again-here": "1", "again-answer": code_of(SECRET), "next": "/inbox/"})

    assert answer["Location"] == "/inbox/"


def test_demo_passes_without_a_code(cast, client, settings):
    settings.DEMO = True
    set_up(cast.counselor)
    sign_in(client, cast.counselor)

    client.post(reverse("mfa_authenticate"), {"pass": "1"})

    assert is_in(client)


def test_nobody_passes_without_a_code_outside_the_demo(cast, client):
    set_up(cast.counselor)
    sign_in(client, cast.counselor)

    client.post(reverse("mfa_authenticate"), {"pass": "1"})

    assert not is_in(client)


@pytest.mark.parametrize(
    ("who", "needs"),
    [
        ("counselor", True), ("counselor2", True), ("leader", True), ("principal", True), ("registrar", True),
        ("admin", True), ("bureau", True), ("head_teacher", False), ("teacher", False), ("grade_head", False),
        ("parent", False), ("student", False), ("peer", False), ("stranger", False),
    ],
)  # fmt: skip
def test_who_needs_it_where_there_are_real_people(cast, as_person, settings, who, needs):
    settings.SECOND_FACTOR_REQUIRED = True
    client = as_person(cast.people[who])

    answer = client.get("/")

    assert (answer.get("Location") == reverse("second-factor-new")) == needs
    set_up(cast.people[who])
    assert client.get("/").status_code == 200


def test_help_does_not_wait_for_it(cast, as_person, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    client = as_person(cast.counselor)

    names = ("help", "lines", "urgent", "healthz", "account_logout", "second-factor-new", "account_change_password")
    assert [client.get(reverse(name)).status_code for name in names] == [200] * 7


@pytest.mark.parametrize(("password", "over"), [(PASSWORD, True), ("falsch", False), ("", False)])
def test_removing_takes_the_password(cast, as_person, settings, password, over):
    settings.SECOND_FACTOR_REQUIRED = True
    set_up(cast.counselor)
    client = as_person(cast.counselor)
    client.get("/")

    client.post(reverse("second-factor-remove"), {"password": password})

    assert (second_factor.is_set(cast.counselor), Authenticator.objects.exists()) == (not over, not over)
    assert (client.get("/").get("Location") == reverse("second-factor-new")) == over


@pytest.mark.parametrize(("password", "replaced"), [(PASSWORD, True), ("falsch", False)])
def test_replacing_takes_the_password(cast, as_person, rf, password, replaced):
    set_up(cast.counselor)
    secret, waiting = second_factor.waiting_secret(cast.counselor, "")

    as_person(cast.counselor).post(
        reverse("second-factor-new"), {"waiting": waiting, "code": code_of(secret), "password": password}
    )

    assert (second_factor.check(rf.post("/"), cast.counselor, code_of(SECRET)) is None) == replaced


def test_new_spare_codes_end_the_old_ones(cast, as_person, rf):
    old = set_up(cast.counselor)
    client = as_person(cast.counselor)

    wrong = client.post(reverse("second-factor-codes"), {"password": "falsch"})
    client.post(reverse("second-factor-codes"), {"password": PASSWORD})

    assert (wrong.status_code, second_factor.check(rf.post("/"), cast.counselor, old[0])) == (422, None)
    assert verbs()[-1] == ("account.codes", "")


def test_registrar_resets_it_and_the_person_is_told(cast, as_person):
    set_up(cast.counselor)
    theirs = Client()
    sign_in(theirs, cast.counselor)
    second_step(theirs, code_of(SECRET))

    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        answer = as_person(cast.registrar).post(reverse("schools:person-second-factor", args=[cast.counselor.uid]))
        ended = is_in(theirs)
        sign_in(theirs, cast.counselor)

        assert (answer.status_code, ended, second_factor.is_set(cast.counselor)) == (302, False, False)
        assert "重设了您的两步验证" in theirs.get(reverse("profile")).content.decode()
        entry = AuditEntry.objects.get(verb="account.factor-reset")
        assert (entry.by_id, entry.uid, entry.school_id) == (cast.registrar.pk, cast.counselor.uid, cast.school.pk)


@pytest.mark.parametrize("who", ["registrar", "admin"])
def test_registrar_resets_neither_the_own_nor_the_administrators(cast, as_person, who):
    user = cast.people[who]
    set_up(user)
    Membership.objects.create(user=cast.admin, role=Role.REGISTRAR, school=cast.school, valid_from=TODAY)

    answer = as_person(cast.registrar).post(reverse("schools:person-second-factor", args=[user.uid]))

    assert (answer.status_code, second_factor.is_set(user)) == (422, True)


def test_page_of_a_person_offers_the_reset_where_there_is_one(cast, as_person):
    client = as_person(cast.registrar)
    url, offer = reverse("schools:person", args=[cast.counselor.uid]), "重设两步验证"

    before = offer in client.get(url).content.decode()
    set_up(cast.counselor)

    assert (before, offer in client.get(url).content.decode()) == (False, True)


@pytest.mark.parametrize(
    "name",
    ["mfa_index", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
     "mfa_download_recovery_codes", "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_trust",
     "usersessions_list"],
)  # fmt: skip
def test_pages_of_the_library_that_we_do_not_want_have_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_disabled_account_stays_out_with_a_right_code(cast, client):
    set_up(cast.counselor)
    sign_in(client, cast.counselor)
    User.objects.filter(pk=cast.counselor.pk).update(is_active=False)

    second_step(client, code_of(SECRET))

    assert not is_in(client)
