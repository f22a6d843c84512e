"""The words of the demo county: the same every time, never twice the same note, invented numbers only."""

import re
import time
from itertools import pairwise
from random import Random

import pytest

from demo.words import care, frames, places
from demo.words.details import TOPICS
from demo.words.names import CLASS_SIZE, RESERVED, child, children, family_name, guardian_for, staff
from demo.words.notes import (
    LONGEST,
    SHORTEST,
    ContactWriter,
    CounselorWriter,
    NoteWriter,
    PeerWriter,
    Stage,
    details,
    sectioned,
    toned,
)

FORBIDDEN = (
    "抑郁",
    "焦虑",
    "自闭",
    "多动",
    "强迫",
    "躁郁",
    "障碍",
    "症",
    "患者",
    "问题学生",
    "差生",
    "预警",
    "异常",
    "病态",
)


def county(seed: int, n: int) -> list[str]:
    """n notes as the seed would ask for them: all topics, both stages, some children often."""
    writer, rng = NoteWriter(seed), Random(seed)
    return [
        writer.next(
            topics=rng.sample(list(TOPICS), rng.choice((0, 1, 1, 2, 3))),
            child_gender=rng.choice(("m", "f")),
            stage=rng.choice(("primary", "junior")),
            place=rng.choice(("", "操场", "办公室")),
            face=rng.random() < 0.95,
            asks_counselor=rng.random() < 0.02,
            about=number % 4000,
        )
        for number in range(n)
    ]


def first_clause(note: str) -> str:
    return re.split("[，。；：？]", note)[0]


class TestNotes:
    def test_sixty_thousand_notes_are_pairwise_different_and_quick(self) -> None:
        begun = time.process_time()
        notes = county(7, 60_000)
        spent = time.process_time() - begun

        assert len(set(notes)) == 60_000
        assert spent < 6  # under 3 seconds on an idle machine; room for a busy one
        assert {SHORTEST <= len(note) <= LONGEST for note in notes} == {True}
        assert [one for one, two in pairwise(notes) if first_clause(one) == first_clause(two)] == []
        assert [note for note in notes if re.search(r"[{}|》\[\]0-9a-zA-Z]|。。|，，|，。|。，", note)] == []
        assert [note for note in notes if any(word in note for word in FORBIDDEN)] == []

    def test_notes_are_the_same_for_the_same_seed(self) -> None:
        assert county(3, 300) == county(3, 300)
        assert county(3, 300) != county(4, 300)

    @pytest.mark.parametrize("topic", TOPICS)
    @pytest.mark.parametrize("stage", ["primary", "junior"])
    def test_one_topic_alone_gives_many_notes(self, topic: str, stage: str) -> None:
        writer = NoteWriter(1)
        notes = {writer.next(topics=[topic], stage=stage) for _ in range(3000)}  # type: ignore[arg-type]
        assert len(notes) == 3000

    def test_the_same_child_does_not_say_the_same_twice(self) -> None:
        writer = NoteWriter(5)
        notes = [writer.next(topics=["睡眠"], about="one child", face=False) for _ in range(40)]
        assert len({first_clause(note) for note in notes}) == 40

    def test_the_stages_differ(self) -> None:
        for topic in TOPICS:
            primary, junior = set(details(topic, "primary")), set(details(topic, "junior"))
            assert len(primary - junior) >= 25
            assert len(junior - primary) >= 25

    def test_a_girl_is_her(self) -> None:
        writer = NoteWriter(2)
        assert [
            note for note in (writer.next(child_gender="f") for _ in range(500)) if re.search("(?<!吉)他(?!们)", note)
        ] == []

    def test_a_worried_note_asks_the_counselor(self) -> None:
        asking = ("心理老师", "心理辅导室", "不想只靠我一个人听")
        writer = NoteWriter(2)
        notes = [writer.next(topics=["情绪"], asks_counselor=True) for _ in range(300)]
        assert [note for note in notes if not any(word in note for word in asking)] == []

    def test_the_stock_is_wide(self) -> None:
        for topic, (text, _) in TOPICS.items():
            lines = [line for lines in sectioned(text).values() for line in lines]
            assert len(lines) >= 115, topic
            assert len(set(lines)) == len(lines), topic
        for text, least in ((frames.OPENINGS, 70), (frames.CLOSINGS, 75)):
            assert len([line for lines in sectioned(text).values() for line in lines]) >= least
        assert len(toned(frames.DECLINED, "")) >= 20

    def test_declined_is_one_short_line(self) -> None:
        writer = NoteWriter(1)
        lines = [writer.declined(child_gender="f") for _ in range(60)]
        assert [line for line in lines if "{" in line or "他" in line or not line.endswith("。")] == []


