"""What listeners write down after a quarter of an hour, put together from lines that fit each other in tone.

Deterministic: the same seed and the same calls give the same notes. A writer never gives the same text twice;
lines are dealt like cards, so that one comes back only when the others have been used.
"""

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from random import Random
from typing import Literal, NamedTuple

from demo.words import contacts, counseling, frames, peers
from demo.words.details import TOPICS

Stage = Literal["primary", "junior"]
Gender = Literal["m", "f", ""]

SHORTEST, LONGEST = 20, 90  # characters of a note
TRIES = 400

TONES = "+-="
STAGE_KEYS = {"a": ("primary", "junior"), "p": ("primary",), "j": ("junior",)}
SUBJECTS: dict[str, tuple[str, ...]] = {
    "primary": ("语文", "数学", "英语", "科学"),
    "junior": ("语文", "数学", "英语", "历史"),
}
AT_HOME = ("妈妈", "妈妈", "妈妈", "爸爸", "爸爸", "奶奶", "爷爷", "外婆", "外公")
CLASSMATES = ("同桌", "前桌", "后桌", "好朋友", "同组的同学", "隔壁组的同学")
SOON = ("下周一", "下周二", "下周三", "下周四", "下周五", "过两天", "下个星期", "这两天")

# Of the parts of a note: opening, detail, listened, closing. One topic; then two.
ONE_TOPIC = ("O,D.C", "O.D.C", "D.C", "D.L.C", "D.L,C", "O,D.L", "O.D.L", "D,C", "O,D", "D.L", "O.D.L.C")
TWO_TOPICS = ("D.D.C", "D.D.C", "D;D.C", "O.D.D", "D.D.L", "O,D.D.C")
MARKS = {",": "，", ".": "。", ";": "；"}
FIRST_CLAUSE = re.compile("[，。；：？]")


class Line(NamedTuple):
    """One line of the stock."""

    tone: str
    text: str


def sectioned(text: str) -> dict[str, list[str]]:
    """Lines under their headings, `[heading]`."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in text.split("\n"):
        if line.startswith("["):
            heading = line.strip("[]")
        elif line:
            found.setdefault(heading, []).append(line)
    return found


def details(topic: str, stage: Stage) -> list[Line]:
    """What a child of that stage may say on the topic."""
    return [
        Line(heading[0], text)
        for heading, texts in sectioned(TOPICS[topic][0]).items()
        if stage in STAGE_KEYS[heading[-1]]
        for text in texts
    ]


def toned(text: str, tone: str) -> list[Line]:
    """The lines that suit the tone, those for any tone among them."""
    fitting = [lines for heading, lines in sectioned(text).items() if heading in ("", "*", tone)]
    return [Line(tone, line) for lines in fitting for line in lines]


def called(calls: str, said: str) -> bool:
    """Whether what was said calls for an agreement; one without such words suits anything of its tone."""
    return not calls or any(word in said for word in calls.split("|"))


class Decks:
    """Lines by name, shuffled and dealt; a pack that has run out is shuffled again."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.stock: dict[tuple[str, ...], list[Line]] = {}
        self.hands: dict[tuple[str, ...], list[Line]] = {}

    def deal(self, name: tuple[str, ...], make: Callable[[], list[Line]]) -> Line:
        hand = self.hands.get(name)
        if not hand:
            if name not in self.stock:
                self.stock[name] = make()
            hand = list(self.stock[name])
            self.rng.shuffle(hand)
            self.hands[name] = hand
        return hand.pop()


