"""The pages below /school/: terms, days, classes, people; by person and as forms."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from privacy.models import AuditEntry
from schools import actions
from schools.models import CalendarDay, Grade, Membership, School, SchoolClass, Term
from schools.roles import Role

pytestmark = pytest.mark.django_db

AUTUMN = {
    "name": "2025-2026学年第一学期",
    "year": "2025-2026",
    "first_day": "2025-09-01",
    "last_day": "2026-01-23",
}
PAGES = ["terms", "calendar", "classes", "staff"]
FORMS = ["term-new", "day", "class-new", "settings", "staff-new"]


@pytest.fixture
def school():
    return School.objects.create(name="清江中学")


@pytest.fixture
def registrar(school):
    return person(school, Role.REGISTRAR, "马丽")


@pytest.fixture
def desk(client, registrar):
    """The browser of the registrar."""
    client.force_login(registrar)
    return client


def person(school, role=None, name="刘敏", **post):
    now = timezone.now()
    user = User.objects.create_user(f"u{User.objects.count()}", name=name)
    if role is not None:
        appoint(user, school, role, since=timezone.localdate(now) - timedelta(days=30), **post)
    return user


def appoint(user, school, role, since, **post):
    return actions.appoint(by=None, user=user, school=school, role=role, since=since, at=timezone.now(), **post)


def autumn(school, **changes):
    return Term.objects.create(school=school, **(AUTUMN | changes))


def a_class(school, number=1, year="2025-2026"):
    grade, _ = Grade.objects.get_or_create(school=school, number=7)
    return SchoolClass.objects.create(school=school, grade=grade, number=number, year=year)


def errors(answer):
    return {name: [str(fault) for fault in faults] for name, faults in answer.context["form"].errors.items()}


# Who may


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.REGISTRAR, 200),
        (Role.COUNSELOR, 200),
        (Role.LEADER, 200),
        (Role.HEAD_TEACHER, 404),
        (Role.GRADE_HEAD, 404),
        (Role.GUARDIAN, 404),
        (Role.STUDENT, 404),
    ],
)
def test_page_by_role(client, school, page, role, status):
    client.force_login(person(school, role))

    assert client.get(reverse(f"schools:{page}")).status_code == status


@pytest.mark.parametrize("page", FORMS)
@pytest.mark.parametrize(("role", "status"), [(Role.REGISTRAR, 200), (Role.COUNSELOR, 404), (Role.LEADER, 404)])
def test_form_is_for_the_registrar(client, school, page, role, status):
    client.force_login(person(school, role))

    assert client.get(reverse(f"schools:{page}")).status_code == status


def test_pages_for_a_reader_offer_no_change(client, school):
    autumn(school)
    a_class(school)
    client.force_login(person(school, Role.LEADER))

    pages = [client.get(reverse(f"schools:{page}")).content.decode() for page in PAGES]

    assert not any(reverse(f"schools:{form}") in page for form in FORMS for page in pages)


def test_objects_of_another_school_are_as_absent(desk):
    other = School.objects.create(name="东湖学校")
    stranger = person(other, Role.HEAD_TEACHER, school_class=a_class(other))
    addresses = [
        reverse("schools:term-edit", args=[autumn(other).uid]),
        reverse("schools:class-head", args=[SchoolClass.objects.get().uid]),
        reverse("schools:person", args=[stranger.uid]),
        reverse("schools:appoint", args=[stranger.uid]),
        reverse("schools:person-password", args=[stranger.uid]),
        reverse("schools:membership-end", args=[stranger.memberships.get().uid]),
    ]

    assert [desk.get(address).status_code for address in addresses] == [404] * 6


# Terms and days


def test_terms_show_their_weeks(desk, school):
    autumn(school)

    row = desk.get(reverse("schools:terms")).context["rows"][0]

    assert (row.weeks, row.week_now) == (21, 12)


def test_new_term_is_saved_with_its_holidays(desk, school):
    answer = desk.post(reverse("schools:term-new"), AUTUMN)

    assert (answer.status_code, answer["Location"]) == (302, reverse("schools:terms"))
    assert str(school.terms.get()) == "2025-2026学年第一学期"
    assert not school.calendar().is_school_day(date(2025, 10, 1))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"last_day": "2025-08-31"}, "last_day"),
        ({"last_day": "2027-01-23"}, "last_day"),
        ({"year": "2025"}, "year"),
        ({"year": "2025-2027"}, "year"),
        ({"first_day": ""}, "first_day"),
    ],
)
def test_new_term_refused_keeps_what_was_typed(desk, school, changes, field):
    answer = desk.post(reverse("schools:term-new"), AUTUMN | {"name": "秋季"} | changes)

    assert (answer.status_code, list(errors(answer)), school.terms.count()) == (422, [field], 0)
    assert 'value="秋季"' in answer.content.decode()


def test_term_that_overlaps_is_refused_with_a_sentence(desk, school):
    autumn(school)

    answer = desk.post(reverse("schools:term-new"), AUTUMN | {"first_day": "2026-01-23", "last_day": "2026-06-30"})

    assert answer.status_code == 422
    assert errors(answer) == {"first_day": ["这段时间和另一个学期重叠了。两个学期不能共有一天，改一改日期。"]}


def test_term_is_corrected(desk, school):
    term = autumn(school)

    desk.post(reverse("schools:term-edit", args=[term.uid]), AUTUMN | {"last_day": "2026-01-30"})

    term.refresh_from_db()
    assert term.last_day == date(2026, 1, 30)


def test_next_term_is_guessed_from_the_last(desk, school):
    autumn(school)

    form = desk.get(reverse("schools:term-new")).context["form"]

    assert (form["name"].value(), form["year"].value()) == ("2025-2026学年第二学期", "2025-2026")


def test_calendar_warns_of_a_year_without_holidays(desk, school):
    autumn(school, first_day="2098-09-01", last_day="2099-01-22", year="2098-2099")

    answer = desk.get(reverse("schools:calendar"))

    assert {2098, 2099} <= set(answer.context["missing"])
    assert "2099 年的放假和调休还没有填" in answer.content.decode()


@pytest.mark.parametrize(
    ("day", "kind", "is_school_day"),
    [("2025-11-18", "off", False), ("2025-11-22", "school", True), ("2025-11-18", "ordinary", True)],
)
def test_day_is_set(desk, school, day, kind, is_school_day):
    autumn(school)
    CalendarDay.objects.create(school=school, day="2025-11-18", is_school_day=False)

    answer = desk.post(reverse("schools:day"), {"day": day, "kind": kind, "note": "运动会"})

    assert (answer.status_code, answer["Location"]) == (302, reverse("schools:calendar"))
    assert school.calendar().is_school_day(date.fromisoformat(day)) == is_school_day


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"day": "2025-08-01"}, "day"), ({"kind": ""}, "kind"), ({"kind": "halb"}, "kind"), ({"day": "bald"}, "day")],
)
def test_day_refused_changes_nothing(desk, school, typed, field):
    autumn(school)

    answer = desk.post(reverse("schools:day"), {"day": "2025-11-18", "kind": "off", "note": ""} | typed)

    assert (answer.status_code, list(errors(answer)), school.calendar_days.count()) == (422, [field], 0)


@pytest.mark.parametrize("day", ["", "2025-11-18", "2025-02-31", "bald"])
def test_day_form_takes_any_address(desk, day):
    assert desk.get(reverse("schools:day"), {"day": day}).status_code == 200


# Classes and telephones


@pytest.mark.parametrize("count", [1, 3])
def test_classes_with_their_head_teachers(desk, school, django_assert_num_queries, count):
    autumn(school)
    for number in range(1, count + 1):
        person(school, Role.HEAD_TEACHER, school_class=a_class(school, number))

    # session, person, memberships, years, term, classes, head teachers, the figure at the bell
    with django_assert_num_queries(8):
        answer = desk.get(reverse("schools:classes"))

    assert [[heads for _, heads in rows] for _, rows in answer.context["grades"]] == [["刘敏"] * count]


def test_new_class_makes_its_grade(desk, school):
    answer = desk.post(reverse("schools:class-new"), {"grade": "7", "number": "3", "year": "2025-2026"})

    assert (answer.status_code, str(school.classes.get())) == (302, "七年级(3)班")


@pytest.mark.parametrize(("grade", "number"), [("7", "1"), ("13", "1"), ("7", "0"), ("7", "")])
def test_new_class_refused(desk, school, grade, number):
    a_class(school)

    answer = desk.post(reverse("schools:class-new"), {"grade": grade, "number": number, "year": "2025-2026"})

    assert (answer.status_code, school.classes.count()) == (422, 1)


def test_head_teacher_is_chosen_among_those_who_are_here(desk, school):
    school_class, teacher = a_class(school), person(school, Role.MENTOR)

    answer = desk.post(
        reverse("schools:class-head", args=[school_class.uid]), {"who": teacher.uid, "since": "2025-11-18"}
    )

    assert (answer.status_code, answer["Location"]) == (302, reverse("schools:classes"))
    assert str(teacher.memberships.get(role=Role.HEAD_TEACHER)) == "七年级(1)班 班主任"


def test_head_teacher_who_is_new_gets_an_account(desk, school):
    school_class = a_class(school)

    answer = desk.post(
        reverse("schools:class-head", args=[school_class.uid]),
        {"who": "", "name": "钱进", "username": "qianjin", "since": "2025-11-18"},
    )

    user = User.objects.get(username="qianjin")
    assert (answer.status_code, user.check_password(answer.context["password"])) == (200, True)
    assert user.memberships.get().school_class == school_class


@pytest.mark.parametrize("typed", [{}, {"name": "钱进"}, {"name": "钱进", "username": "u0"}])
def test_head_teacher_refused_makes_nobody(desk, school, typed):
    answer = desk.post(reverse("schools:class-head", args=[a_class(school).uid]), {"since": "2025-11-18"} | typed)

    assert (answer.status_code, Membership.objects.filter(role=Role.HEAD_TEACHER).count()) == (422, 0)


def test_telephones_are_kept(desk, school):
    typed = {"helpline": "0571-8800 1234", "urgent_contact": "何建国", "urgent_phone": "0571-8800 9000"}

    answer = desk.post(reverse("schools:settings"), typed)

    school.refresh_from_db()
    assert (answer.status_code, {name: getattr(school, name) for name in typed}) == (302, typed)


@pytest.mark.parametrize(
    "typed", [{"helpline": "心理室"}, {"urgent_contact": "何建国"}, {"urgent_phone": "javascript:1"}]
)
def test_telephones_refused(desk, school, typed):
    answer = desk.post(reverse("schools:settings"), {"helpline": "", "urgent_contact": "", "urgent_phone": ""} | typed)

    school.refresh_from_db()
    assert (answer.status_code, school.helpline, school.urgent_contact) == (422, "", "")


# People


@pytest.mark.parametrize("count", [1, 3])
def test_staff_by_person_with_all_they_do(client, school, django_assert_num_queries, count):
    for number in range(1, count + 1):
        both = person(school, Role.MENTOR, "王海涛")
        appoint(both, school, Role.HEAD_TEACHER, date(2025, 1, 1), school_class=a_class(school, number))
    person(school, Role.GUARDIAN, "林先生")
    client.force_login(person(school, Role.LEADER, "周正"))

    with django_assert_num_queries(6):  # session, person, memberships, staff, the figure at the bell, 待确认的任职
        answer = client.get(reverse("schools:staff"))

    assert [(one.user.name, len(one.held)) for one in answer.context["colleagues"]] == [("王海涛", 2)] * count + [
        ("周正", 1)
    ]


def test_staff_by_role(desk, school, registrar):
    person(school, Role.MENTOR)

    answer = desk.get(reverse("schools:staff"), {"role": "registrar"})

    assert [one.user for one in answer.context["colleagues"]] == [registrar]


def test_new_account_shows_its_password_once(desk, school):
    answer = desk.post(reverse("schools:staff-new"), {"name": "孙莉", "username": "sunli", "role": "", "scope": ""})

    user = User.objects.get(username="sunli")
    password = answer.context["password"]
    assert (answer.status_code, user.check_password(password), user.must_change_password) == (200, True, True)
    assert password in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert password not in desk.get(reverse("schools:person", args=[user.uid])).content.decode()
    assert not any(password in detail for detail in AuditEntry.objects.values_list("detail", flat=True))


def test_new_account_may_get_a_role_at_once(desk, school):
    autumn(school)
    school_class = a_class(school)
    typed = {"name": "孙莉", "username": "sunli", "role": "subject_teacher", "scope": school_class.uid}

    desk.post(reverse("schools:staff-new"), typed | {"since": "2025-11-18"})

    assert str(Membership.objects.get(user__username="sunli")) == "七年级(1)班 任课教师"


def test_new_account_without_role_stands_among_those_without(desk, school):
    desk.post(reverse("schools:staff-new"), {"name": "孙莉", "username": "sunli", "role": "", "scope": ""})

    assert [user.name for user in desk.get(reverse("schools:staff")).context["idle"]] == ["孙莉"]


@pytest.mark.parametrize(
    "typed", [{"username": "u0"}, {"username": "sun li"}, {"name": ""}, {"role": "head_teacher"}, {"role": "guardian"}]
)
def test_new_account_refused_makes_nobody(desk, typed):
    answer = desk.post(
        reverse("schools:staff-new"),
        {"name": "孙莉", "username": "sunli", "role": "", "scope": "", "since": "2025-11-18"} | typed,
    )

    assert (answer.status_code, User.objects.count()) == (422, 1)


def post_for(user):
    return reverse("schools:appoint", args=[user.uid])


def test_appointed_registrar_can_do_it_at_once(desk, client, school):
    teacher = person(school, Role.MENTOR)

    answer = desk.post(post_for(teacher), {"role": "registrar", "scope": "", "since": timezone.localdate()})

    client.force_login(teacher)
    assert answer["Location"] == reverse("schools:person", args=[teacher.uid])
    assert client.get(reverse("schools:terms")).status_code == 200


def test_appointed_counselor_waits_for_the_second_person(desk, client, school):
    teacher = person(school, Role.MENTOR)

    answer = desk.post(post_for(teacher), {"role": "counselor", "scope": "", "since": timezone.localdate()})

    page = desk.get(answer["Location"]).content.decode()
    client.force_login(teacher)
    assert ("提交好了，等第二个人确认后生效。" in page, "待确认" in page) == (True, True)
    assert client.get(reverse("schools:terms")).status_code == 404


@pytest.mark.parametrize(
    ("role", "scope", "field"),
    [
        ("head_teacher", "", "scope"),
        ("grade_head", "class", "scope"),
        ("leader", "grade", "scope"),
        ("mentor", "class", "scope"),
        ("mentor", "", "role"),
        ("administrator", "", "role"),
    ],
)
def test_appointment_that_does_not_fit_is_refused(desk, school, role, scope, field):
    autumn(school)
    school_class, teacher = a_class(school), person(school, Role.MENTOR)
    places = {"": "", "class": school_class.uid, "grade": school_class.grade.uid}

    answer = desk.post(post_for(teacher), {"role": role, "scope": places[scope], "since": "2025-11-18"})

    assert (answer.status_code, field in errors(answer), teacher.memberships.count()) == (422, True, 1)


def test_nobody_gives_a_content_role_to_themself(desk, registrar):
    answer = desk.post(post_for(registrar), {"role": "counselor", "scope": "", "since": "2025-11-18"})

    assert (answer.status_code, registrar.memberships.count()) == (422, 1)
    assert errors(answer) == {"role": ["不能给自己这个任职。请另一位校务管理员来办。"]}


def test_system_administrator_gets_no_content_role(desk, school):
    both = person(school, Role.REGISTRAR)
    actions.appoint(by=None, user=both, role=Role.ADMINISTRATOR, since=date(2025, 1, 1), at=timezone.now())

    answer = desk.post(post_for(both), {"role": "counselor", "scope": "", "since": "2025-11-18"})

    assert (answer.status_code, list(errors(answer))) == (422, ["role"])


def test_ended_role_is_gone_the_day_after(desk, client, school):
    counselor = person(school, Role.COUNSELOR)
    yesterday = timezone.localdate() - timedelta(days=1)

    answer = desk.post(
        reverse("schools:membership-end", args=[counselor.memberships.get().uid]), {"last_day": yesterday}
    )

    client.force_login(counselor)
    assert (answer.status_code, counselor.memberships.get().valid_to) == (302, yesterday)
    assert client.get(reverse("schools:terms")).status_code == 404


def test_last_registrar_stays(desk, registrar):
    held = registrar.memberships.get()

    answer = desk.post(reverse("schools:membership-end", args=[held.uid]), {"last_day": timezone.localdate()})

    held.refresh_from_db()
    assert (answer.status_code, held.valid_to) == (422, None)


def test_password_is_reset_and_shown_once(desk, school):
    teacher = person(school, Role.MENTOR)

    answer = desk.post(reverse("schools:person-password", args=[teacher.uid]))

    teacher.refresh_from_db()
    assert (teacher.check_password(answer.context["password"]), teacher.must_change_password) == (True, True)


def test_password_of_a_system_administrator_is_not_reset(desk, school):
    both = person(school, Role.REGISTRAR)
    actions.appoint(by=None, user=both, role=Role.ADMINISTRATOR, since=date(2025, 1, 1), at=timezone.now())

    assert desk.post(reverse("schools:person-password", args=[both.uid])).status_code == 422


def test_person_page_tells_what_was_is_and_will_be(desk, school):
    teacher, today = person(school, Role.MENTOR), timezone.localdate()
    appoint(teacher, school, Role.LEADER, today - timedelta(days=9), until=today - timedelta(days=1))
    appoint(teacher, school, Role.COUNSELOR, today + timedelta(days=9))

    posts = desk.get(reverse("schools:person", args=[teacher.uid])).context["posts"]

    assert [(post.held.role, post.when) for post in posts] == [
        ("counselor", "later"),
        ("mentor", "now"),
        ("leader", "over"),
    ]
