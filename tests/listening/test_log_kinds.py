"""The log form serves all kinds, asks the counselor to look, and keeps day, channel and place for the next one."""

import logging
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from listening import actions
from listening.models import CheckIn, Conversation
from listening.quotas import Kind, Outcome, Status
from notifications.models import InboxItem
from privacy.keyring import keyring
from privacy.models import AuditEntry
from referrals.models import Concern
from schools.models import Membership
from schools.roles import Role
from students import actions as students
from students.models import Guardian
from tests.cast import DUE, NOW, TERM, TODAY, at, talk
from tests.listening.test_pages import new_url, untouched

CANARY = "金丝雀三五二：她说不想回家"


def kinds_offered(client, student):
    page = client.get(new_url(student)).content.decode()
    return [kind for kind in Kind.values if f'name="kind" value="{kind}"' in page]


@pytest.mark.parametrize(
    ("who", "whom", "kinds"),
    [
        ("head_teacher", "lin", ["talk", "contact", "visit"]),
        ("counselor", "zhao", ["talk", "contact", "visit"]),
        ("teacher", "lin", []),  # nothing to choose
    ],
)
def test_form_offers_the_kinds_of_this_person(cast, as_person, who, whom, kinds):
    assert kinds_offered(as_person(getattr(cast, who)), getattr(cast, whom)) == kinds


def test_mentor_may_visit_and_not_contact(cast, as_person):
    students.pair_mentor(by=None, teacher=cast.head_teacher8, student=cast.lin, since=TERM[0], at=NOW)
    Membership.objects.create(user=cast.head_teacher8, role=Role.MENTOR, school=cast.school, valid_from=TERM[0])

    assert kinds_offered(as_person(cast.head_teacher8), cast.lin) == ["talk", "visit"]


def test_kind_that_is_not_ones_own_is_refused(cast, as_person):
    answer = as_person(cast.teacher).post(new_url(cast.lin), untouched(cast.lin, kind="contact", guardian_name="外婆"))

    assert (answer.status_code, Conversation.objects.count()) == (422, 0)


def test_form_sent_without_a_kind_is_a_made_talk_of_15_minutes_today(cast, as_person):
    as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin))

    made = Conversation.objects.get()
    assert (made.kind, made.outcome, made.minutes, made.day, made.guardian_name) == (
        Kind.TALK, Outcome.MADE, 15, TODAY, "",
    )  # fmt: skip


def test_contact_is_preset_by_the_address_and_needs_no_minutes(cast, as_person):
    client, url = as_person(cast.head_teacher), f"{new_url(cast.lin)}&kind=contact"
    guardian = Guardian.objects.get(student=cast.lin)

    form = client.get(url).context["form"]
    client.post(url, untouched(cast.lin, kind="contact", guardian=str(guardian.uid), minutes=""))

    made = Conversation.objects.get()
    assert (form["kind"].value(), form["minutes"].value(), form["guardian"].value()) == (
        Kind.CONTACT, None, str(guardian.uid),
    )  # fmt: skip
    assert (made.kind, made.guardian, made.guardian_name, made.minutes) == (Kind.CONTACT, guardian, "林建平", 0)
    assert CheckIn.objects.get(student=cast.lin).status == Status.DUE


def test_visit_with_a_name_that_is_not_on_the_roster(cast, as_person):
    as_person(cast.head_teacher).post(
        new_url(cast.ma), untouched(cast.ma, kind="visit", guardian="other", guardian_name="外婆", minutes="30")
    )

    made = Conversation.objects.get()
    assert (made.kind, made.guardian, made.guardian_name, made.minutes) == (Kind.VISIT, None, "外婆", 30)


def test_contact_without_anybody_at_home_is_asked_again(cast, as_person):
    answer = as_person(cast.head_teacher).post(
        new_url(cast.lin), untouched(cast.lin, kind="contact", note="说好周末再打。")
    )

    page = answer.content.decode()
    assert (answer.status_code, "选一下是和哪位家人" in page, "说好周末再打。" in page) == (422, True, True)


def test_guardian_of_another_student_is_refused(cast, as_person):
    guardian = Guardian.objects.get(student=cast.lin)

    answer = as_person(cast.head_teacher).post(
        new_url(cast.ma), untouched(cast.ma, kind="contact", guardian=str(guardian.uid))
    )

    assert (answer.status_code, Conversation.objects.count()) == (422, 0)


def test_barred_guardian_is_not_offered(cast, as_person):
    Guardian.objects.filter(student=cast.lin).update(barred_from=TERM[0])

    page = as_person(cast.head_teacher).get(new_url(cast.lin)).content.decode()

    assert "林建平" not in page


def test_guardian_chosen_for_a_talk_is_left_out(cast, as_person):
    guardian = Guardian.objects.get(student=cast.lin)

    as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, kind="talk", guardian=str(guardian.uid)))

    assert (Conversation.objects.get().guardian, Conversation.objects.get().guardian_name) == (None, "")