class Writer:
    """What the writers share: decks, what was already written, and how the last notes began."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.decks = Decks(self.rng)
        self.written: set[str] = set()
        self.begun: deque[str] = deque(maxlen=2)

    def unlike_before(self, draft: Callable[[], str]) -> str:
        """Drafts until the text is new, of fair length, and begins otherwise than the two before it."""
        for _ in range(TRIES):
            text = draft()
            first = FIRST_CLAUSE.split(text, maxsplit=1)[0]
            if SHORTEST <= len(text) <= LONGEST and text not in self.written and first not in self.begun:
                self.written.add(text)
                self.begun.append(first)
                return text
        msg = f"no new text after {TRIES} drafts, {len(self.written)} written"
        raise LookupError(msg)

    def filled(self, text: str, slots: Mapping[str, str]) -> str:
        """The text with its slots filled; {日} is drawn."""
        for slot, word in {**slots, "{日}": self.rng.choice(SOON)}.items():
            text = text.replace(slot, word)
        return text


def pronoun(gender: Gender) -> str:
    return "她" if gender == "f" else "他"


class NoteWriter(Writer):
    """Notes of 倾听 talks by head teachers, subject teachers and mentors."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.told: dict[Hashable, set[str]] = {}
        self.agreements: dict[tuple[str, str], list[Line]] = {}

    def next(
        self,
        *,
        topics: Sequence[str] = (),
        child_gender: Gender = "",
        stage: Stage = "junior",
        place: str = "",
        face: bool = True,
        asks_counselor: bool = False,
        about: Hashable = None,
    ) -> str:
        """One new note. Of more than two topics two are written about; without topics, or with a school's own, any one.

        `place` lets the note name it; `face=False` (telephone, letter) leaves out how the child sat or came in;
        `asks_counselor` makes it a worried note that asks the counselor to look; `about` is whoever the note is
        about: the same child does not say the same thing twice.
        """
        known = [topic for topic in topics if topic in TOPICS]
        told = self.told.setdefault(about, set()) if about is not None else set()

        def draft() -> str:
            chosen = self.rng.sample(known, 2) if len(known) > 2 else known or [self.rng.choice(list(TOPICS))]
            return self.draft(chosen, child_gender, stage, place, face, asks_counselor, told)

        return self.unlike_before(draft)

    def declined(self, *, child_gender: Gender = "") -> str:
        """A short line for a talk that was offered and did not come about; these may come again."""
        line = self.decks.deal(("declined",), lambda: toned(frames.DECLINED, ""))
        return self.filled(line.text, self.slots(child_gender, "junior", "")) + "。"

    def slots(self, gender: Gender, stage: Stage, place: str) -> dict[str, str]:
        """One word for each slot, the same all through a note."""
        return {
            "{他}": pronoun(gender),
            "{亲}": self.rng.choice(AT_HOME),
            "{伴}": self.rng.choice(CLASSMATES),
            "{科}": self.rng.choice(SUBJECTS[stage]),
            "{地}": place,
        }

    def draft(
        self, topics: list[str], gender: Gender, stage: Stage, place: str, face: bool, asks: bool, told: set[str]
    ) -> str:
        said = [self.detail(topic, stage, told, hard=asks and topic == topics[-1]) for topic in topics]
        shape = self.rng.choice(ONE_TOPIC if len(said) == 1 else TWO_TOPICS)
        if not face:
            shape = re.sub("^O[,.]", "", shape)
        if asks:
            shape = re.sub("[,.;][LC]?$|[,.][LC](?=[,.]|$)", "", shape) + ".A"
        waiting = iter(said)
        text = ""
        for part in shape:
            # A sentence of two clauses ends before the next one: three commas in a row read breathless.
            breath = part == "," and "，" in text
            text += "。" if breath else MARKS.get(part) or self.part(part, waiting, topics[-1], said, place)
        text = self.filled(text, self.slots(gender, stage, place))
        if len(text) + 1 <= LONGEST and text + "。" not in self.written:
            told.update(line.text for line in said)
        return text + "。"

    def detail(self, topic: str, stage: Stage, told: set[str], *, hard: bool) -> Line:
        """What the child said; dealt again, within reason, if this child has said it before."""
        line = Line("=", "")
        for _ in range(12):
            line = self.decks.deal(
                ("detail", topic, stage, "-" if hard else ""),
                lambda: [line for line in details(topic, stage) if line.tone == "-" or not hard],
            )
            if line.text not in told:
                break
        return line

    def part(self, part: str, waiting: Iterator[Line], topic: str, said: list[Line], place: str) -> str:
        """The words of one part: opening by the first tone, the rest by the last."""
        first, last = said[0].tone, said[-1].tone
        if part == "D":
            return next(waiting).text
        if part == "O" and place and self.rng.random() < 0.25:
            return self.decks.deal(("placed",), lambda: toned(frames.PLACED_OPENINGS, "")).text
        if part == "O":
            return self.decks.deal(("opening", first), lambda: toned(frames.OPENINGS, first)).text
        if part == "L":
            return self.decks.deal(("listened", last), lambda: toned(frames.LISTENED, last)).text
        if part == "A":
            return self.decks.deal(("asks",), lambda: toned(frames.ASKS_COUNSELOR, "")).text
        return self.closing(topic, said[-1])

    def closing(self, topic: str, last: Line) -> str:
        """What was agreed: on this very detail, on the topic, or as one says after any talk."""
        agreed = self.agreements.setdefault((topic, last.tone), toned(TOPICS[topic][1], last.tone))
        fitting = [
            words for calls, _, words in (line.text.rpartition("》") for line in agreed) if called(calls, last.text)
        ]
        if fitting and self.rng.random() < 0.6:
            return self.rng.choice(fitting)
        return self.decks.deal(("closing", last.tone), lambda: toned(frames.CLOSINGS, last.tone)).text


