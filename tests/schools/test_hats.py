"""One hat at a time: a teacher who is a parent acts as the one or as the other, and sees which."""

import pytest
from django.urls import URLResolver, get_resolver, reverse

from listening.models import Conversation
from privacy.models import AuditEntry
from schools.models import Membership
from schools.permissions import GRANTS, Permission, hat_worn, hats_of, holds
from schools.roles import Hat, Role
from students import actions as students
from tests.cast import NOW, TERM, TODAY, person

HAT = "/school/hat/"
STRIP = "现在以"


@pytest.fixture
def both(cast):
    """刘敏 leads 七年级(1)班 and has a child in 八年级(1)班."""
    students.link_guardian(
        by=None, student=cast.zhao, name="刘敏", relation="母亲", user=cast.head_teacher, since=TERM[0], at=NOW
    )
    return cast.head_teacher


def pages():
    """Every page without an object in its address, with what it asks for."""

    def walk(patterns, prefix=""):
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, f"{prefix}{one.namespace}:" if one.namespace else prefix)
            elif "<" not in str(one.pattern):
                yield f"{prefix}{one.name}", one.callback.declared.permission

    return sorted(set(walk(get_resolver().url_patterns)))


def test_work_comes_first(both, as_person):
    page = as_person(both).get("/").content.decode()

    assert (STRIP in page, "班主任</b>" in page, "的家长页" in page, "换成家长" in page) == (True, True, False, True)


def test_other_hat_opens_the_home_of_a_parent(cast, both, as_person):
    client = as_person(both)

    answer = client.post(HAT, {"hat": "guardian"}, follow=True)

    page = answer.content.decode()
    assert ("家长</b>" in page, "赵子涵的家长页" in page, "七年级(1)班" in page) == (True, True, False)


def test_no_page_of_the_staff_under_the_hat_of_a_parent(both, as_person):
    """But for those that a guardian has too."""
    client = as_person(both)
    client.post(HAT, {"hat": "guardian"})
    of_staff = [name for name, asked in pages() if asked in GRANTS and Role.GUARDIAN not in GRANTS[asked]]

    assert len(of_staff) > 30
    assert {name for name in of_staff if client.get(reverse(name)).status_code not in (404, 405)} == set()


def test_pages_of_own_class_are_absent_under_the_hat_of_a_parent(cast, both, as_person):
    client = as_person(both)
    board, child = reverse("listening:board", args=[cast.class_1.uid]), reverse("student", args=[cast.lin.uid])
    before = [client.get(url).status_code for url in (board, child)]
    client.post(HAT, {"hat": "guardian"})

    assert (before, [client.get(url).status_code for url in (board, child)]) == ([200, 200], [404, 404])


def test_and_back_again(cast, both, as_person):
    client = as_person(both)
    for hat in ("guardian", "staff"):
        client.post(HAT, {"hat": hat})

    assert client.get(reverse("listening:board", args=[cast.class_1.uid])).status_code == 200


def test_switch_stands_in_the_trail(both, as_person):
    as_person(both).post(HAT, {"hat": "guardian"})

    assert list(AuditEntry.objects.filter(verb="hat.wear").values_list("by_id", "detail")) == [(both.pk, "guardian")]


def test_hat_is_of_this_session_alone(both, as_person):
    as_person(both).post(HAT, {"hat": "guardian"})

    assert "换成家长" in as_person(both).get("/").content.decode()


def test_hat_that_is_gone_is_not_worn(cast, both, as_person):
    client = as_person(both)
    client.post(HAT, {"hat": "guardian"})
    Membership.objects.filter(user=both, role=Role.GUARDIAN).delete()

    page = client.get("/").content.decode()
    assert (STRIP in page, "七年级(1)班" in page) == (False, True)


@pytest.mark.parametrize("name", ["head_teacher", "parent", "student", "peer", "admin", "stranger"])
def test_one_hat_needs_no_switch(cast, as_person, name):
    client = as_person(cast.people[name])

    assert (STRIP in client.get("/").content.decode(), client.post(HAT, {"hat": "staff"}).status_code) == (False, 404)


@pytest.mark.parametrize("hat", ["", "student", "administrator"])
def test_hat_that_one_does_not_have_is_absent(both, as_person, hat):
    assert as_person(both).post(HAT, {"hat": hat}).status_code == 404


def test_talk_keeps_the_hat_that_was_worn(cast, both, as_person):
    client = as_person(both)
    url = f"{reverse('listening:new')}?student={cast.lin.uid}"
    data = client.get(url).context["form"]
    sent = {field.html_name: field.value() for field in data if field.value() not in (None, "")}
    client.post(url, sent)

    assert list(Conversation.objects.values_list("hat", flat=True)) == ["staff"]


def test_parent_of_another_school_has_two_hats(cast):
    students.link_guardian(by=None, student=cast.other, name="刘敏", user=cast.head_teacher, since=TERM[0], at=NOW)

    assert hats_of(cast.head_teacher, at=NOW) == [Hat.STAFF, Hat.GUARDIAN]


def test_administrator_may_be_a_parent_with_one_hat_at_a_time(cast):
    students.link_guardian(by=None, student=cast.lin, name="管理员", user=cast.admin, since=TERM[0], at=NOW)
    cast.admin.hat = "guardian"

    assert hat_worn(cast.admin, at=NOW) == Hat.GUARDIAN
    assert not holds(cast.admin, Permission.STATUS_VIEW, at=NOW)


def test_peer_supporter_is_a_student_under_one_hat(cast):
    Membership.objects.create(user=cast.peer, role=Role.STUDENT, school=cast.school, valid_from=TODAY)

    assert hats_of(cast.peer, at=NOW) == [Hat.STUDENT]


def test_colleague_outside_a_request_is_a_colleague(both):
    assert hat_worn(both, at=NOW) == Hat.STAFF


def test_second_factor_is_asked_of_every_hat(cast, as_person, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    students.link_guardian(by=None, student=cast.zhao, name="顾文静", user=cast.counselor, since=TERM[0], at=NOW)
    client = as_person(cast.counselor)
    session = client.session
    session["hat"] = "guardian"
    session.save()

    assert client.get("/").status_code == 302


def test_person_without_a_role_wears_none(db):
    assert hat_worn(person("nobody", "无"), at=NOW) is None
