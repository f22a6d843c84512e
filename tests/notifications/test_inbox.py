"""The inbox: own rows, newest first, read by a post."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications import actions
from notifications.models import InboxItem
from schools import actions as schools
from schools.models import School
from schools.roles import Role
from tests.pages import read_page

pytestmark = pytest.mark.django_db


def person(username, role=Role.COUNSELOR):
    now = timezone.now()
    user = User.objects.create_user(username, name="顾文静")
    school, _ = School.objects.get_or_create(name="清江中学")
    schools.appoint(by=None, user=user, school=school, role=role, since=timezone.localdate(now), at=now)
    return user


def told(user, count, path="/help/"):
    now = timezone.now()
    for n in range(count):
        actions.tell(
            to_id=user.pk, school=None, key=str(n), text=f"第 {n} 周结束了。", path=path, at=now + timedelta(minutes=n)
        )


def texts(answer):
    return [item.text for item in answer.context["page"]]


@pytest.mark.parametrize("count", [1, 3])
def test_inbox_shows_own_rows_newest_first(client, django_assert_num_queries, count):
    user = person("guwenjing")
    told(user, count)
    told(person("lixiang"), 2)
    client.force_login(user)

    with django_assert_num_queries(7):  # session, person, memberships, rows and how many, figures at bell and in menu
        answer = client.get(reverse("notifications:inbox"))

    assert texts(answer) == [f"第 {n} 周结束了。" for n in reversed(range(count))]


def test_inbox_without_rows_says_so(client):
    client.force_login(person("guwenjing"))

    assert "没有新的消息" in client.get(reverse("notifications:inbox")).content.decode()


def test_pages_of_the_inbox_have_as_many_unread_as_the_bell_says(client):
    user = person("guwenjing")
    told(user, 43)
    client.force_login(user)
    url, found, bell = reverse("notifications:inbox"), [], set()

    while url:
        page = read_page(client.get(url))
        found.append(len(page.rows))
        bell |= {one.attrs["data-figure"] for one in page.walk() if "data-figure" in one.attrs}
        url = next((urljoin(url, one.attrs["href"]) for one in page.all("a") if one.text == "下一页"), "")

    assert (found, bell) == ([20, 20, 3], {"43"})


@pytest.mark.parametrize("page", ["-1", "viele", "99999999", "²"])
def test_inbox_with_a_strange_page_is_the_inbox(client, page):
    client.force_login(person("guwenjing"))

    assert client.get(reverse("notifications:inbox"), {"page": page}).status_code == 200


def test_read_marks_the_row_and_goes_where_it_leads(client):
    user = person("guwenjing")
    told(user, 1)
    item = InboxItem.objects.get()
    client.force_login(user)

    answer = client.post(reverse("notifications:read", args=[item.uid]))

    item.refresh_from_db()
    assert (answer["Location"], item.read_at is None) == ("/help/", False)


@pytest.mark.parametrize("path", ["", "https://anderswo.invalid/", "//anderswo.invalid/"])
def test_read_never_leads_outside(client, path):
    user = person("guwenjing")
    told(user, 1, path=path)
    client.force_login(user)

    answer = client.post(reverse("notifications:read", args=[InboxItem.objects.get().uid]))

    assert answer["Location"] == reverse("notifications:inbox")


def test_read_of_somebody_elses_row_is_as_absent(client):
    told(person("lixiang"), 1)
    item = InboxItem.objects.get()
    client.force_login(person("guwenjing"))

    answer = client.post(reverse("notifications:read", args=[item.uid]))

    item.refresh_from_db()
    assert (answer.status_code, item.read_at) == (404, None)


def test_read_by_a_link_is_refused(client):
    user = person("guwenjing")
    told(user, 1)
    client.force_login(user)

    assert client.get(reverse("notifications:read", args=[InboxItem.objects.get().uid])).status_code == 405


@pytest.mark.parametrize("role", [Role.GUARDIAN, Role.STUDENT, Role.PEER])
def test_inbox_is_for_staff(client, role):
    client.force_login(person("jemand", role))

    assert client.get(reverse("notifications:inbox")).status_code == 404