class PiecedWriter(Writer):
    """Notes that need no tone: a pack for each letter of a shape."""

    shapes: tuple[str, ...]

    def pieced(self, packs: Mapping[str, str], slots: Mapping[str, str]) -> str:
        """One new note of the lines in the packs."""

        def dealt(pack: str) -> str:
            return self.decks.deal((pack,), lambda: toned(pack, "")).text

        def draft() -> str:
            shape = self.rng.choice(self.shapes)
            return self.filled("".join(MARKS.get(part) or dealt(packs[part]) for part in shape), slots) + "。"

        return self.unlike_before(draft)


class ContactWriter(PiecedWriter):
    """Notes of 家长沟通 and 家访."""

    shapes = ("O,T.A", "O.T.S.A", "O,T.S", "O.S,A", "O,T.S,A")

    def next(self, *, guardian: str = "妈妈", child_gender: Gender = "", visit: bool = False) -> str:
        """One new note; `guardian` as one says it: 妈妈, 爸爸, 奶奶 …"""
        openings = contacts.VISIT_OPENINGS if visit else contacts.CALL_OPENINGS
        packs = {"O": openings, "T": contacts.TOLD, "S": contacts.SHARED, "A": contacts.AGREED}
        return self.pieced(packs, {"{家长}": guardian, "{他}": pronoun(child_gender)})


class CounselorWriter(PiecedWriter):
    """Notes of 心理辅导: what was said, what was tried, what comes next; no diagnosis."""

    shapes = ("O.T.D.A", "O,T.D", "T.D.A", "O.T.A", "T.D,A")

    def next(self, *, child_gender: Gender = "") -> str:
        """One new note."""
        packs = {"O": counseling.OPENINGS, "T": counseling.TOLD, "D": counseling.DONE, "A": counseling.AGREED}
        return self.pieced(packs, {"{他}": pronoun(child_gender)})


class PeerWriter(PiecedWriter):
    """Notes of 同伴倾听, in the words of the child who wrote them: what the class did, and how it was."""

    shapes = ("O.T.A", "O.T.F", "O,T.F.A", "O.T.T.A", "O.T.F.A", "O.T.T.F")

    def next(self, *, stage: Stage = "junior") -> str:
        """One new note."""
        packs = {
            "O": peers.OPENINGS[stage],
            "T": peers.TOLD[stage],
            "F": peers.FELT[stage],
            "A": peers.AGREED[stage],
        }
        return self.pieced(packs, {})
