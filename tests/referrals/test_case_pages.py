"""The pages of a case: its story from a report to the end, and who sees what of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications.models import InboxItem
from privacy.models import AuditEntry, ReadEntry
from referrals import actions
from referrals.actions import NewTask
from referrals.case_drafts import TITLES
from referrals.case_page import OFFERS, CaseView, due_of
from referrals.drafted import FORMS
from referrals.models import Concern, Referral, ReferralStep, SecondWord
from referrals.stages import Stage, Verb
from referrals.views.cases import DRAFTED, MOVES
from students import actions as students
from students.drafts import Found
from tests.cast import NOW, TODAY
from tests.pages import read_page
from tests.referrals import cases
from tests.referrals.cases import Change, Colour, Urgency

LIST = "/referrals/cases/"


def of(case, move=""):
    return f"{LIST}{case.uid}/{move + '/' if move else ''}"


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client, case, move, **typed):
    """As the form would send it, on the page as it stands."""
    return client.post(of(case, move), {"version": cases.fresh(case).version, **typed})


def offered(client, case):
    text = page(client, of(case))
    return [move for move in MOVES if f'href="{of(case, move)}"' in text]


def move_statuses(client, case):
    return {move for move in MOVES if client.get(of(case, move)).status_code == 200}


PLAN = {"goals": "睡得好", "measures": "每周见一次", "review_on": "2025-12-01"} | {
    "what_1": "每周聊一次",
    "due_1": "2025-11-24",
}


def test_case_from_report_to_the_end(cast, as_person):
    case = cases.raised(cast)
    heard = [page(as_person(cast.teacher), "/referrals/mine/")]
    answers = [send(as_person(cast.counselor), case, "accept")]
    heard.append(page(as_person(cast.teacher), "/referrals/mine/"))
    answers += [
        send(
            as_person(cast.counselor), case, "assess", seen="上课走神", protective="外婆", colour="2", reason="一周以来"
        ),
        send(as_person(cast.counselor), case, "plan", **PLAN, who_1=str(cast.head_teacher.uid)),
    ]
    task = case.tasks.get()
    answers += [
        send(as_person(cast.head_teacher), case, "task-done", task=str(task.uid)),
        send(as_person(cast.counselor), case, "review", change="same", seen="还是睡不好", next_on="2025-12-08"),
        send(as_person(cast.counselor), case, "review", change="better", seen="睡得好了", next_on="2025-12-15"),
        send(
            as_person(cast.counselor),
            case,
            "propose-close",
            outcome="better",
            heard="thanks",
            summary="三周来睡得好多了",
        ),
    ]
    word = SecondWord.objects.get()
    own = as_person(cast.counselor).get(of(case, "confirm")).status_code
    answers.append(send(as_person(cast.counselor2), case, "confirm", word=str(word.uid)))
    heard.append(page(as_person(cast.teacher), "/referrals/mine/"))

    assert [one.status_code for one in answers] == [302] * len(answers)
    assert own == 404
    assert cases.fresh(case).stage == Stage.CLOSED
    assert ["已收到" in heard[0], "已看" in heard[1], "已经妥善跟进，谢谢您" in heard[2]] == [True, True, True]
    assert [words in "".join(heard) for words in ("走神", "睡得好", "好转", "沈岚")] == [False] * 4
    assert list(ReferralStep.objects.values_list("verb", flat=True)) == [
        "report", "accept", "support", "plan", "task_done", "review", "review", "propose", "close",
    ]  # fmt: skip
    text = page(as_person(cast.counselor), of(case))
    assert [one in text for one in ("三周来", "上课走神", "每周聊一次")] == [False] * 3


def test_second_review_without_change_goes_to_the_panel(cast, as_person):
    case = cases.review(cast, cases.planned(cast), Change.SAME)

    answer = send(as_person(cast.counselor), case, "review", change="same", seen="一样", next_on="2025-12-08")

    assert (answer.status_code, cases.fresh(case).stage) == (302, Stage.PANEL)


def test_reply_ends_it_and_reaches_the_reporter(cast, as_person):
    case = cases.raised(cast)

    answer = send(as_person(cast.counselor), case, "send-back", reply="先在班里多留心")

    concern = Concern.objects.get()
    assert (answer.status_code, cases.fresh(case).stage, concern.state) == (302, Stage.RETURNED, "answered")


def test_head_teacher_settles_a_mild_one_and_a_counselor_reopens_it(cast, as_person):
    case = cases.raised(cast, urgency=Urgency.LATER)

    settled = send(as_person(cast.head_teacher), case, "settle-mild", word="聊过了，没事了", heard="watch")
    reopened = send(as_person(cast.counselor), case, "reopen", reason="又有老师说起")

    assert (settled.status_code, reopened.status_code) == (302, 302)
    assert cases.fresh(case).stage == Stage.ACCEPTED


def test_handed_over_case_has_the_new_owner(cast, as_person):
    case = cases.planned(cast)

    answer = send(as_person(cast.counselor), case, "hand-over", to=str(cast.counselor2.uid), notes="on")

    assert (answer.status_code, cases.fresh(case).owner) == (302, cast.counselor2)


def test_graver_colour_leads_out_of_the_schools_own_support(cast, as_person):
    case = cases.planned(cast)

    answer = send(as_person(cast.leader), case, "raise-colour", colour="3", reason="说到不想活")

    case = cases.fresh(case)
    assert (answer.status_code, case.colour, case.stage) == (302, Colour.ORANGE, Stage.PANEL)


@pytest.mark.parametrize(("move", "state"), [("decline", "declined"), ("withdraw", "withdrawn")])
def test_second_word_is_taken_back(cast, as_person, move, state):
    case = cases.finish_tasks(cases.planned(cast))
    word = cases.propose_close(cast, case)
    person = cast.counselor2 if move == "decline" else cast.counselor

    answer = send(as_person(person), case, move, word=str(word.uid))

    word.refresh_from_db()
    assert (answer.status_code, word.state, cases.fresh(case).stage) == (302, state, Stage.IN_SCHOOL)


def test_proposal_with_open_work_says_what_is_missing_and_keeps_what_was_typed(cast, as_person):
    case = cases.planned(cast)

    answer = send(as_person(cast.counselor), case, "propose-close", outcome="better", heard="thanks", summary="都好了")

    text = answer.content.decode()
    assert (answer.status_code, "还有分工没有做完" in text, "都好了" in text) == (422, True, True)


def test_page_that_came_too_late_says_who_was_first_and_keeps_what_was_typed(cast, as_person):
    case = cases.planned(cast)
    version = case.version
    cases.review(cast, case, Change.BETTER)
    client = as_person(cast.leader)

    answer = client.post(of(case, "raise-colour"), {"version": version, "colour": "2", "reason": "又听说一件事"})

    text = answer.content.decode()
    shown = read_page(answer)
    since = [row for row in shown.all("li") if row.attrs.get("data-row") == "since"]
    again = next(one for one in shown.all("input") if one.attrs.get("name") == "version").attrs["value"]
    assert answer.status_code == 422
    assert ["顾文静" in text, "复评" in since[0].text, len(since), "又听说一件事" in text] == [True, True, 1, True]
    assert (again, cases.fresh(case).colour) == (str(version + 1), Colour.BLUE)
    assert client.post(of(case, "raise-colour"), {"version": again, "colour": "2", "reason": "一"}).status_code == 302


def test_page_whose_move_is_over_keeps_what_was_typed_without_a_button(cast, as_person):
    case = cases.accepted(cast)
    version = case.version
    words = {"seen": "上课走神", "protective": "外婆", "reason": "一周以来"}
    actions.assess(by=cast.counselor, referral=case, version=version, colour=Colour.BLUE, at=NOW, **words)

    answer = as_person(cast.counselor).post(of(case, "assess"), {"version": version, "seen": "写了很久", "colour": "1"})

    text = answer.content.decode()
    assert (answer.status_code, "写了很久" in text, "保存评估" in text) == (422, True, False)


def test_outdated_page_tells_a_head_teacher_nothing_of_the_way(cast, as_person):
    case = cases.planned(cast)

    answer = as_person(cast.head_teacher).post(of(case, "settle-mild"), {"version": 1, "word": "聊过了"})

    text = answer.content.decode()
    assert (answer.status_code, "聊过了" in text) == (422, True)
    assert [words in text for words in ("写支持计划", "评估", "刚才的变化")] == [False] * 3


def test_nothing_is_saved_twice_by_a_second_tap(cast, as_person):
    case = cases.raised(cast)
    client, version = as_person(cast.counselor), case.version

    answers = [client.post(of(case, "accept"), {"version": version}).status_code for _ in range(2)]

    assert (answers, case.steps.count()) == ([302, 422], 2)


STAGES = {
    "reported": lambda cast: cases.raised(cast),
    "accepted": lambda cast: cases.accepted(cast),
    "in_school": lambda cast: cases.planned(cast),
    "closed": lambda cast: cases.closed(cast),
    "panel": lambda cast: cases.assessed(cast, colour=Colour.ORANGE),
}
# By hand from the table of stages: what each may do now. Everything else is absent.
MAY = {
    ("reported", "counselor"): ["accept", "send-back"],
    ("reported", "counselor2"): [],
    ("reported", "head_teacher"): ["settle-mild"],
    ("reported", "leader"): [],
    ("accepted", "counselor"): ["assess", "hand-over"],
    ("accepted", "counselor2"): [],
    ("accepted", "head_teacher"): [],
    ("accepted", "principal"): ["hand-over"],
    ("in_school", "counselor"): ["plan", "review", "task-done", "raise-colour", "propose-close", "hand-over"],
    ("in_school", "counselor2"): [],
    ("in_school", "head_teacher"): ["task-done"],
    ("in_school", "leader"): ["raise-colour", "propose-close"],
    ("panel", "counselor"): ["raise-colour", "hand-over"],
    ("closed", "counselor"): ["reopen"],
    ("closed", "counselor2"): [],
    ("closed", "leader"): ["reopen"],
    ("closed", "head_teacher"): [],
}


@pytest.mark.parametrize(("stage", "who"), sorted(MAY))
def test_only_the_moves_that_one_may_take_now_are_there(cast, as_person, stage, who):
    case = STAGES[stage](cast)
    client = as_person(cast.people[who])

    assert sorted(move_statuses(client, case)) == sorted(MAY[stage, who])
    assert set(offered(client, case)) <= set(MAY[stage, who])
    assert set(MAY[stage, who]) - set(offered(client, case)) <= {"task-done"}  # beside each task


@pytest.mark.parametrize(
    "who", ["teacher", "head_teacher2", "grade_head", "registrar", "parent", "student", "peer", "other_counselor"]
)
def test_case_is_absent_for_all_others(cast, as_person, who):
    case = cases.planned(cast)
    text = case.steps.get(verb=Verb.SUPPORT)
    client = as_person(cast.people[who])

    urls = [of(case), reverse("referrals:case-text", args=[case.uid, text.uid]), *(of(case, move) for move in MOVES)]

    assert {client.get(url).status_code for url in urls} == {404}
    assert {client.post(of(case, move), {"version": 1}).status_code for move in MOVES} == {404}


def test_unknown_move_is_absent(cast, as_person):
    assert as_person(cast.counselor).get(of(cases.raised(cast), "escape")).status_code == 404


def test_whoever_has_a_task_sees_where_it_stands_and_the_own_task(cast, as_person):
    tasks = [
        NewTask(cast.teacher, "课后陪他走一走", TODAY + timedelta(days=3)),
        NewTask(cast.head_teacher, "约家长", TODAY + timedelta(days=3)),
    ]
    case = cases.planned(cast, by=cast.head_teacher, tasks=tasks)
    mine, other = case.tasks.get(assignee=cast.teacher), case.tasks.get(assignee=cast.head_teacher)
    client = as_person(cast.teacher)

    text = page(client, of(case))

    assert ["校内支持" in text, "顾文静" in text, "课后陪他" in text, "经过" in text] == [True, True, False, False]
    assert ["刘敏" in text, "蓝" in text] == [False, False]
    assert "课后陪他走一走" in page(client, reverse("referrals:case-text", args=[case.uid, mine.uid]))
    assert client.get(reverse("referrals:case-text", args=[case.uid, other.uid])).status_code == 404
    assert send(client, case, "task-done", task=str(mine.uid)).status_code == 302
    assert client.get(of(case)).status_code == 200


@pytest.mark.parametrize("who", ["counselor", "counselor2", "head_teacher", "leader", "principal"])
def test_what_the_page_offers_to_open_is_what_opens(cast, as_person, who):
    case = cases.review(cast, cases.finish_tasks(cases.planned(cast)), Change.BETTER)
    case = cases.fresh(cases.propose_close(cast, case).referral)
    client = as_person(cast.people[who])
    text = page(client, of(case))
    words = SecondWord.objects.get()
    every = [*case.steps.all(), *case.tasks.all(), words]

    def link(one):
        return reverse("referrals:case-text", args=[case.uid, one.uid])

    shown = {link(one) for one in every if link(one) in text}
    opens = {link(one) for one in every if client.get(link(one)).status_code == 200}

    assert shown == opens
    assert bool(shown) is True


def test_text_opens_on_a_page_of_its_own_with_a_row(cast, as_person):
    case = cases.assessed(cast)
    step = case.steps.get(verb=Verb.SUPPORT)

    text = page(as_person(cast.counselor), reverse("referrals:case-text", args=[case.uid, step.uid]))

    assert [one in text for one in ("上课走神", "外婆", "一周以来")] == [True] * 3
    rows = ReadEntry.objects.values_list("by_id", "table", "student_id")
    assert list(rows) == [(cast.counselor.pk, "referral_text", cast.lin.pk)] * 3


def test_owner_reads_nothing_older_than_what_passed_on(cast, as_person):
    case = cases.assessed(cast)
    actions.hand_over(
        by=cast.counselor, referral=case, version=case.version, to=cast.counselor2, notes=False, tasks=True,
        at=cases.later(hours=1),
    )  # fmt: skip
    step = case.steps.get(verb=Verb.SUPPORT)
    url = reverse("referrals:case-text", args=[case.uid, step.uid])
    client = as_person(cast.counselor2)

    assert (url in page(client, of(case)), client.get(url).status_code) == (False, 404)


def test_who_reads_stands_below_each_sealed_field(cast, as_person):
    text = page(as_person(cast.counselor), of(cases.accepted(cast), "assess"))

    assert text.count("谁能看到：<b>") == 3


def test_list_shows_live_ones_and_says_what_is_overdue(cast, as_person):
    late = cases.raised(cast, urgency=Urgency.TODAY, when=NOW - timedelta(hours=7))
    cases.closed(cast, student=cast.ma)
    client = as_person(cast.counselor)

    live, closed = read_page(client.get(LIST)), read_page(client.get(LIST, {"state": "closed"}))

    assert [one.all("th")[0].text for one in live.rows] == ["林知夏"]
    assert ("已过 3 小时" in live.rows[0].text, late.owner) == (True, None)
    assert [one.all("th")[0].text for one in closed.rows] == ["马依依"]


def test_colour_is_for_those_who_give_the_second_word(cast, as_person):
    cases.assessed(cast, colour=Colour.ORANGE)

    seen = {who: "橙" in page(as_person(cast.people[who]), LIST) for who in ("counselor2", "leader", "head_teacher")}

    assert seen == {"counselor2": True, "leader": True, "head_teacher": False}


@pytest.mark.parametrize(("who", "there"), [("counselor", True), ("leader", True), ("head_teacher", False)])
def test_menu_leads_to_the_list(cast, as_person, who, there):
    assert (f'href="{LIST}"' in page(as_person(cast.people[who]), "/")) is there


@pytest.mark.parametrize("who", ["teacher", "leader", "counselor2"])
def test_message_leads_to_a_page_that_is_there(cast, as_person, who):
    supported = [NewTask(cast.teacher, "课后陪他走一走", TODAY + timedelta(days=3))]
    case = cases.planned(cast, by=cast.head_teacher, tasks=supported)
    if who != "teacher":
        cases.propose_close(cast, cases.finish_tasks(case))
    client = as_person(cast.people[who])

    paths = list(InboxItem.objects.filter(to=cast.people[who]).values_list("path", flat=True))

    assert (paths != [], [client.get(one).status_code for one in paths]) == (True, [200] * len(paths))


def test_draft_of_a_plan_names_the_student(cast):
    case = cases.assessed(cast)
    find = FORMS["case-plan"].find

    found = {who: find(cast.people[who], [case.uid], NOW) for who in ("counselor", "teacher")}

    assert found == {"counselor": {case.uid: Found("林知夏", of(case, "plan"))}, "teacher": {}}


def test_menu_marks_one_entry_on_a_case(cast, as_person):
    shown = read_page(as_person(cast.counselor).get(of(cases.raised(cast))))

    menu = [one for one in shown.all("a") if one.attrs.get("aria-current") == "page"]

    assert [one.attrs["href"] for one in menu] == [LIST]


def test_concern_leads_to_its_case(cast, as_person):
    case = cases.raised(cast)
    concern = Concern.objects.get()

    assert f'href="{of(case)}"' in page(as_person(cast.counselor), reverse("referrals:concern", args=[concern.uid]))


def test_opening_a_case_leaves_a_row(cast, as_person):
    case = cases.raised(cast)
    page(as_person(cast.leader), of(case))

    assert AuditEntry.objects.filter(verb="referral.view", by_id=cast.leader.pk).count() == 1


def test_own_child_has_no_case(cast, as_person):
    case = cases.planned(cast)
    students.link_guardian(
        by=None, student=cast.lin, name="何建国", relation="舅舅", phone="139 0000 0002", user=cast.leader, since=TODAY,
        at=NOW,
    )  # fmt: skip

    assert as_person(cast.leader).get(of(case)).status_code == 404


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=-50), "已过 2 天"),
        (timedelta(hours=-3, minutes=-5), "已过 3 小时"),
        (timedelta(minutes=-5), "刚刚到时限"),
        (timedelta(hours=2), "今天 14:40 前"),
        (timedelta(days=3), "11月21日 12:40 前"),
    ],
)
def test_deadline_in_words(left, words):
    assert due_of(Referral(stage=Stage.REPORTED, due_at=NOW + left), at=NOW).words == words


def count(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_case_asks_as_often_with_a_long_way_as_with_a_short_one(cast, as_person):
    case = cases.review(cast, cases.planned(cast), Change.BETTER)
    client = as_person(cast.counselor)
    short = count(client, of(case))
    cases.raised(cast)
    cases.raised(cast, by=cast.head_teacher)
    more = [NewTask(one, "再聊一次", TODAY + timedelta(days=3)) for one in (cast.teacher, cast.head_teacher)]
    case = cases.write_plan(cast, cases.fresh(case), more)
    case = cases.review(cast, cases.review(cast, case, Change.BETTER), Change.BETTER)

    assert count(client, of(case)) == short


def test_moves_of_the_pages_are_those_that_are_offered(cast):
    assert sorted(OFFERS) == sorted(MOVES)
    assert sorted(DRAFTED) == sorted(TITLES)
    assert CaseView(cases.raised(cast), cast.counselor, at=NOW).has("accept")
