"""What is typed and not saved yet: kept for its owner alone, told of other pages, ended with what it was for."""

import json
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from listening import actions as listening
from listening.models import Addendum, Conversation
from privacy.models import AuditEntry, ReadEntry
from schools.models import Membership
from students import actions, drafts
from students.models import CareCard, CareTier, Draft, Student, TierProposal
from tests.cast import NOW, TODAY, student, talk
from tests.listening.test_pages import untouched
from tests.pages import read_page

WORDS = "他说想去看海，又怕没有时间。"


def typed(**fields):
    return actions.Typed([*fields.items(), ("students", "x")], ["note"])


def page(tab=None, turn=1, edition=0, **more):
    return actions.Page(tab or uuid4(), turn, edition, **more)


@pytest.fixture
def keep(cast):
    """Keep a draft of the head teacher's about 林知夏."""

    def keep(words, *where, **page_):
        return actions.keep_draft(
            by=cast.head_teacher,
            form="log",
            about=cast.lin.uid,
            page=page(*where, **page_),
            typed=typed(note=words),
            at=NOW,
        )

    return keep


def address(cast, form="log", about=None):
    return reverse("students:draft", args=[form, about or cast.lin.uid])


def post(client, url, words=WORDS, *, tab=None, turn=1, edition=0, **more):
    fields = {"note": words} | more.pop("fields", {})
    sent = {"tab": str(tab or uuid4()), "turn": turn, "edition": edition, "fields": list(fields.items())}
    return client.post(url, json.dumps(sent | {"words": ["note"]}), content_type="application/json", **more)


@contextmanager
def later(**span):
    with time_machine.travel(NOW + timedelta(**span), tick=False):
        yield


def test_draft_of_a_page_follows_its_typing(cast, keep):
    tab = uuid4()
    keep("他说", tab)

    kept = keep("他说想去看海", tab, 2)

    assert (kept.edition, Draft.objects.count()) == (2, 1)
    assert dict(drafts_of(cast)) == {"note": "他说想去看海", "students": "x"}


def drafts_of(cast):
    return drafts.open_typed(Draft.objects.get(), by=cast.head_teacher, at=NOW).fields


def test_message_that_arrives_late_changes_nothing(cast, keep):
    tab = uuid4()
    keep("后写的", tab, 2)

    keep("先写的", tab, 1)

    assert dict(drafts_of(cast))["note"] == "后写的"


def test_page_that_has_read_the_draft_goes_on_with_it(cast, keep):
    keep("前半句")

    keep("前半句，后半句", edition=1)

    assert dict(drafts_of(cast))["note"] == "前半句，后半句"


@pytest.mark.parametrize("edition", [0, 2])
def test_second_page_overwrites_nothing(cast, keep, edition):
    keep("第一页写的")

    with pytest.raises(actions.DraftElsewhere):
        keep("第二页写的", edition=edition)

    assert dict(drafts_of(cast))["note"] == "第一页写的"


def test_emptied_draft_is_deleted_and_a_silent_page_takes_nothing_away(cast, keep):
    tab = uuid4()
    keep("写错了", tab)

    keep("")
    assert Draft.objects.count() == 1
    keep(" \n", tab, 2)
    assert Draft.objects.count() == 0


def test_page_whose_draft_was_saved_elsewhere_is_told(cast, keep):
    with pytest.raises(actions.DraftGone):
        keep("还在写", edition=3)

    assert Draft.objects.count() == 0


def test_draft_is_sealed_for_its_owner(cast, keep):
    draft = keep(WORDS)

    assert WORDS.encode() not in bytes(draft.typed)
    with pytest.raises(drafts.NotForYou):
        drafts.open_typed(draft, by=cast.counselor, at=NOW)
    Draft.objects.update(owner=cast.counselor)
    assert drafts.open_typed(Draft.objects.get(), by=cast.counselor, at=NOW) is None  # sealed for somebody else


def test_draft_does_not_end_by_time(cast, keep, as_person):
    keep(WORDS)
    listening.run_day(cast.school, on=TODAY, at=NOW + timedelta(days=400))

    client = as_person(cast.head_teacher)
    assert "没有草稿" not in client.get(reverse("students:drafts")).content.decode()
    assert Draft.objects.count() == 1


