"""How long a session is open, what it asks again, and what becomes of what was being written meanwhile."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.urls import reverse

from accounts.door import Door, Standing, is_fresh, standing
from listening.models import Conversation
from privacy.models import AuditEntry
from tests.cast import NOW, PASSWORD, SHANGHAI, talk
from tests.pages import read_page

AT = datetime(2025, 11, 18, 12, 40, tzinfo=SHANGHAI)
IDLE, MOST = timedelta(minutes=30), timedelta(hours=8)


def ago(**span):
    return (AT - timedelta(**span)).timestamp()


def door(**facts):
    return Door(**{"begun": ago(hours=1), "seen": ago(minutes=1), "confirmed": ago(minutes=1)} | facts)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Standing.OPEN),
        ({"locked": True}, Standing.LOCKED),
        ({"seen": ago(minutes=29, seconds=59)}, Standing.OPEN),
        ({"seen": ago(minutes=30)}, Standing.IDLE),
        ({"seen": ago(minutes=30), "locked": True}, Standing.IDLE),
        ({"begun": ago(hours=7, minutes=59)}, Standing.OPEN),
        ({"begun": ago(hours=8)}, Standing.OVER),
        ({"begun": ago(hours=8), "seen": ago(hours=7)}, Standing.OVER),
    ],
)
def test_standing_first_line_that_fits(facts, expected):
    assert standing(door(**facts), at=AT, idle=IDLE, most=MOST) == expected


def test_session_from_before_the_rule_is_over():
    assert standing(None, at=AT, idle=IDLE, most=MOST) == Standing.OVER


@pytest.mark.parametrize(("minutes", "fresh"), [(14, True), (15, False)])
def test_proof_holds_for_fifteen_minutes(minutes, fresh):
    assert is_fresh(door(confirmed=ago(minutes=minutes)), at=AT, within=timedelta(minutes=15)) == fresh


@pytest.fixture
def note(cast):
    """A talk of the head teacher's with a note."""
    return reverse("listening:conversation", args=[talk(cast.head_teacher, cast.lin, note="他想说话。").uid])


def way(page, back_to):
    return f"{page}?{urlencode({'next': back_to})}"


def later(**span):
    return time_machine.travel(NOW + timedelta(**span), tick=False)


def verbs():
    return list(AuditEntry.objects.filter(kind="account").order_by("pk").values_list("verb", "detail"))


def test_note_opens_after_signing_in_and_asks_after_a_quarter_of_an_hour(cast, as_person, note):
    client = as_person(cast.head_teacher)

    assert "他想说话" in client.get(note).content.decode()
    with later(minutes=15):
        answer = client.get(note)
        assert (answer.status_code, answer["Location"]) == (302, way(reverse("confirm"), note))


@pytest.mark.parametrize(
    ("typed", "status", "opens"), [(PASSWORD, 302, 200), ("falsch", 422, 302), ("", 422, 302), ("123456", 422, 302)]
)
def test_password_opens_the_note_again_in_place(cast, as_person, note, typed, status, opens):
    client = as_person(cast.head_teacher)
    with later(minutes=15):
        answer = client.post(reverse("confirm"), {"again-here": "1", "again-answer": typed, "next": note})

        assert (answer.status_code, client.get(note).status_code) == (status, opens)
        assert answer.get("Location", note) == note


def test_confirm_leads_to_no_other_site(cast, as_person):
    fields = {"again-here": "1", "again-answer": PASSWORD, "next": "https://example.com/"}

    assert as_person(cast.head_teacher).post(reverse("confirm"), fields)["Location"] == "/"


def test_other_pages_do_not_ask(cast, as_person):
    client = as_person(cast.head_teacher)
    with later(minutes=20):
        assert client.get(reverse("listening:list")).status_code == 200


def test_demo_confirms_by_a_button(cast, as_person, note, settings):
    settings.DEMO = True
    client = as_person(cast.head_teacher)
    with later(minutes=15):
        asked = read_page(client.get(note, follow=True))
        client.post(reverse("confirm"), {"again-here": "1", "next": note})

        assert (asked.all("input", type="password"), client.get(note).status_code) == ([], 200)


def test_half_an_hour_without_a_click_ends_the_session(cast, as_person):
    client = as_person(cast.head_teacher)
    with later(minutes=30):
        answer = client.get(reverse("listening:list"))
        page = client.get(answer["Location"]).content.decode()

        assert answer["Location"] == f"{reverse('account_login')}?next={reverse('listening:list')}"
        assert ("已自动退出" in page, "session.end" in dict(verbs())) == (True, True)


def test_clicks_keep_a_session_open_for_eight_hours_and_no_longer(cast, as_person):
    client = as_person(cast.head_teacher)
    answers = []
    for minutes in range(20, 8 * 60 + 1, 20):
        with later(minutes=minutes):
            answers.append(client.get(reverse("profile")).status_code)

    assert answers == [200] * 23 + [302]


def test_session_is_written_once_a_minute_at_most(cast, as_person, django_assert_num_queries):
    client = as_person(cast.stranger)
    client.get(reverse("second-factor"))
    with later(seconds=59), django_assert_num_queries(4):  # the session, the person, the page's question, the menu
        client.get(reverse("second-factor"))


