"""A role that opens something about students is given by two people."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from listening.models import CheckIn
from listening.owners import Owners
from notifications import posts as notified
from notifications.models import InboxItem
from privacy.models import AuditEntry
from schools import actions, appointments
from schools.models import Membership, SchoolChange
from schools.permissions import Permission, holds, memberships_of
from schools.roles import CONTENT_ROLES, STAFF_ROLES, Role
from students import actions as students
from tests.cast import NOW, TERM, TODAY, person, talk

PAGE = "/school/staff/waiting/"


def propose(cast, name="head_teacher2", role=Role.GRADE_HEAD, *, by=None, **scope):
    scope = scope or ({"grade": cast.class_8.grade} if role == Role.GRADE_HEAD else {})
    return actions.appoint(
        by=by or cast.registrar, user=cast.people[name], school=cast.school, role=role, since=TODAY, at=NOW, **scope
    )


def asked(cast, waiting):
    second = appointments.Seconds(cast.school, on=TODAY).asked(waiting)
    return {name for name, user in cast.people.items() if user.pk in second}


@pytest.mark.parametrize("role", [role for role in Role if role in STAFF_ROLES])
def test_appointed_by_the_registrar_waits_where_the_role_opens_something(cast, role):
    given = propose(cast, "stranger", role, school_class=cast.class_1)

    fresh = type(cast.stranger).objects.get(pk=cast.stranger.pk)
    assert (given.waits, bool(memberships_of(fresh, at=NOW))) == (role != Role.REGISTRAR, role == Role.REGISTRAR)


def test_word_of_the_system_waits_for_nobody(cast):
    given = actions.appoint(by=None, user=cast.stranger, school=cast.school, role=Role.COUNSELOR, since=TODAY, at=NOW)

    assert (given.waits, holds(cast.stranger, Permission.CARE_VIEW, at=NOW)) == (False, True)


@pytest.mark.parametrize(
    ("name", "gone", "expected"),
    [
        ("head_teacher2", (), {"principal"}),
        ("principal", (), {"leader"}),  # the 组长 is the one concerned
        ("head_teacher2", ("principal",), {"leader"}),
        ("head_teacher2", ("principal", "leader"), {"registrar2"}),
        ("registrar2", ("principal", "leader"), set()),
    ],
)
def test_second_person(cast, name, gone, expected):
    cast.people["registrar2"] = person("registrar2", "郑教务", Role.REGISTRAR, cast.school)
    Membership.objects.filter(user__in=[cast.people[one] for one in gone]).update(valid_to=TODAY - timedelta(days=1))

    assert asked(cast, propose(cast, name)) == expected


def test_second_person_is_not_an_account_that_is_closed(cast):
    type(cast.principal).objects.filter(pk=cast.principal.pk).update(is_active=False)

    assert asked(cast, propose(cast)) == {"leader"}


def test_proposer_who_is_the_lead_too_does_not_confirm(cast):
    actions.appoint(by=None, user=cast.principal, school=cast.school, role=Role.REGISTRAR, since=TODAY, at=NOW)

    assert asked(cast, propose(cast, by=cast.principal)) == {"leader"}


def test_confirmed_role_holds_and_figures_hear_of_it(cast):
    waiting = propose(cast)
    before = SchoolChange.objects.filter(kind=SchoolChange.Kind.MEMBERSHIP).count()

    done = actions.confirm(by=cast.principal, memberships=[waiting], at=NOW)

    waiting.refresh_from_db()
    assert (done, waiting.waits, waiting.confirmed_by) == ([waiting], False, cast.principal)
    assert SchoolChange.objects.filter(kind=SchoolChange.Kind.MEMBERSHIP).count() == before + 1
    verbs = AuditEntry.objects.filter(uid=waiting.uid).order_by("pk").values_list("verb", "by_id")
    assert list(verbs) == [
        ("membership.propose", cast.registrar.pk),
        ("membership.confirm", cast.principal.pk),
    ]


@pytest.mark.parametrize("name", ["registrar", "head_teacher2", "leader", "counselor", "other_counselor"])
def test_word_of_anybody_else_is_none(cast, name):
    waiting = propose(cast)

    done = actions.confirm(by=cast.people[name], memberships=[waiting], at=NOW)

    assert (done, Membership.objects.get(pk=waiting.pk).waits) == ([], True)


def test_declined_is_as_if_it_had_never_been(cast):
    waiting = propose(cast)

    actions.decline(by=cast.principal, memberships=[waiting], at=NOW)

    assert not Membership.objects.filter(pk=waiting.pk).exists()
    assert AuditEntry.objects.filter(uid=waiting.uid, verb="membership.decline").count() == 1


def test_withdrawn_before_it_is_confirmed(cast):
    waiting = propose(cast)

    actions.end_membership(by=cast.registrar, membership=waiting, last_day=TODAY, at=NOW)

    assert not Membership.objects.filter(pk=waiting.pk).exists()


def test_ending_needs_no_second_person(cast):
    held = Membership.objects.get(user=cast.head_teacher)

    actions.end_membership(by=cast.registrar, membership=held, last_day=TODAY, at=NOW)

    assert Membership.objects.get(pk=held.pk).valid_to == TODAY


def test_first_lead_of_a_school_needs_nobody_the_second_one_does(db):
    school, registrar, _ = actions.create_school(name="新学校", at=NOW)
    leads = [
        actions.appoint(
            by=registrar, user=person(name, name), school=school, role=Role.LEADER, is_lead=True, since=TODAY, at=NOW
        )
        for name in ("first", "second")
    ]

    assert [one.waits for one in leads] == [False, True]


def test_first_lead_happens_once_in_the_database_too(cast):
    rows = {"school": cast.school, "role": Role.LEADER, "is_lead": True, "valid_from": TODAY}
    Membership.objects.create(user=cast.stranger, granted_by=cast.registrar, **rows)

    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=cast.head_teacher, granted_by=cast.registrar, **rows)


@pytest.mark.parametrize(
    "wrong",
    [
        {"waits": False},  # nobody has confirmed
        {"waits": False, "confirmed_by": "registrar"},  # the proposer
        {"waits": False, "confirmed_by": "stranger"},  # the person concerned
        {"waits": True, "confirmed_by": "principal"},
        {"waits": True, "granted_by": None},
        {"granted_by": "stranger"},  # to oneself
    ],
)
def test_database_refuses_a_grant_by_one(cast, wrong):
    people = {key: cast.people[name] if isinstance(name, str) else name for key, name in wrong.items()}
    rows = {"granted_by": cast.registrar, "waits": True} | people

    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=cast.stranger, school=cast.school, role=Role.COUNSELOR, valid_from=TODAY, **rows)


def test_mentor_is_proposed_once_however_many_are_paired(cast):
    for one in (cast.lin, cast.xu):
        students.pair_mentor(by=cast.registrar, teacher=cast.head_teacher2, student=one, since=TODAY, at=NOW)

    assert Membership.objects.filter(user=cast.head_teacher2, role=Role.MENTOR).count() == 1


@pytest.mark.parametrize("waits", [True, False])
def test_statements_by_hand_agree_about_who_holds_a_role(cast, waits):
    """Owners of check-ins and listeners of talks, read in SQL, against valid_on."""
    new = person("new", "新老师")
    waiting = actions.appoint(
        by=cast.registrar, user=new, school=cast.school, role=Role.COUNSELOR, is_lead=True, since=TERM[0], at=NOW
    )
    if not waits:
        actions.confirm(by=cast.principal, memberships=[waiting], at=NOW)
    owners = Owners(cast.school, on=TODAY)
    held = Membership.objects.valid_on(TODAY).filter(school=cast.school)

    assert owners.leads == set(held.filter(role=Role.COUNSELOR, is_lead=True).values_list("user", flat=True))
    assert owners.leaders == set(held.filter(role=Role.LEADER).values_list("user", flat=True))
    assert (new.pk in owners.leads) is not waits


@pytest.mark.parametrize("waits", [True, False])
def test_talk_counts_by_confirmed_roles_alone(cast, waits):
    new = person("new", "新老师")
    waiting = actions.appoint(
        by=cast.registrar, user=new, school=cast.school, role=Role.HEAD_TEACHER, since=TERM[0], at=NOW,
        school_class=cast.class_1,
    )  # fmt: skip
    if not waits:
        actions.confirm(by=cast.principal, memberships=[waiting], at=NOW)

    talk(new, cast.lin, minutes=20)

    assert CheckIn.objects.get(student=cast.lin, rule=cast.rule).counted == (0 if waits else 1)


# The page


def test_thirty_head_teachers_are_confirmed_by_one_button(cast, as_person):
    waiting = [
        actions.appoint(
            by=cast.registrar, user=person(f"new{n}", f"新{n}"), school=cast.school, role=Role.HEAD_TEACHER,
            since=TODAY, at=NOW, school_class=cast.class_2,
        )
        for n in range(30)
    ]  # fmt: skip
    client = as_person(cast.principal)
    page = client.get(PAGE)
    ticked = page.context["form"].ticked

    answer = client.post(PAGE, {"posts": ticked, "word": "confirm"})

    assert (len(ticked), answer.status_code) == (30, 302)
    assert Membership.objects.filter(pk__in=[one.pk for one in waiting], confirmed_by=cast.principal).count() == 30


def test_page_with_nothing_ticked_keeps_it_so(cast, as_person):
    propose(cast)
    answer = as_person(cast.principal).post(PAGE, {"word": "confirm"})

    assert (answer.status_code, "先勾上" in answer.content.decode(), answer.context["form"].ticked) == (422, True, [])


def test_page_refuses_what_waits_for_another(cast, as_person):
    waiting = propose(cast)

    answer = as_person(cast.registrar).post(PAGE, {"posts": [waiting.uid], "word": "confirm"})

    assert (answer.status_code, Membership.objects.get(pk=waiting.pk).waits) == (422, True)


def test_page_of_the_registrar_says_whose_word_is_waited_for(cast, as_person):
    propose(cast)

    page = as_person(cast.registrar).get(PAGE).content.decode()

    assert ("等程远山确认" in page, "等您确认" in page) == (True, False)


@pytest.mark.parametrize(("name", "told"), [("principal", True), ("leader", False), ("registrar", False)])
def test_home_says_how_many_wait(cast, as_person, name, told):
    propose(cast)

    assert ("有 1 项任职等您确认" in as_person(cast.people[name]).get("/").content.decode()) is told


def test_inbox_says_how_many_wait_and_no_name(cast):
    waiting = propose(cast)
    notified.tell_waiting(at=NOW)
    notified.tell_waiting(at=NOW)
    told = list(InboxItem.objects.filter(key__startswith="posts:").values_list("to__username", "text", "path"))
    actions.confirm(by=cast.principal, memberships=[waiting], at=NOW)
    notified.tell_waiting(at=NOW)

    assert told == [("principal", "有 1 项任职等您确认。", reverse("schools:posts"))]
    assert not InboxItem.objects.filter(key__startswith="posts:").exists()


def test_page_asks_as_often_with_three_rows_as_with_one(cast, as_person):
    client = as_person(cast.principal)

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PAGE).status_code == 200
        return len(queries)

    propose(cast)
    alone = count()
    propose(cast, "teacher")
    propose(cast, "head_teacher8")

    assert (alone, count()) == (10, 10)


def test_content_roles_are_those_of_the_access_table():
    assert set(Role) - CONTENT_ROLES == {
        Role.REGISTRAR, Role.BUREAU, Role.ADMINISTRATOR, Role.GUARDIAN, Role.STUDENT,
    }  # fmt: skip