def test_form_gets_back_what_was_typed(cast, as_person):
    client = as_person(cast.head_teacher)
    kept = post(client, address(cast), fields={"request_key": "k"})

    answer = client.get(address(cast)).json()

    assert (kept.status_code, kept.json()) == (200, {"edition": 1, "when": "12:40"})
    assert (answer["fields"], answer["when"]) == ([["note", WORDS], ["request_key", "k"]], "12:40")


def test_draft_of_yesterday_says_its_day(cast, as_person):
    post(as_person(cast.head_teacher), address(cast))

    with later(days=1):
        answer = as_person(cast.head_teacher).get(address(cast)).json()

    assert answer["when"] == "11月18日 12:40"


def test_words_of_a_draft_are_given_only_after_a_recent_proof(cast, as_person):
    client = as_person(cast.head_teacher)
    post(client, address(cast))

    with later(minutes=16):
        answer, text = (
            client.get(address(cast)),
            client.get(reverse("students:draft-text", args=[Draft.objects.get().uid])),
        )

    assert (answer.json()["closed"], WORDS in answer.content.decode()) == (True, False)
    assert text["Location"].startswith(reverse("confirm"))


def test_second_page_is_given_both_texts(cast, as_person):
    client = as_person(cast.head_teacher)
    post(client, address(cast), "第一页写的")

    answer = post(client, address(cast), "第二页写的")

    assert (answer.status_code, answer.json()["fields"]) == (409, [["note", "第一页写的"]])


@pytest.mark.parametrize("who", ["counselor", "head_teacher2", "registrar", "stranger"])
def test_nobody_else_is_told_of_a_draft(cast, as_person, who):
    post(as_person(cast.head_teacher), address(cast))
    draft = Draft.objects.get()
    client = as_person(getattr(cast, who))

    assert client.get(address(cast)).json()["edition"] == 0
    assert (
        "记一次" not in client.get(reverse("students:drafts")).content.decode().split("<main", 1)[1].split("</main")[0]
    )
    assert client.get(reverse("students:draft-text", args=[draft.uid])).status_code == 404
    assert client.post(reverse("students:draft-discard", args=[draft.uid])).status_code == 404


def test_page_that_somebody_else_has_left_open_keeps_nothing(cast, as_person):
    answer = post(as_person(cast.counselor), address(cast), headers={"Q-Owner": str(cast.head_teacher.uid)})

    assert (answer.status_code, answer.json(), Draft.objects.count()) == (409, {"someone_else": True}, 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"\xff", b'{"tab": "x"}',
     b'{"tab": "6a2f41a3-c54c-4c4e-8f2a-0d1f0c2b3a4d", "turn": -1, "edition": 0, "fields": [], "words": []}',
     b'{"tab": "6a2f41a3-c54c-4c4e-8f2a-0d1f0c2b3a4d", "turn": 1, "edition": 0, "fields": [1], "words": []}'],
)  # fmt: skip
def test_anything_else_is_refused(cast, as_person, body):
    answer = as_person(cast.head_teacher).post(address(cast), body, content_type="application/json")

    assert (answer.status_code, Draft.objects.count()) == (422, 0)


def test_draft_that_is_too_long_is_refused_in_words(cast, as_person):
    answer = post(as_person(cast.head_teacher), address(cast), "字" * 300_000)

    assert (answer.status_code, answer.json()) == (413, {"too_long": True})


def test_form_that_keeps_no_drafts_is_as_absent(cast, as_person):
    assert as_person(cast.head_teacher).get(address(cast, "nothing")).status_code == 404


def test_draft_asks_as_often_with_many_as_with_one(cast, as_person):
    client = as_person(cast.head_teacher)
    counts = []
    for child in (cast.lin, cast.ma, cast.xu):
        with CaptureQueriesContext(
            connection,
        ) as found:
            post(client, address(cast, about=child.uid))
        counts.append(len(found))

    assert counts[1:] == [counts[2]] * 2


