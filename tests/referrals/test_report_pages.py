"""上报: the form by person, what is kept when it is refused, whom to call, and how far the own ones have come."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from notifications.models import InboxItem
from privacy.models import ReadEntry
from referrals import actions, reading
from referrals.choices import About, LifeEvent, Situation, Source, Told
from referrals.models import Concern, HarmMark, SuspectedGuardian
from referrals.requirements import Urgency
from students import actions as students
from students.models import Draft, Guardian
from tests.cast import NOW, TERM
from tests.pages import read_page
from tests.referrals import cases

NEW, URGENT, MINE = "/referrals/new/", "/referrals/urgent/", "/referrals/mine/"
WORDS = "他说不想回家"
PHONE = "139 0000 0001"


def about(student, url=NEW):
    return f"{url}?student={student.uid}"


def said(*students, **more):
    return {
        "students": [str(one.uid) for one in students],
        "urgency": Urgency.WEEK.value,
        "words": WORDS,
        "request_key": str(uuid4()),
    } | more


def text_of(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_whom_page_names_the_class_and_leads_to_the_form(cast, as_person):
    page = read_page(as_person(cast.head_teacher).get(NEW))

    assert {one.all("a")[0].attrs["href"] for one in page.rows} == {about(one) for one in (cast.lin, cast.ma, cast.xu)}


def test_whom_page_finds_by_initials(cast, as_person):
    page = read_page(as_person(cast.counselor).get(NEW, {"q": "lzx"}))

    assert [one.all("a")[0].text for one in page.rows] == ["林知夏"]


def test_whom_page_keeps_that_it_is_about_life(cast, as_person):
    page = read_page(as_person(cast.head_teacher).get(NEW, {"urgency": "4"}))

    assert page.rows[0].all("a")[0].attrs["href"].endswith("&urgency=4")


def test_teacher_reports_about_several_with_everything(cast, as_person):
    sent = said(
        cast.lin, cast.ma, guardian_told="no", guardian_words="电话没人接", life_event="loss", tried="陪了一节课",
        ways="午休时", urgency=Urgency.TODAY.value,
    )  # fmt: skip

    answer = as_person(cast.teacher).post(about(cast.lin), sent)

    made = Concern.objects.order_by("student_id")
    assert (answer.status_code, answer["Location"]) == (302, MINE)
    assert [(one.student, one.urgency, one.life_event, one.guardian_told) for one in made] == [
        (student, Urgency.TODAY, LifeEvent.LOSS, Told.NO) for student in (cast.lin, cast.ma)
    ]
    opened = [reading.open_concern(made[0], field, by=cast.counselor, at=NOW).text for field in reading.CONCERN_FIELDS]
    assert opened == [WORDS, "陪了一节课", "电话没人接", "午休时"]


def test_report_sent_twice_is_one(cast, as_person):
    client, sent = as_person(cast.teacher), said(cast.lin)

    answers = [client.post(about(cast.lin), sent)["Location"] for _ in range(2)]

    assert (answers, Concern.objects.count()) == ([MINE, MINE], 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"words": " "}, "写一两句"),
        ({"urgency": ""}, "选一下有多急"),
        ({"urgency": "9"}, "从这几项里选"),
        ({"guardian_told": "yes"}, "写一句家里怎么说"),
        ({"guardian_told": "no"}, "写一句为什么还没告知"),
        ({"guardian_words": "说知道了"}, "点一下：已告知，还是还没有"),
        ({"students": []}, "选一位同学"),
    ],
)
def test_refused_report_keeps_what_was_typed(cast, as_person, changes, words):
    kept = {"tried": "陪了一节课", "ways": "午休时"}

    answer = as_person(cast.teacher).post(about(cast.lin), said(cast.lin, **kept) | changes)

    text = answer.content.decode()
    assert (answer.status_code, words in text, Concern.objects.count()) == (422, True, 0)
    typed = [value for value in [*kept.values(), changes.get("words", WORDS).strip()] if value]
    assert [value in text for value in typed] == [True] * len(typed)


def test_report_about_somebody_out_of_reach_is_refused(cast, as_person):
    answer = as_person(cast.teacher).post(about(cast.lin), said(cast.lin, cast.chen))

    assert (answer.status_code, Concern.objects.count()) == (422, 0)


@pytest.mark.parametrize("who", ["chen", "zhao", "other"])
def test_form_about_somebody_out_of_reach_is_as_absent(cast, as_person, who):
    client, student = as_person(cast.teacher), cast.students[who]

    answers = [
        client.get(about(student)),
        client.post(about(student), said(student)),
        client.get(about(student, URGENT)),
    ]

    assert [one.status_code for one in answers] == [404, 404, 404]
    assert [client.get(f"{url}?student=x").status_code for url in (NEW, URGENT)] == [404, 404]


def test_relative_on_the_staff_has_no_form_about_the_own_child(cast, as_person):
    students.link_guardian(
        by=None, student=cast.lin, name="王海涛", relation="父亲", user=cast.teacher, since=TERM[0], at=NOW
    )
    client = as_person(cast.teacher)

    assert [client.get(about(cast.lin, url)).status_code for url in (NEW, URGENT)] == [404, 404]
    assert "林知夏" not in text_of(client, NEW)


def test_guardian_comes_to_the_own_child_and_is_asked_in_plain_words(cast, as_person):
    client = as_person(cast.parent)
    form = text_of(client, NEW)

    client.post(NEW, said(cast.lin, situation=Situation.OTHER.value, guardian_told="yes"))

    made = Concern.objects.get()
    asked = [word in form for word in ("您担心什么", "监护人知道了吗", "可能有人伤害孩子", "疑似侵害")]
    assert asked == [True, False, False, False]
    assert (made.student, made.from_home, made.about, made.situation) == (cast.lin, True, About.STUDENT, "")


def test_guardian_who_is_barred_has_no_page_and_no_entry(cast, as_person):
    Guardian.objects.filter(user=cast.parent).update(barred_from=NOW.date())
    client = as_person(cast.parent)

    assert [client.get(url).status_code for url in (NEW, URGENT, MINE)] == [404, 404, 404]
    assert NEW not in text_of(client, "/")


@pytest.mark.parametrize("whom", [About.SELF, About.FRIEND])
def test_pupil_speaks_of_oneself_or_of_a_friend(cast, as_person, whom):
    client = as_person(cast.student)
    form = text_of(client, NEW)

    client.post(NEW, said(cast.lin, about=whom.value))

    made = Concern.objects.get()
    assert ("我的一位朋友" in form, "你自己" in form, "马依依" in form) == (True, True, False)
    assert (made.student, made.about, made.from_home) == (cast.lin, whom, True)


def test_peer_chooses_a_classmate(cast, as_person):
    client = as_person(cast.peer)

    client.post(about(cast.ma), said(cast.ma))

    made = Concern.objects.get()
    assert (made.student, made.raised_by, made.from_home) == (cast.ma, cast.peer, False)
    assert "马依依" in text_of(client, NEW)


@pytest.mark.parametrize(("who", "word"), [("teacher", "上报"), ("parent", "找老师"), ("peer", "找老师")])
def test_menu_and_tabs_lead_to_the_form(cast, as_person, who, word):
    page = read_page(as_person(cast.people[who]).get("/"))

    tabs = next(one for one in page.all("nav") if one.attrs.get("class") == "q-tabs")
    assert [one.text for one in tabs.all("a") if one.attrs["href"] == NEW] == [word]


def test_page_of_student_leads_to_the_form(cast, as_person):
    page = read_page(as_person(cast.head_teacher).get(reverse("student", args=[cast.lin.uid])))

    assert [one.text for one in page.all("a", href=about(cast.lin))] == ["上报"]


def tels(text):
    page = read_page(text)
    main = page.all("main")[0]
    return [one.attrs["href"] for one in main.all("a") if one.attrs.get("href", "").startswith("tel:")]


def test_danger_to_life_is_sent_without_a_word_and_shows_whom_to_call(cast, as_person):
    client = as_person(cast.teacher)
    sent = {"students": [str(cast.lin.uid)], "urgency": "4", "request_key": str(uuid4())}

    answer = client.post(about(cast.lin), sent)

    page = client.get(answer["Location"])
    text = page.content.decode()
    assert tels(page)[:2] == ["tel:120", "tel:110"]
    assert set(tels(page)) == {
        "tel:120",
        "tel:110",
        "tel:12356",
        f"tel:{PHONE.replace(' ', '')}",
        "tel:057180001234",
    }
    assert ("已经通知" in text, "顾文静" in text, "程远山" in text) == (True, True, True)
    told = set(InboxItem.objects.filter(key__startswith="life:").values_list("to", flat=True))
    assert told == {one.pk for one in (cast.counselor, cast.leader, cast.principal)}
    assert [(one.by_id, one.table) for one in ReadEntry.objects.all()] == [(cast.teacher.pk, "guardian")]


def test_danger_to_life_sent_twice_is_one_event(cast, as_person):
    client = as_person(cast.teacher)
    sent = {"students": [str(cast.lin.uid)], "urgency": "4", "request_key": str(uuid4())}

    first, second = (client.post(about(cast.lin), sent)["Location"] for _ in range(2))

    assert (first == second, Concern.objects.count()) == (True, 1)
    assert InboxItem.objects.filter(key__startswith="life:").count() == 3


@pytest.mark.parametrize(
    ("who", "knows"), [("teacher", False), ("head_teacher", True), ("parent", False), ("student", False)]
)
def test_before_it_is_sent_guardians_are_named_to_whoever_has_the_number_anyway(cast, as_person, who, knows):
    page = as_person(cast.people[who]).get(about(cast.lin, URGENT))

    assert (f"tel:{PHONE.replace(' ', '')}" in tels(page), ReadEntry.objects.exists()) == (knows, knows)
    assert tels(page)[0] == "tel:120"


def test_urgent_page_sends_by_one_button(cast, as_person):
    client = as_person(cast.teacher)
    form = read_page(client.get(about(cast.lin, URGENT))).all("form", method="post", action=about(cast.lin))[0]
    sent = {
        one.attrs["name"]: one.attrs["value"] for one in form.all("input") if one.attrs["name"] != "csrfmiddlewaretoken"
    }

    answer = client.post(form.attrs["action"], sent)

    assert (answer["Location"].startswith(URGENT), Concern.objects.get().urgency) == (True, Urgency.LIFE)


def test_urgent_page_without_a_student_leads_to_choosing_one(cast, as_person):
    page = as_person(cast.teacher).get(URGENT)

    assert (tels(page)[0], f'href="{NEW}?urgency=4"' in page.content.decode()) == ("tel:120", True)


def test_page_after_danger_is_for_whoever_sent_it_and_for_a_day(cast, as_person, time_machine):
    client = as_person(cast.teacher)
    sent = {"students": [str(cast.lin.uid)], "urgency": "4", "request_key": str(uuid4())}
    url = client.post(about(cast.lin), sent)["Location"]

    stranger = as_person(cast.head_teacher).get(url).status_code
    time_machine.move_to(NOW + timedelta(hours=25), tick=False)

    assert (stranger, as_person(cast.teacher).get(url).status_code) == (404, 404)


def test_suspected_guardian_is_marked_and_not_to_be_called(cast, as_person):
    father = Guardian.objects.get(student=cast.lin)
    sent = said(cast.lin, urgency="4", situation=Situation.INJURIES.value, suspected=[str(father.uid)])
    client = as_person(cast.head_teacher)

    page = client.get(client.post(about(cast.lin), sent)["Location"])

    assert (HarmMark.objects.count(), SuspectedGuardian.objects.get().guardian) == (1, father)
    assert (PHONE in page.content.decode(), ReadEntry.objects.exists()) == (False, False)


def test_suspected_guardian_needs_a_situation(cast, as_person):
    father = Guardian.objects.get(student=cast.lin)

    answer = as_person(cast.head_teacher).post(about(cast.lin), said(cast.lin, suspected=[str(father.uid)]))

    assert (answer.status_code, Concern.objects.count()) == (422, 0)


def test_guardians_are_not_named_on_the_form_to_whoever_does_not_know_them(cast, as_person):
    named = ["林建平" in text_of(as_person(cast.people[who]), about(cast.lin)) for who in ("teacher", "head_teacher")]

    assert named == [False, True]


def test_draft_of_the_form_ends_with_the_report(cast, as_person):
    tab = uuid4()
    students.keep_draft(
        by=cast.teacher,
        form="report",
        about=cast.lin.uid,
        page=students.Page(tab, turn=1, edition=0),
        typed=students.Typed([["words", WORDS]], {"words": WORDS}),
        at=NOW,
    )

    as_person(cast.teacher).post(about(cast.lin), said(cast.lin, draft_tab=str(tab)))

    assert (Draft.objects.exists(), Concern.objects.count()) == (False, 1)


def test_mine_opens_the_answer_of_what_was_sent_back(cast, as_person):
    case = cases.raised(cast)
    actions.send_back(by=cast.counselor, referral=case, version=case.version, reply="请先和他聊聊", at=NOW)
    concern = Concern.objects.get()
    client = as_person(cast.teacher)
    shut, opened = text_of(client, MINE), text_of(client, f"{MINE}?reply={concern.uid}")

    assert ("看回复" in shut, "请先和他聊聊" in shut, "请先和他聊聊" in opened) == (True, False, True)
    assert as_person(cast.head_teacher).get(f"{MINE}?reply={concern.uid}").status_code == 404
    assert [(one.by_id, one.field) for one in ReadEntry.objects.all()] == [(cast.teacher.pk, "reply")]


def test_mine_has_no_answer_where_there_is_none(cast, as_person):
    concern = actions.raise_concern(by=cast.teacher, student=cast.lin, at=NOW, source=Source.FORM, words=WORDS)

    assert as_person(cast.teacher).get(f"{MINE}?reply={concern.uid}").status_code == 404
