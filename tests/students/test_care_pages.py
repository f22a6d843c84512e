"""One student's care, a proposal and its confirmation, as counselors see them."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from students import actions
from students.models import CareTier, TierAssignment, TierProposal
from tests.cast import NOW, TODAY, at
from tests.pages import read_page

Axis, State = CareTier.Axis, TierProposal.State
SINCE = date(2025, 11, 3)


def tier(cast, axis):
    return CareTier.objects.in_use().get(school=cast.school, axis=axis)


def cared_for(cast, axis=Axis.S3):
    return actions.set_tier(by=None, student=cast.lin, tier=tier(cast, axis), on=SINCE, at=at(SINCE))


def proposed(cast, axis):
    return actions.propose(
        by=cast.counselor, student=cast.lin, tier=tier(cast, axis), reason="最近睡得少", review_on=None, at=NOW
    )


def care_of(cast):
    return reverse("students:care", args=[cast.lin.uid])


def propose_for(cast):
    return reverse("students:care-propose", args=[cast.lin.uid])


def page_of(cast, proposal):
    return reverse("students:care-proposal", args=[cast.lin.uid, proposal.uid])


def text_of(client, url):
    return read_page(client.get(url)).text


def typed(cast, axis=Axis.S3, **more):
    return {"tier": str(tier(cast, axis).uid), "reason": "最近睡得少", "review_on": ""} | more


def test_care_page_says_what_holds_and_how_it_came_about(cast, as_person):
    cared_for(cast, Axis.S2)
    actions.confirm_tier(by=cast.counselor, proposal=proposed(cast, Axis.S3), at=NOW)

    page = read_page(as_person(cast.counselor).get(care_of(cast)))

    assert [row.text for row in page.rows] == [
        "有明显心理问题倾向 2025年11月18日 · 顾文静提议，顾文静确认 理由",
        "有心理问题倾向 2025年11月3日",
    ]
    assert "每周由心理教师倾听" in page.text


def test_care_page_of_a_colleague_offers_nothing_to_write(cast, as_person):
    cared_for(cast)

    own = text_of(as_person(cast.counselor), care_of(cast))
    other = text_of(as_person(cast.counselor2), care_of(cast))

    assert ("提议调整" in own, "加标签" in own, "写支持要点" in own) == (True, True, True)
    assert ("提议调整" in other, "加标签" in other, "写支持要点" in other) == (False, False, False)


def test_declined_and_withdrawn_stand_in_the_history(cast, as_person):
    actions.withdraw(by=cast.counselor, proposal=proposed(cast, Axis.S1), at=NOW)

    rows = [row.text for row in read_page(as_person(cast.counselor2).get(care_of(cast))).rows]

    assert rows == ["重点关爱 2025年11月18日 · 顾文静提议，已撤回 理由"]


def test_proposing_leads_to_the_page_that_confirms(cast, as_person):
    client = as_person(cast.counselor)

    sent = client.post(propose_for(cast), typed(cast))
    made = TierProposal.objects.get()
    confirmed = client.post(page_of(cast, made), {"do": "confirm"})

    assert (sent["Location"], confirmed["Location"]) == (page_of(cast, made), care_of(cast))
    given = TierAssignment.objects.get()
    assert (given.tier.axis, given.valid_from, given.review_on) == (Axis.S3, TODAY, TODAY + timedelta(days=14))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"reason": ""}, "写一两句理由"),
        ({"tier": ""}, "选一个层级"),
        ({"tier": "x"}, "不在可用的选项中"),
        ({"review_on": "2025-11-18"}, "今天以后"),
        ({"review_on": "2027-11-18"}, "一年以内"),
    ],
)
def test_refused_proposal_keeps_what_was_typed(cast, as_person, more, why):
    answer = as_person(cast.counselor).post(propose_for(cast), typed(cast) | more)

    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    assert ("最近睡得少" in answer.content.decode()) == ("reason" not in more)
    assert not TierProposal.objects.exists()


def test_last_tier_needs_no_review(cast, as_person):
    cared_for(cast, Axis.S1)

    as_person(cast.counselor).post(propose_for(cast), typed(cast, Axis.S0))

    assert TierProposal.objects.get().review_on is None


def test_form_says_who_can_read_the_reason(cast, as_person):
    assert "谁能看到： 您本人和心理教师沈岚" in text_of(as_person(cast.counselor), propose_for(cast))


def test_second_proposal_is_led_to_the_one_that_waits(cast, as_person):
    waiting = proposed(cast, Axis.S1)

    answer = as_person(cast.counselor).get(propose_for(cast))

    assert answer["Location"] == page_of(cast, waiting)


def buttons(client, cast, proposal):
    page = read_page(client.get(page_of(cast, proposal)))
    return [one.text for one in page.all("button", name="do")]


@pytest.mark.parametrize(
    ("axis", "name", "expected"),
    [
        (Axis.S3, "counselor", ["撤回", "确认"]),
        (Axis.S3, "counselor2", []),
        (Axis.S2, "counselor", ["撤回", "确认"]),
        (Axis.S1, "counselor", ["撤回"]),
        (Axis.S1, "counselor2", ["不采纳", "确认"]),
    ],
)
def test_proposal_page_offers_what_each_may_do(cast, as_person, axis, name, expected):
    cared_for(cast, Axis.S2)
    proposal = proposed(cast, axis)

    assert buttons(as_person(getattr(cast, name)), cast, proposal) == expected


def test_lowering_by_the_proposer_is_refused_in_words(cast, as_person):
    cared_for(cast)
    proposal = proposed(cast, Axis.S1)

    answer = as_person(cast.counselor).post(page_of(cast, proposal), {"do": "confirm"})

    assert (answer.status_code, "要由另一位心理教师确认" in answer.content.decode()) == (422, True)
    assert TierProposal.objects.get().state == State.WAITING


def test_lowering_by_a_colleague_holds(cast, as_person):
    cared_for(cast)
    proposal = proposed(cast, Axis.S1)

    answer = as_person(cast.counselor2).post(page_of(cast, proposal), {"do": "confirm"})

    assert (answer.status_code, TierAssignment.objects.last().axis) == (302, Axis.S1)


def test_answer_to_what_somebody_answered_first_says_so(cast, as_person):
    proposal = proposed(cast, Axis.S3)
    actions.confirm_tier(by=cast.counselor, proposal=proposal, at=NOW)

    answer = as_person(cast.counselor).post(page_of(cast, proposal), {"do": "withdraw"})

    assert (answer.status_code, "刚刚有人答复过了" in answer.content.decode()) == (422, True)


def test_answer_without_a_choice_is_refused(cast, as_person):
    answer = as_person(cast.counselor).post(page_of(cast, proposed(cast, Axis.S3)), {"do": "delete"})

    assert (answer.status_code, "选一个答复" in answer.content.decode()) == (422, True)


def test_confirming_beyond_ones_charge_is_as_absent(cast, as_person):
    answer = as_person(cast.counselor2).post(page_of(cast, proposed(cast, Axis.S3)), {"do": "confirm"})

    assert answer.status_code == 404


def test_proposal_about_another_student_is_as_absent(cast, as_person):
    proposal = proposed(cast, Axis.S3)

    answer = as_person(cast.counselor).get(reverse("students:care-proposal", args=[cast.ma.uid, proposal.uid]))

    assert answer.status_code == 404


@pytest.mark.parametrize(("name", "leads"), [("counselor", True), ("head_teacher", False), ("registrar", False)])
def test_students_page_leads_counselors_to_the_care(cast, as_person, name, leads):
    page = as_person(getattr(cast, name)).get(reverse("student", args=[cast.lin.uid])).content.decode()

    assert (care_of(cast) in page) == leads
