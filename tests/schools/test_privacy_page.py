"""谁能看到什么: the promise, word for word, in the app and in the README; a link from every page of a session."""

from pathlib import Path

import pytest
from django.urls import reverse

from schools.privacy_words import PROMISE
from tests.pages import read_page

ROOT = Path(__file__).resolve().parents[2]


def test_promise_is_the_same_in_the_readme():
    assert f"> {PROMISE}\n" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("who", ["head_teacher", "parent", "student", "bureau", "admin"])
def test_page_says_it_to_everybody_who_is_signed_in(cast, as_person, who):
    client = as_person(getattr(cast, who))

    page = read_page(client.get(reverse("privacy")))

    assert [one.text for one in page.all("p") if one.text == PROMISE] == [PROMISE]
    assert [one.text for one in page.all("h2")] == ["老师", "学生", "家长", "校领导和教育局", "消息"]


@pytest.mark.parametrize("who", ["head_teacher", "parent"])
def test_every_page_leads_there(cast, as_person, who):
    page = read_page(as_person(getattr(cast, who)).get("/"))

    assert [one.text for one in page.all("a") if one.attrs.get("href") == reverse("privacy")] == ["谁能看到什么"]


def test_who_has_not_signed_in_is_asked_to(cast, client):
    assert client.get(reverse("privacy"))["Location"].startswith("/accounts/login/")
    assert reverse("privacy") not in client.get(reverse("help")).content.decode()