def test_list_names_whom_one_still_sees(cast, as_person):
    client = as_person(cast.head_teacher)
    post(client, address(cast))
    seen = client.get(reverse("students:drafts")).content.decode()
    Membership.objects.filter(user=cast.head_teacher).update(valid_to=TODAY - timedelta(days=1))

    listed = client.get(reverse("students:drafts")).content.decode()
    text = client.get(reverse("students:draft-text", args=[Draft.objects.get().uid])).content.decode()

    assert ("林知夏" in seen, "接着写" in seen, WORDS in seen) == (True, True, False)
    assert ("林知夏" in listed, "接着写" in listed, "写的字还在" in listed) == (False, False, True)
    assert ("林知夏" in text, WORDS in text, ">接着写<" in text) == (False, True, False)


def test_draft_with_words_of_a_record_closes_with_the_record(cast, as_person):
    stands = talk(cast.head_teacher, cast.lin, note="原来的记录。")
    client = as_person(cast.head_teacher)
    url = address(cast, "note", stands.uid)
    post(client, url, "原来的记录。又加一句。")
    Membership.objects.filter(user=cast.head_teacher).update(valid_to=TODAY - timedelta(days=1))

    text = client.get(reverse("students:draft-text", args=[Draft.objects.get().uid])).content.decode()

    assert (client.get(url).status_code, "原来的记录" in text, Draft.objects.count()) == (404, False, 1)


@pytest.mark.parametrize(
    ("form", "named"),
    [("log", "林知夏"), ("sheet", "七年级(1)班"), ("peers", "七年级(1)班"), ("note", "林知夏"), ("addendum", "林知夏")],
)
def test_every_form_of_a_teacher_is_listed_by_its_name(cast, as_person, form, named):
    abouts = {"log": cast.lin.uid, "sheet": cast.class_1.uid, "peers": cast.class_1.uid}
    about = abouts.get(form) or talk(cast.head_teacher, cast.lin).uid
    client = as_person(cast.head_teacher)
    post(client, address(cast, form, about))

    found = read_page(client.get(reverse("students:drafts")))

    (row,) = found.rows
    assert named in row.text
    assert client.get(row.all("a")[1].attrs["href"]).status_code == 200


def test_discard(cast, as_person):
    client = as_person(cast.head_teacher)
    post(client, address(cast))

    answer = client.post(reverse("students:draft-discard", args=[Draft.objects.get().uid]))

    assert (answer.status_code, Draft.objects.count()) == (302, 0)


def test_draft_ends_with_the_talk_that_it_was_for(cast, as_person):
    client, tab = as_person(cast.head_teacher), uuid4()
    post(client, address(cast), tab=tab)

    answer = client.post(
        f"{reverse('listening:new')}?student={cast.lin.uid}", untouched(cast.lin, note=WORDS, draft_tab=tab)
    )

    assert (answer.status_code, Conversation.objects.count(), Draft.objects.count()) == (302, 1, 0)


def test_draft_stays_with_a_talk_that_is_refused(cast, as_person):
    client, tab = as_person(cast.head_teacher), uuid4()
    post(client, address(cast), tab=tab)

    answer = client.post(reverse("listening:new"), untouched(cast.lin, minutes="", draft_tab=tab))

    assert (answer.status_code, Draft.objects.count()) == (422, 1)


def test_words_of_another_page_stay_and_its_number_is_not_used_again(cast, as_person):
    client, here, there = as_person(cast.head_teacher), uuid4(), uuid4()
    post(client, address(cast), "另一页写的", tab=there)

    client.post(reverse("listening:new"), untouched(cast.lin, note="这一页写的", draft_tab=here))
    told = post(client, address(cast), "另一页写的，还在写", tab=there, turn=2, edition=1)

    assert (Draft.objects.count(), told.status_code) == (1, 409)
    assert (told.json()["key_used"], told.json()["fields"]) == (True, [["note", "另一页写的"]])


def test_session_that_ran_out_is_signed_in_in_place_and_the_talk_is_saved_once(cast, as_person):
    client, tab = as_person(cast.head_teacher), uuid4()
    post(client, address(cast), tab=tab)
    url, sent = reverse("listening:new"), untouched(cast.lin, note=WORDS, draft_tab=tab)

    with later(minutes=31):
        while_out = post(client, address(cast), "还在写", tab=tab, turn=2)
        asked = client.post(url, sent)
        hidden = [one.attrs for one in read_page(asked).all("input", type="hidden")]
        kept = {one["name"]: one.get("value", "") for one in hidden}
        answers = [client.post(url, kept | {"again-answer": "qingting-demo"}).status_code]
        answers.append(client.post(url, sent).status_code)

    assert (while_out.status_code, asked.status_code, kept["note"]) == (422, 422, WORDS)
    assert (answers, Conversation.objects.count(), Draft.objects.count()) == ([302, 302], 1, 0)


