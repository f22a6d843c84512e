"""免谈 with a reason, and 补谈: a later talk linked to a miss that stays on record."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from listening import actions
from listening.consistency import differences
from listening.models import CheckIn, ClassCheckIn, Excuse, MakeUp
from listening.quotas import Outcome, Status
from privacy.models import AuditEntry
from schools.models import School
from students.models import CareTier
from tests.cast import DUE, FORTNIGHT, NOW, TODAY, at, peers_rule, talk

WHY = "外出比赛，下周回来"
LATER = date(2025, 11, 26)  # in the fortnight after


def page_of(cast, student, route="check-in"):
    rule = cast.rule if student != cast.other else cast.other_school.quota_rules.get()
    return reverse(f"listening:{route}", args=[student.uid, rule.uid, FORTNIGHT])


def excuse_of(cast, student):
    return page_of(cast, student, "check-in-excuse")


def row(student):
    return CheckIn.objects.get(student=student, period__start=FORTNIGHT)


@pytest.fixture
def later(cast, time_machine):
    """26 November, after the night that closed the fortnight."""
    moment = at(LATER)
    actions.run_day(cast.school, on=LATER, at=at(LATER, 0, 10))
    time_machine.move_to(moment, tick=False)
    return moment


def test_excuse_settles_at_once_and_the_page_says_why(cast, as_person):
    client = as_person(cast.head_teacher)

    answer = client.post(excuse_of(cast, cast.lin), {"why": WHY})
    page = client.get(answer["Location"]).content.decode()

    assert (answer["Location"], row(cast.lin).status) == (page_of(cast, cast.lin), Status.EXCUSED)
    assert ("免谈原因" in page, WHY in page, "刘敏 11月18日" in page) == (True, True, True)


@pytest.mark.parametrize(
    ("who", "whom", "answer"),
    [
        ("head_teacher", "lin", 302),
        ("counselor", "lin", 302),
        ("counselor", "zhao", 302),  # the lead stands in for all
        ("counselor2", "zhao", 302),
        ("counselor2", "lin", 404),  # not in charge of that grade
        ("head_teacher", "chen", 404),
        ("teacher", "lin", 404),
        ("teacher", "ma", 404),  # the mentor sees it and does not excuse it
        ("grade_head", "lin", 404),
        ("leader", "lin", 404),
        ("principal", "lin", 404),
        ("registrar", "lin", 404),
        ("peer", "lin", 404),
        ("parent", "lin", 404),
        ("other_counselor", "lin", 404),
        ("head_teacher", "other", 404),
    ],
)
def test_who_excuses_whom(cast, as_person, who, whom, answer):
    student = getattr(cast, whom)

    got = as_person(getattr(cast, who)).post(excuse_of(cast, student), {"why": WHY})

    assert (got.status_code, Excuse.objects.count()) == (answer, 1 if answer == 302 else 0)


def test_excuse_without_a_reason_keeps_the_form(cast, as_person):
    answer = as_person(cast.head_teacher).post(excuse_of(cast, cast.lin), {"why": " "})

    assert (answer.status_code, "写一句原因" in answer.content.decode()) == (422, True)


def test_excuse_too_long_comes_back(cast, as_person):
    answer = as_person(cast.head_teacher).post(excuse_of(cast, cast.lin), {"why": "因" * 201})

    assert (answer.status_code, "因" * 201 in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(("days", "status"), [(7, Status.EXCUSED), (8, Status.MISSED)])
def test_seven_days_after_the_due_day(cast, as_person, time_machine, days, status):
    moment = at(DUE + timedelta(days=days))
    actions.run_day(cast.school, on=moment.date(), at=moment)
    time_machine.move_to(moment, tick=False)

    got = as_person(cast.head_teacher).post(excuse_of(cast, cast.lin), {"why": WHY}, follow=True)

    page = got.content.decode()
    assert (row(cast.lin).status, "心理组长同意后才算免谈" in page) == (status, status == Status.MISSED)
    assert WHY in page


def test_days_are_the_schools_own(cast, as_person, time_machine):
    School.objects.filter(pk=cast.school.pk).update(late_days=2)
    time_machine.move_to(at(DUE + timedelta(days=3)), tick=False)

    got = as_person(cast.head_teacher).post(excuse_of(cast, cast.lin), {"why": WHY}, follow=True)

    assert "已过可修改的 2 天" in got.content.decode()


# Too late: the lead counselor's word


@pytest.fixture
def too_late(cast, time_machine):
    """Nine days after the due day."""
    moment = at(DUE + timedelta(days=9))
    actions.run_day(cast.school, on=moment.date(), at=moment)
    time_machine.move_to(moment, tick=False)
    return moment


def said_late(client, cast, student):
    client.post(excuse_of(cast, student), {"why": WHY})
    return page_of(cast, student, "check-in-excuse-allow")


def test_word_of_the_lead_lets_a_late_excuse_count(cast, as_person, too_late):
    allow = said_late(as_person(cast.head_teacher), cast, cast.lin)
    before = row(cast.lin).status

    client = as_person(cast.counselor)
    answer = client.post(allow)
    page = client.get(answer["Location"]).content.decode()

    said = Excuse.objects.get()
    assert (before, row(cast.lin).status) == (Status.MISSED, Status.EXCUSED)
    assert (said.by, said.allowed_by, said.allowed_on) == (cast.head_teacher, cast.counselor, too_late.date())
    assert "顾文静 11月30日同意" in page


def test_late_excuse_by_the_lead_counts_at_once(cast, as_person, too_late):
    client = as_person(cast.counselor)

    form = client.get(excuse_of(cast, cast.lin)).content.decode()
    client.post(excuse_of(cast, cast.lin), {"why": WHY})

    assert ("记下就算同意" in form, row(cast.lin).status) == (True, Status.EXCUSED)


def test_form_says_that_it_will_wait(cast, as_person, too_late):
    page = as_person(cast.head_teacher).get(excuse_of(cast, cast.lin)).content.decode()

    assert ("心理组长同意后才算免谈" in page, "记下，请心理组长同意" in page) == (True, True)


@pytest.mark.parametrize("who", ["counselor2", "head_teacher", "principal", "registrar", "other_counselor"])
def test_word_of_nobody_else_is_heard(cast, as_person, too_late, who):
    allow = said_late(as_person(cast.head_teacher), cast, cast.lin)

    answer = as_person(getattr(cast, who)).post(allow)

    assert (answer.status_code, row(cast.lin).status) == (404, Status.MISSED)


def test_word_said_twice_is_one(cast, as_person, too_late):
    allow = said_late(as_person(cast.head_teacher), cast, cast.lin)
    client = as_person(cast.counselor)

    answers = [client.post(allow).status_code for _ in range(2)]

    assert (answers, AuditEntry.objects.filter(verb="check_in.allow_excuse").count()) == ([302, 302], 1)


def test_button_stands_for_the_lead_alone_while_it_waits(cast, as_person, too_late):
    def seen(person):
        page = as_person(person).get(page_of(cast, cast.lin)).content.decode()
        return WHY in page, "同意这次免谈</button>" in page

    said_late(as_person(cast.head_teacher), cast, cast.lin)
    people = ("counselor", "counselor2", "head_teacher")
    before = {name: seen(getattr(cast, name)) for name in people}
    actions.allow_excuse(by=cast.counselor, said=Excuse.objects.get(), at=too_late)

    assert before == {"counselor": (True, True), "counselor2": (True, False), "head_teacher": (True, False)}
    assert {name: seen(getattr(cast, name)) for name in people} == dict.fromkeys(people, (True, False))


def test_excuse_in_time_is_not_spoiled_by_saying_it_again_too_late(cast, as_person, time_machine):
    client = as_person(cast.head_teacher)
    client.post(excuse_of(cast, cast.lin), {"why": WHY})
    moment = at(DUE + timedelta(days=9))
    actions.run_day(cast.school, on=moment.date(), at=moment)
    time_machine.move_to(moment, tick=False)

    client.post(excuse_of(cast, cast.lin), {"why": "另一个原因"})

    said = Excuse.objects.get()
    assert (said.why, said.on, row(cast.lin).status) == (WHY, TODAY, Status.EXCUSED)


def test_word_where_nothing_waits_changes_nothing(cast, as_person):
    as_person(cast.counselor).post(page_of(cast, cast.lin, "check-in-excuse-allow"))

    assert (Excuse.objects.count(), row(cast.lin).status) == (0, Status.DUE)


def test_night_and_check_agree_with_the_word(cast, as_person, too_late):
    said_late(as_person(cast.head_teacher), cast, cast.lin)
    actions.allow_excuse(by=cast.counselor, said=Excuse.objects.get(), at=too_late)

    assert differences(cast.school, first=FORTNIGHT, last=DUE, as_of=too_late.date()) == []


# 同伴: a class's check-in


def class_page(cast, klass, rule, route="check-in"):
    return reverse(f"listening:{route}", args=[klass.uid, rule.uid, FORTNIGHT])


def test_class_is_excused_with_a_reason_and_the_page_says_why(cast, as_person):
    rule = peers_rule(cast.school)
    client = as_person(cast.head_teacher)
    leads = class_page(cast, cast.class_1, rule, "check-in-excuse")

    shown = leads in client.get(class_page(cast, cast.class_1, rule)).content.decode()
    answer = client.post(leads, {"why": "全班外出研学"})
    page = client.get(answer["Location"]).content.decode()

    owed = ClassCheckIn.objects.get(school_class=cast.class_1)
    assert (shown, answer["Location"], owed.status) == (True, class_page(cast, cast.class_1, rule), Status.EXCUSED)
    assert ("全班外出研学" in page, "刘敏 11月18日" in page, leads in page) == (True, True, False)
    assert AuditEntry.objects.get(verb="check_in.excuse").uid == cast.class_1.uid


@pytest.mark.parametrize(
    ("who", "answer"),
    [("head_teacher", 302), ("counselor", 302), ("counselor2", 404), ("head_teacher2", 404), ("teacher", 404),
     ("grade_head", 404), ("leader", 404), ("peer", 404)],
)  # fmt: skip
def test_who_excuses_a_class(cast, as_person, who, answer):
    rule = peers_rule(cast.school)

    got = as_person(getattr(cast, who)).post(class_page(cast, cast.class_1, rule, "check-in-excuse"), {"why": WHY})

    assert (got.status_code, Excuse.objects.count()) == (answer, 1 if answer == 302 else 0)


def test_class_without_a_reason_keeps_the_form(cast, as_person):
    rule = peers_rule(cast.school)

    answer = as_person(cast.head_teacher).post(class_page(cast, cast.class_1, rule, "check-in-excuse"), {"why": ""})

    page = answer.content.decode()
    assert (answer.status_code, "写一句原因" in page, "七年级(1)班" in page) == (422, True, True)


def test_late_excuse_of_a_class_waits_for_the_lead(cast, as_person, time_machine):
    rule = peers_rule(cast.school)
    moment = at(DUE + timedelta(days=9))
    actions.run_day(cast.school, on=moment.date(), at=moment)
    time_machine.move_to(moment, tick=False)
    as_person(cast.head_teacher).post(class_page(cast, cast.class_1, rule, "check-in-excuse"), {"why": WHY})
    before = ClassCheckIn.objects.get(school_class=cast.class_1, rule=rule, period__start=FORTNIGHT).status

    as_person(cast.counselor).post(class_page(cast, cast.class_1, rule, "check-in-excuse-allow"))

    owed = ClassCheckIn.objects.get(school_class=cast.class_1, rule=rule, period__start=FORTNIGHT)
    assert (before, owed.status) == (Status.MISSED, Status.EXCUSED)


def test_excuse_said_twice_is_one(cast, as_person):
    client = as_person(cast.head_teacher)

    for _ in range(2):
        client.post(excuse_of(cast, cast.lin), {"why": WHY})

    assert Excuse.objects.count() == 1


@pytest.mark.parametrize(("who", "shown"), [("head_teacher", True), ("counselor", True), ("counselor2", False)])
def test_why_page_leads_to_the_excuse_for_those_who_may(cast, as_person, who, shown):
    page = as_person(getattr(cast, who)).get(page_of(cast, cast.lin)).content.decode()

    assert ("免谈，写明原因" in page) is shown


def test_why_page_of_a_mentor_and_of_a_met_one_leads_to_no_excuse(cast, as_person):
    of_mentor = as_person(cast.teacher).get(page_of(cast, cast.ma)).content.decode()
    talk(cast.head_teacher, cast.lin)
    met = as_person(cast.head_teacher).get(page_of(cast, cast.lin)).content.decode()

    assert ("免谈，写明原因" in of_mentor, "免谈，写明原因" in met) == (False, False)


def test_reason_under_a_rule_with_tiers_is_for_counselors_and_whoever_said_it(cast, as_person):
    cast.rule.tiers.set(CareTier.objects.filter(school=cast.school))
    as_person(cast.counselor).post(excuse_of(cast, cast.ma), {"why": WHY})

    seen = {
        name: WHY in as_person(getattr(cast, name)).get(page_of(cast, cast.ma)).content.decode()
        for name in ("counselor", "counselor2", "head_teacher", "teacher")
    }

    assert seen == {"counselor": True, "counselor2": True, "head_teacher": False, "teacher": False}


def test_reason_stays_out_of_the_trail(cast, as_person):
    as_person(cast.head_teacher).post(excuse_of(cast, cast.lin), {"why": WHY})

    entry = AuditEntry.objects.get(verb="check_in.excuse")
    assert (entry.uid, entry.detail) == (cast.lin.uid, "")


# 补谈


def make_up(client, cast, student, one):
    return client.post(page_of(cast, student, "check-in-make-up"), {"talk": str(one.uid)})


def test_later_talk_is_linked_and_the_miss_stays(cast, as_person, later):
    one = talk(cast.head_teacher, cast.lin, day=LATER, at=later)
    client = as_person(cast.head_teacher)

    offered = "记作补谈</button>" in client.get(page_of(cast, cast.lin)).content.decode()
    make_up(client, cast, cast.lin, one)
    page = client.get(page_of(cast, cast.lin)).content.decode()

    assert (offered, MakeUp.objects.get().conversation, row(cast.lin).status) == (True, one, Status.MISSED)
    assert ("漏谈，已补谈" in page, "记作补谈</button>" in page) == (True, False)


def test_board_says_that_it_was_made_up(cast, as_person, later):
    one = talk(cast.head_teacher, cast.lin, day=LATER, at=later)
    client = as_person(cast.head_teacher)
    make_up(client, cast, cast.lin, one)

    board = client.get(f"{reverse('listening:board', args=[cast.class_1.uid])}?on={TODAY}").content.decode()

    assert board.count("漏谈，已补谈") == 1


@pytest.mark.parametrize("who", ["head_teacher", "counselor", "grade_head", "leader"])
def test_missed_list_says_that_it_was_made_up(cast, as_person, later, who):
    one = talk(cast.head_teacher, cast.lin, day=LATER, at=later)
    make_up(as_person(cast.head_teacher), cast, cast.lin, one)

    page = as_person(getattr(cast, who)).get(reverse("listening:missed")).content.decode()

    assert (page.count("已补谈</span>"), "林知夏" in page, "马依依" in page) == (1, True, True)


def test_linking_twice_is_one(cast, as_person, later):
    one = talk(cast.head_teacher, cast.lin, day=LATER, at=later)
    actions.make_up(by=cast.head_teacher, check_in=row(cast.lin), talk=one, at=later)
    actions.make_up(by=cast.head_teacher, check_in=row(cast.lin), talk=one, at=later)

    assert (MakeUp.objects.count(), AuditEntry.objects.filter(verb="check_in.make_up").count()) == (1, 1)


@pytest.mark.parametrize("more", [{"minutes": 5}, {"outcome": Outcome.DECLINED}])
def test_talk_that_would_not_count_is_not_offered(cast, as_person, later, more):
    one = talk(cast.head_teacher, cast.lin, day=LATER, at=later, **more)

    answer = make_up(as_person(cast.head_teacher), cast, cast.lin, one)

    assert (answer.status_code, MakeUp.objects.count()) == (422, 0)


def test_talk_with_another_student_is_not_linked(cast, as_person, later):
    one = talk(cast.head_teacher, cast.xu, day=LATER, at=later)

    answer = make_up(as_person(cast.head_teacher), cast, cast.lin, one)

    assert (answer.status_code, "不能记作补谈" in answer.content.decode(), MakeUp.objects.count()) == (422, True, 0)


def test_check_in_that_was_not_missed_has_nothing_to_make_up(cast, as_person):
    one = talk(cast.head_teacher, cast.lin, minutes=5)

    assert make_up(as_person(cast.head_teacher), cast, cast.lin, one).status_code == 422


def test_deleted_talk_makes_up_for_nothing(cast, as_person, later):
    one = talk(cast.head_teacher, cast.lin, day=LATER, at=later)
    client = as_person(cast.head_teacher)
    make_up(client, cast, cast.lin, one)
    actions.delete_conversation(by=cast.head_teacher, talk=one, at=later, why="记错人了")

    client.get("/")  # takes the message
    assert "已补谈" not in client.get(page_of(cast, cast.lin)).content.decode()


def test_excuse_of_a_running_one_is_said_on_the_same_day(cast):
    actions.excuse(by=cast.head_teacher, rule=cast.rule, period=row(cast.lin).period, student=cast.lin, why=WHY, at=NOW)

    assert Excuse.objects.get().on == TODAY