@pytest.mark.parametrize(("other", "minutes"), [("25", 25), ("", 15)])
def test_other_minutes_win_over_the_chips(cast, as_person, other, minutes):
    as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, other_minutes=other))

    assert Conversation.objects.get().minutes == minutes


def test_other_minutes_out_of_reason_keep_the_note(cast, as_person):
    answer = as_person(cast.head_teacher).post(
        new_url(cast.lin), untouched(cast.lin, other_minutes="900", note="她说起画画。")
    )

    page = answer.content.decode()
    assert (answer.status_code, "时长写 1 到 240" in page, "她说起画画。" in page) == (422, True, True)


@pytest.mark.parametrize("outcome", ["declined", "absent", "other"])
def test_attempt_has_no_minutes(cast, as_person, outcome):
    as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, outcome=outcome))

    assert (Conversation.objects.get().outcome, Conversation.objects.get().minutes) == (outcome, 0)


@pytest.mark.parametrize(("who", "sent", "kept"), [
    ("counselor", {}, True),
    ("counselor", {"as_counselor": "1"}, True),
    ("counselor", {"as_counselor": "0"}, False),
    ("head_teacher", {"as_counselor": "1"}, False),
])  # fmt: skip
def test_counselors_talk_is_counseling_unless_said_otherwise(cast, as_person, who, sent, kept):
    as_person(getattr(cast, who)).post(new_url(cast.lin), untouched(cast.lin, **sent))

    assert Conversation.objects.get().by_counselor is kept


def test_counselors_alone_are_asked_which(cast, as_person):
    pages = {
        name: 'name="as_counselor"' in as_person(getattr(cast, name)).get(new_url(cast.lin)).content.decode()
        for name in ("counselor", "head_teacher")
    }

    assert pages == {"counselor": True, "head_teacher": False}


# 需要心理教师关注


def test_worry_becomes_a_concern_with_the_talk(cast, as_person):
    as_person(cast.head_teacher).post(
        new_url(cast.lin), untouched(cast.lin, worry="on", worry_words=CANARY, note="画画")
    )

    made, concern = Conversation.objects.get(), Concern.objects.get()
    assert (concern.student, concern.raised_by, concern.conversation_uid) == (cast.lin, cast.head_teacher, made.uid)
    assert keyring().unseal(bytes(concern.words), concern.words_place) == CANARY
    assert [item.to for item in InboxItem.objects.filter(key__startswith="concern:")] == [cast.counselor]


def test_worry_needs_no_words(cast, as_person):
    as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, worry="on"))

    assert Concern.objects.get().words is None


def group(*students, **changes):
    return untouched(students[0], students=[str(one.uid) for one in students], worry="on", **changes)


def test_worry_about_a_group_is_about_those_who_are_ticked(cast, as_person):
    as_person(cast.head_teacher).post(
        new_url(cast.lin), group(cast.lin, cast.ma, cast.xu, worried_about=[str(cast.xu.uid), str(cast.ma.uid)])
    )

    assert {one.student for one in Concern.objects.all()} == {cast.ma, cast.xu}


def test_worry_about_nobody_of_a_group_is_asked_again_with_their_names(cast, as_person):
    answer = as_person(cast.head_teacher).post(new_url(cast.lin), group(cast.lin, cast.xu, worry_words=CANARY))

    page = answer.content.decode()
    assert (answer.status_code, Conversation.objects.count(), Concern.objects.count()) == (422, 0, 0)
    assert ("点一下想请心理教师关注哪几位" in page, CANARY in page) == (True, True)
    assert [f'name="worried_about" value="{one.uid}"' in page for one in (cast.lin, cast.xu, cast.ma)] == [
        True,
        True,
        False,
    ]


def test_worry_about_somebody_else_is_refused(cast, as_person):
    client = as_person(cast.head_teacher)

    answers = [
        client.post(new_url(cast.lin), group(*with_whom, worried_about=[str(about.uid)])).status_code
        for with_whom, about in (((cast.lin,), cast.xu), ((cast.lin, cast.xu), cast.ma), ((cast.lin,), cast.chen))
    ]

    assert (answers, Concern.objects.count()) == ([422, 422, 422], 0)


def test_tick_without_the_switch_is_no_worry(cast, as_person):
    sent = untouched(cast.lin, worried_about=[str(cast.lin.uid)])

    answer = as_person(cast.head_teacher).post(new_url(cast.lin), sent)

    assert (answer.status_code, Conversation.objects.count(), Concern.objects.count()) == (302, 1, 0)


def test_correction_of_who_was_there_raises_no_worry_and_takes_none_back(cast, as_person):
    as_person(cast.head_teacher).post(new_url(cast.lin), group(cast.lin))
    made = Conversation.objects.get()

    actions.edit_conversation(by=cast.head_teacher, talk=made, at=NOW, students=[cast.xu])

    assert [one.student for one in Concern.objects.all()] == [cast.lin]