@pytest.mark.parametrize("hours", [0.5, 8, 20])
def test_what_was_typed_outlives_the_session(cast, as_person, hours):
    client = as_person(cast.head_teacher)
    url = f"{reverse('listening:new')}?student={cast.lin.uid}"
    sent = {**fields_of(client.get(url)), "note": "第一行\r\n第二行 <b>"}
    with later(hours=hours):
        asked = client.post(url, sent)
        kept = fields_of(asked)
        wrong = client.post(url, {**kept, "again-answer": "falsch"})
        saved = client.post(url, {**kept, "again-answer": PASSWORD})

        assert (asked.status_code, kept["note"], wrong.status_code, saved.status_code) == (422, sent["note"], 422, 302)
        assert Conversation.objects.filter(listener=cast.head_teacher).count() == 1
        assert client.get(reverse("profile")).status_code == 200


def fields_of(answer):
    """The fields of the first form with a text box or a password, as a browser would send them."""
    forms = read_page(answer).all("form", method="post")
    form = next(one for one in forms if one.all("textarea") or one.all("input", type="password"))
    inputs = [one.attrs for one in form.all("input") if "name" in one.attrs]
    ticked = [one for one in inputs if one.get("type") not in ("radio", "checkbox") or "checked" in one]
    return {one["name"]: one.get("value", "") for one in ticked}


def test_nothing_typed_is_kept_by_the_server(cast, as_person, client):
    as_person(cast.head_teacher)
    with later(minutes=30):
        client.post(reverse("listening:new"), {"note": "不能留下"})

        assert "不能留下" not in str(dict(client.session))


def test_lock_shuts_every_page_but_help_and_the_way_out(cast, as_person, note):
    client = as_person(cast.head_teacher)
    answer = client.post(reverse("lock"), {"next": note})

    assert answer["Location"] == way(reverse("unlock"), note)
    shut = [client.get(url) for url in (note, "/", reverse("profile"), reverse("account_logout"))]
    assert {one["Location"].split("?")[0] for one in shut} == {reverse("unlock")}
    assert [client.get(reverse(name)).status_code for name in ("help", "lines", "urgent", "healthz")] == [200] * 4
    assert "刘敏" not in client.get(reverse("lines")).content.decode()
    client.post(reverse("account_logout"))
    assert client.get("/")["Location"].startswith(reverse("account_login"))


def test_help_of_a_locked_session_shows_nothing_of_what_was_just_saved(cast, as_person):
    client = as_person(cast.head_teacher)
    client.post(reverse("profile"), {"theme": "dark"})
    client.post(reverse("lock"))

    told = [client.get(reverse("lines")).content.decode()]
    client.post(reverse("unlock"), {"again-here": "1", "again-answer": PASSWORD})
    told.append(client.get(reverse("profile")).content.decode())

    assert ["外观改好了" in page for page in told] == [False, True]


def test_password_that_was_sent_is_in_no_page(cast, as_person):
    client = as_person(cast.head_teacher)
    client.post(reverse("lock"))

    asked = client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "geheim-geheim"})

    assert (asked.status_code, "geheim" in asked.content.decode(), PASSWORD in asked.content.decode()) == (
        422, False, False,
    )  # fmt: skip


def test_unlock_goes_on_where_it_was(cast, as_person, note):
    client = as_person(cast.head_teacher)
    client.post(reverse("lock"), {"next": note})

    wrong = client.post(reverse("unlock"), {"again-here": "1", "again-answer": "falsch", "next": note})
    right = client.post(reverse("unlock"), {"again-here": "1", "again-answer": PASSWORD, "next": note})

    assert (wrong.status_code, right["Location"], client.get(note).status_code) == (422, note, 200)
    assert [verb for verb, _ in verbs()] == ["session.lock", "session.fail", "session.unlock"]


def test_what_another_tab_sends_while_locked_is_not_lost(cast, as_person):
    client = as_person(cast.head_teacher)
    url = f"{reverse('listening:new')}?student={cast.lin.uid}"
    sent = fields_of(client.get(url)) | {"note": "写到一半"}
    client.post(reverse("lock"))

    asked = client.post(url, sent)
    before = Conversation.objects.count()
    saved = client.post(url, {**fields_of(asked), "again-answer": PASSWORD})

    assert (asked.status_code, before, saved.status_code, Conversation.objects.count()) == (422, 0, 302, 1)


def test_part_of_a_page_is_answered_by_the_whole_page(cast, as_person):
    client = as_person(cast.head_teacher)
    client.post(reverse("lock"))

    looked = client.get(reverse("profile"), headers={"HX-Request": "true"})
    sent = client.post(reverse("profile"), {"theme": "dark"}, headers={"HX-Request": "true"})

    assert looked["HX-Redirect"].startswith(reverse("unlock"))
    assert (sent.status_code, sent["HX-Retarget"], 'value="dark"' in sent.content.decode()) == (422, "body", True)


def test_pages_of_somebody_signed_in_are_not_kept_by_the_browser(cast, as_person, note):
    client = as_person(cast.head_teacher)

    assert {client.get(url)["Cache-Control"] for url in (note, "/", "/nowhere/", reverse("profile"))} == {"no-store"}


def test_signing_out_clears_the_browser(cast, as_person):
    assert as_person(cast.head_teacher).post(reverse("account_logout"))["Clear-Site-Data"] == '"cache", "storage"'
