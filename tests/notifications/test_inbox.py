"""The inbox: own rows, newest first, read by a post."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications import actions
from notifications.models import InboxItem
from schools import actions as schools
from schools.models import School
from schools.roles import Role

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
    return [item.text for item in answer.context["items"]]


@pytest.mark.parametrize("count", [1, 3])
def test_inbox_shows_own_rows_newest_first(client, django_assert_num_queries, count):
    user = person("guwenjing")
    told(user, count)
    told(person("lixiang"), 2)
    client.force_login(user)

    with django_assert_num_queries(6):  # session, person, memberships, rows, the figures at the bell and in the menu
        answer = client.get(reverse("notifications:inbox"))

    assert texts(answer) == [f"第 {n} 周结束了。" for n in reversed(range(count))]


def test_inbox_without_rows_says_so(client):
    client.force_login(person("guwenjing"))

    assert "没有新的消息" in client.get(reverse("notifications:inbox")).content.decode()


def test_inbox_shows_twenty_and_then_more(client):
    user = person("guwenjing")
    told(user, 23)
    client.force_login(user)

    first = client.get(reverse("notifications:inbox"))
    more = client.get(reverse("notifications:inbox"), {"shown": first.context["more"]})

    assert (len(texts(first)), first.context["more"]) == (20, 40)
    assert (len(texts(more)), more.context["more"]) == (23, 0)


@pytest.mark.parametrize("shown", ["-1", "viele", "99999999", "²"])
def test_inbox_with_a_strange_number_is_the_inbox(client, shown):
    client.force_login(person("guwenjing"))

    assert client.get(reverse("notifications:inbox"), {"shown": shown}).status_code == 200


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
