"""What head teachers excused stands in the lead counselor's weekly list, and nowhere else."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from listening import actions
from listening.given_excuses import excuse_weeks
from listening.models import CheckIn, ClassCheckIn, Excuse
from listening.quotas import Status
from schools.models import Membership
from students import actions as students
from tests.cast import DUE, FORTNIGHT, NOW, TERM, TODAY, at, peers_rule

URL = "/listening/excuses/"


def excuse(cast, by, student, why, *, when=NOW):
    period = CheckIn.objects.get(student=student, period__start=FORTNIGHT).period
    return actions.excuse(by=by, rule=cast.rule, period=period, student=student, why=why, at=when)


def listed(cast, person=None, *, when=NOW):
    weeks = excuse_weeks(person or cast.counselor, cast.school, at=when)
    return [(week.title, week.days, [(row.name, row.class_name, row.said.why) for row in week.rows]) for week in weeks]


def test_list_goes_by_school_week_the_newest_first(cast):
    excuse(cast, cast.head_teacher, cast.lin, "外出比赛", when=at(date(2025, 11, 14)))
    excuse(cast, cast.head_teacher2, cast.chen, "住院")
    excuse(cast, cast.head_teacher, cast.ma, "回老家", when=at(TODAY, 9))

    assert listed(cast) == [
        ("第 12 周", "11月17日–23日", [("陈一诺", "七年级(2)班", "住院"), ("马依依", "七年级(1)班", "回老家")]),
        ("第 11 周", "11月10日–16日", [("林知夏", "七年级(1)班", "外出比赛")]),
    ]


def test_line_says_who_what_why_by_whom_and_when(cast, as_person):
    excuse(cast, cast.head_teacher, cast.lin, "外出比赛")

    page = as_person(cast.counselor).get(URL).content.decode()

    words = ("林知夏", "七年级(1)班", "双周倾听，第 11–12 周", "外出比赛", "刘敏", "11月18日 12:40")
    assert [word in page for word in words] == [True] * 6
    assert reverse("listening:check-in", args=[cast.lin.uid, cast.rule.uid, FORTNIGHT]) in page


def test_what_counselors_excused_is_not_in_it(cast):
    excuse(cast, cast.counselor, cast.lin, "外出比赛")

    assert listed(cast) == []


def test_who_was_head_teacher_on_that_day_stays_in_it(cast):
    excuse(cast, cast.head_teacher, cast.lin, "外出比赛")
    Membership.objects.filter(user=cast.head_teacher).update(valid_to=TODAY)

    assert len(listed(cast, when=at(TODAY + timedelta(days=1)))) == 1


def test_class_has_a_line_of_its_own(cast):
    rule = peers_rule(cast.school)
    period = ClassCheckIn.objects.get(school_class=cast.class_1, rule=rule).period
    actions.excuse(by=cast.head_teacher, rule=rule, period=period, school_class=cast.class_1, why="研学", at=NOW)

    assert listed(cast)[0][2] == [("全班", "七年级(1)班", "研学")]


def test_own_child_of_the_lead_is_not_in_it(cast):
    excuse(cast, cast.head_teacher, cast.lin, "外出比赛")
    students.link_guardian(by=None, student=cast.lin, name="顾文静", user=cast.counselor, since=TERM[0], at=NOW)

    assert listed(cast) == []


def test_other_school_is_not_in_it(cast, as_person):
    excuse(cast, cast.head_teacher, cast.lin, "外出比赛")

    page = as_person(cast.other_counselor).get(URL).content.decode()

    assert ("林知夏" in page, "还没有免谈说明" in page) == (False, True)


@pytest.mark.parametrize(("who", "there"), [("counselor", True), ("counselor2", False), ("head_teacher", False)])
def test_menu_leads_there_for_the_lead_alone(cast, as_person, who, there):
    client = as_person(getattr(cast, who))

    assert (URL in client.get("/").content.decode(), client.get(URL).status_code) == (there, 200 if there else 404)


def test_what_came_too_late_is_allowed_from_the_list(cast, as_person, time_machine):
    moment = at(DUE + timedelta(days=9))
    actions.run_day(cast.school, on=moment.date(), at=moment)
    time_machine.move_to(moment, tick=False)
    row = CheckIn.objects.get(student=cast.lin, period__start=FORTNIGHT)
    actions.excuse_late(by=cast.head_teacher, rule=row.rule, period=row.period, student=cast.lin, why="住院", at=moment)
    client = as_person(cast.counselor)
    allow = reverse("listening:check-in-excuse-allow", args=[cast.lin.uid, cast.rule.uid, FORTNIGHT])

    waiting = allow in client.get(URL).content.decode()
    answer = client.post(allow, {"back": "excuses"})
    after = client.get(answer["Location"]).content.decode()

    row.refresh_from_db()
    assert (waiting, answer["Location"], row.status) == (True, URL, Status.EXCUSED)
    assert (allow in after, "顾文静 11月30日同意" in after, Excuse.objects.count()) == (False, True, 1)