def test_worry_sent_twice_is_one(cast, as_person):
    client, sent = as_person(cast.head_teacher), untouched(cast.lin, worry="on", worry_words=CANARY)

    client.post(new_url(cast.lin), sent)
    client.post(new_url(cast.lin), sent)

    assert (Conversation.objects.count(), Concern.objects.count()) == (1, 1)


def test_talk_and_worry_are_kept_together_or_not_at_all(cast, monkeypatch):
    monkeypatch.setattr("referrals.actions.reporting.concern_step", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        talk(cast.head_teacher, cast.lin, worry=CANARY)

    assert (Conversation.objects.count(), Concern.objects.count()) == (0, 0)


def test_words_without_the_switch_are_asked_about(cast, as_person):
    answer = as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, worry_words=CANARY))

    assert (answer.status_code, CANARY in answer.content.decode(), Concern.objects.count()) == (422, True, 0)


def test_form_says_who_will_read_the_worry(cast, as_person):
    page = as_person(cast.head_teacher).get(new_url(cast.lin)).content.decode()

    assert "保存后请顾文静老师看一看" in page


def test_words_are_nowhere_but_sealed(cast, as_person, caplog):
    with caplog.at_level(logging.DEBUG):
        as_person(cast.head_teacher).post(
            new_url(cast.lin), untouched(cast.lin, worry="on", worry_words=CANARY, note=CANARY)
        )

    rows = [*AuditEntry.objects.values_list("detail", "verb"), *InboxItem.objects.values_list("text", "path")]
    assert "金丝雀" not in f"{rows}{caplog.text}"


# 保存，下一位


def test_next_one_keeps_day_channel_and_place(cast, as_person):
    client = as_person(cast.head_teacher)

    answer = client.post(
        new_url(cast.lin),
        untouched(cast.lin, day="2025-11-17", channel="walk", place="操场", next=str(cast.ma.uid)),
    )
    page = client.get(answer["Location"])

    assert answer["Location"].startswith(new_url(cast.ma))
    assert page.context["form"]["day"].value() == date(2025, 11, 17)
    assert (page.context["form"]["channel"].value(), page.context["form"]["place"].value()) == ("walk", "操场")
    assert page.context["kept"] == "11月17日 · 操场"


def test_next_one_of_a_usual_talk_has_a_short_address(cast, as_person):
    answer = as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, next=str(cast.ma.uid)))

    saved = Conversation.objects.get()
    assert answer["Location"] == f"{new_url(cast.ma)}&saved={saved.uid}"


def test_page_after_the_form_says_what_was_saved_for_two_minutes(cast, as_person):
    client = as_person(cast.head_teacher)
    following = client.post(new_url(cast.lin), untouched(cast.lin))["Location"]
    told = "已保存。林知夏，11月18日。"
    said = [told in client.get(following).content.decode()]
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False):
        said.append(told in client.get(following).content.decode())
    said.append(told in as_person(cast.teacher).get(following).content.decode())

    assert said == [True, False, False]


@pytest.mark.parametrize("kept", ["day=2025-11-19", "day=1999-01-01", "day=2025-13-40", "day=x", "channel=x", "kind=x"])
def test_address_with_nonsense_is_passed_over(cast, as_person, kept):
    form = as_person(cast.head_teacher).get(f"{new_url(cast.lin)}&{kept}").context["form"]

    assert (form["day"].value(), form["channel"].value(), form["kind"].value()) == (TODAY, "face", "talk")


# 补录


def test_talk_of_the_running_fortnight_says_nothing_of_lateness(cast, as_person):
    answer = as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, day="2025-11-10"), follow=True)

    assert "补录超过期限" not in answer.content.decode()


@pytest.mark.parametrize(("days", "said"), [(7, False), (8, True)])
def test_entry_beyond_the_limit_is_saved_and_waits_for_the_lead(cast, as_person, time_machine, days, said):
    late = at(DUE + timedelta(days=days))
    actions.run_day(cast.school, on=late.date(), at=late)
    time_machine.move_to(late, tick=False)

    answer = as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, day="2025-11-18"), follow=True)

    assert (Conversation.objects.count(), "补录超过期限，要心理组长同意才计入" in answer.content.decode()) == (1, said)


def test_day_before_the_last_term_is_refused(cast, as_person):
    answer = as_person(cast.head_teacher).post(new_url(cast.lin), untouched(cast.lin, day="2025-08-31"))

    assert (answer.status_code, "最早只能补记到 2025年9月1日" in answer.content.decode()) == (422, True)


def test_whom_page_carries_the_kind(cast, as_person):
    page = as_person(cast.head_teacher).get(f"{reverse('listening:new')}?kind=contact").content.decode()

    assert f"?student={cast.lin.uid}&amp;kind=contact" in page