def test_note_that_is_closed_takes_its_draft_along_as_an_addendum(cast, as_person):
    stands, tab = talk(cast.head_teacher, cast.lin, note="原来的记录。"), uuid4()
    client = as_person(cast.head_teacher)
    post(client, address(cast, "note", stands.uid), tab=tab)
    with later(hours=49):
        client = as_person(cast.head_teacher)
        sent = {"note": WORDS, "edition": 0, "draft_tab": tab}
        offered = read_page(client.post(reverse("listening:note", args=[stands.uid]), sent))
        carried = offered.all("input", name="note_tab")[0].attrs["value"]
        fields = {"note": WORDS, "request_key": uuid4(), "note_tab": carried}
        client.post(reverse("listening:note-add", args=[stands.uid]), fields)

    assert (UUID(carried), Addendum.objects.count(), Draft.objects.count()) == (tab, 1, 0)


def test_two_counselors_on_one_card_see_both_texts(cast, as_person):
    url = reverse("students:card-edit", args=[cast.lin.uid])
    lead = as_person(cast.counselor)
    actions.write_card(by=cast.counselor, student=cast.lin, text="先问问他的小狗", addressed=[], read=0, at=NOW)

    refused = lead.post(url, {"text": "多走走", "read": 0})
    shown = read_page(refused)
    again = lead.post(
        url, {"text": "先问问他的小狗，多走走", "read": shown.all("input", name="read")[0].attrs["value"]}
    )

    assert (refused.status_code, "先问问他的小狗" in shown.text, "多走走" in shown.text) == (422, True, True)
    assert (again.status_code, CareCard.objects.count()) == (302, 2)


def test_card_sent_twice_is_one_edition(cast, as_person):
    client = as_person(cast.counselor)
    url = reverse("students:card-edit", args=[cast.lin.uid])

    answers = [client.post(url, {"text": "多走走", "read": 0}).status_code for _ in range(2)]

    assert (answers, CareCard.objects.count()) == ([302, 302], 1)


def proposal_of(cast, **changes):
    tier = CareTier.objects.in_use().get(school=cast.school, axis=CareTier.Axis.S2)
    return {"tier": str(tier.uid), "reason": WORDS, "review_on": "", "request_key": str(uuid4())} | changes


def test_proposal_sent_twice_is_one(cast, as_person):
    client, sent = as_person(cast.counselor), proposal_of(cast)
    url = reverse("students:care-propose", args=[cast.lin.uid])

    answers = [client.post(url, sent) for _ in range(2)]

    assert ({one["Location"] for one in answers}, TierProposal.objects.count()) == ({answers[0]["Location"]}, 1)


def test_proposal_after_a_colleagues_keeps_what_was_typed(cast, as_person):
    tier = CareTier.objects.in_use().get(school=cast.school, axis=CareTier.Axis.S3)
    actions.propose(by=cast.counselor2, student=cast.zhao, tier=tier, reason="一", review_on=None, at=NOW)
    url = reverse("students:care-propose", args=[cast.zhao.uid])

    answer = as_person(cast.counselor).post(url, proposal_of(cast))

    assert (answer.status_code, WORDS in answer.content.decode()) == (422, True)


def test_drafts_leave_no_trace_in_the_trails(cast, as_person):
    client = as_person(cast.head_teacher)
    post(client, address(cast))
    client.get(address(cast))

    assert (AuditEntry.objects.filter(kind="draft").count(), ReadEntry.objects.count()) == (0, 0)


def test_draft_of_a_student_who_left_stays(cast, as_person):
    client = as_person(cast.head_teacher)
    gone = student("临时同学", cast.class_1)
    post(client, address(cast, about=gone.uid))
    Student.objects.filter(pk=gone.pk).delete()

    listed = client.get(reverse("students:drafts"))

    assert (listed.status_code, "临时同学" in listed.content.decode(), Draft.objects.count()) == (200, False, 1)