class TestOtherNotes:
    def test_contacts_are_different(self) -> None:
        writer = ContactWriter(1)
        notes = [writer.next(guardian="奶奶", child_gender="f", visit=number % 5 == 0) for number in range(6000)]
        assert len(set(notes)) == 6000
        assert [note for note in notes if re.search(r"[{}0-9]|他", note.replace("其他", ""))] == []

    def test_counseling_is_different_and_names_no_illness(self) -> None:
        writer = CounselorWriter(1)
        notes = [writer.next(child_gender="m") for _ in range(6000)]
        assert len(set(notes)) == 6000
        assert [note for note in notes if any(word in note for word in FORBIDDEN)] == []

    @pytest.mark.parametrize("stage", ["primary", "junior"])
    def test_peers_write_plainly_and_never_the_same(self, stage: Stage) -> None:
        writer = PeerWriter(1)
        notes = [writer.next(stage=stage) for _ in range(1500)]
        assert len(set(notes)) == 1500
        assert [note for note in notes if re.search(r"[{}0-9a-zA-Z]|，，|。。", note)] == []
        assert [note for note in notes if any(word in note for word in FORBIDDEN)] == []


class TestNames:
    def test_names_repeat_in_a_school_and_not_in_a_class(self) -> None:
        school = children(Random(1), 36 * CLASS_SIZE)
        names = [one.name for one in school]
        assert len(set(names)) < len(names)
        for start in range(0, len(names), CLASS_SIZE):
            assert len(set(names[start : start + CLASS_SIZE])) == CLASS_SIZE
        assert set(names) & RESERVED == set()
        assert any("·" in name for name in names)
        assert school == children(Random(1), 36 * CLASS_SIZE)

    def test_staff_bear_different_names(self) -> None:
        people = staff(Random(1), 120)
        names = {one.name for one in people}
        assert len(names) == 120
        assert names & RESERVED == set()
        assert {one.name for one in staff(Random(1), 100, besides=frozenset(names))} & names == set()

    def test_guardians_have_invented_numbers(self) -> None:
        rng = Random(1)
        for _ in range(500):
            one = child(rng)
            guardian = guardian_for(rng, one)
            assert re.fullmatch(r"(1390000|1380013)\d{4}", guardian.phone)
            if guardian.relation == "父亲" and family_name(one.name):
                assert guardian.name.startswith(family_name(one.name))

    @pytest.mark.parametrize(("name", "family"), [("欧阳若兰", "欧阳"), ("林知夏", "林"), ("阿依古丽·买买提", "")])
    def test_family_name(self, name: str, family: str) -> None:
        assert family_name(name) == family


class TestPlaces:
    def test_tips_are_thirty_different_sentences(self) -> None:
        for tips in (places.PARENT_TIPS, places.TEACHER_TIPS):
            assert len(set(tips)) == 30
            assert [tip for tip in tips if not tip.endswith(("。", "？”")) or "！" in tip] == []

    def test_tip_of_the_day_goes_round(self) -> None:
        assert places.tip_for_parents(0) == places.tip_for_parents(30)
        assert places.tip_for_teachers(1) != places.tip_for_teachers(2)

    def test_place_is_drawn_from_the_list(self) -> None:
        rng = Random(1)
        assert {places.place(rng) for _ in range(500)} <= set(places.PLACES)
        assert places.counseling_place(rng) in places.COUNSELING_PLACES


class TestCare:
    def test_reasons_and_cards_name_no_diagnosis_and_no_tier(self) -> None:
        rng = Random(5)
        said = [text(rng, gender) for gender in ("m", "f") for text in KINDS_OF_CARE for _ in range(300)]

        assert [text for text in said if any(word in text for word in (*FORBIDDEN, "倾向", "重点关爱", "问题"))] == []
        assert [text for text in said if re.search(r"[{}|0-9a-zA-Z]|。。|；；|。；", text)] == []

    def test_cards_fit_and_say_two_or_three_different_things(self) -> None:
        rng = Random(5)
        cards = [care.card(rng, "f").splitlines() for _ in range(300)]

        assert {len(set(lines)) for lines in cards} == {2, 3}
        assert max(len("".join(lines)) for lines in cards) <= 300


KINDS_OF_CARE = (care.reason, care.reason_for_less, care.card)
