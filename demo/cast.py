"""The people with a part of their own: who signs in with one click, and the students that show each case."""

from dataclasses import dataclass, field, replace
from enum import Enum, auto

from accounts import personas
from demo.words.names import Gender

NAMED = {
    "headteacher": "刘敏",
    "headteacher2": "钱进",
    "counselor": "顾文静",
    "counselor2": "沈岚",
    "teacher": "王海涛",
    "gradehead": "周立新",
    "moral": "何建国",
    "viceprincipal": "方慧珍",
    "principal": "程远山",
    "registrar": "许红梅",
    "parent": "林建平",
    "parent2": "马文涛",
    "student": "林知夏",
    "peer": "宋佳琪",
    "bureau": "赵庆华",
    "otherschool": "叶敏华",
    "admin": "贺志明",
}
# The cards of the sign-in page, with the names that the demo gives them.
PERSONAS = tuple(replace(persona, name=NAMED[persona.username]) for persona in personas.PERSONAS)
PASSWORD = personas.DEMO_PASSWORD
SUBJECT_COLLEAGUE = "孙莉"  # teaches the same classes as 王海涛
NAMES = frozenset(persona.name for persona in PERSONAS) | {SUBJECT_COLLEAGUE}


class Fate(Enum):
    """What becomes of one student in one fortnight."""

    MET = auto()
    OPEN = auto()  # nothing yet
    MISSED = auto()  # nothing at all
    SHORT = auto()  # only a talk of eight to ten minutes
    ABSENT = auto()  # only an attempt, the student was not there
    DECLINED = auto()  # only an attempt, the student would rather not
    LATE = auto()  # a talk typed in after the due day
    DECLINED_THEN_MET = auto()
    ABSENT_THEN_MET = auto()
    SHORT_THEN_MET = auto()
    EXCUSED = auto()  # by a person's word
    BY_HEAD = auto()  # on the latest day, by the head teacher
    BY_MENTOR = auto()
    BY_COLLEAGUE = auto()  # by a subject teacher
    BY_COUNSELOR = auto()  # a counselor's talk and no other
    TOGETHER = auto()  # only a talk of several at once


class Move(Enum):
    """Who comes and goes in 七年级(1)班."""

    JOINED_LAST_WEEK = auto()
    BACK_FROM_LEAVE = auto()
    ON_LEAVE = auto()
    CAME_FROM_OTHER_CLASS = auto()
    LEFT = auto()


@dataclass(frozen=True)
class Part:
    """One student with a part. `fates` by the number of this term's fortnight; the sixth is the one that runs."""

    fates: dict[int, Fate] = field(default_factory=dict)
    name: str = ""
    gender: Gender = "f"
    move: Move | None = None
    tier: int | None = None  # its order in the scheme, 0 is most care
    label: str = ""
    mentored: bool = False
    username: str = ""


LAST, NOW = 5, 6
# By seat, from 0. Whoever has no fate for a closed fortnight is met in it.
PARTS = (
    Part({LAST: Fate.MISSED, NOW: Fate.OPEN}, "林知夏", tier=2, username="student"),
    Part({4: Fate.MISSED, LAST: Fate.MISSED, NOW: Fate.OPEN}, "马依依"),
    Part({3: Fate.MISSED, 4: Fate.MISSED, LAST: Fate.MISSED, NOW: Fate.OPEN}, "许若楠"),
    Part({LAST: Fate.OPEN, NOW: Fate.OPEN}, "沈牧阳", "m", move=Move.JOINED_LAST_WEEK),
    Part({LAST: Fate.OPEN, NOW: Fate.OPEN}, "周子涵", "m", move=Move.BACK_FROM_LEAVE),
    Part({LAST: Fate.LATE, NOW: Fate.OPEN}, "欧阳若兰"),
    Part({4: Fate.DECLINED, LAST: Fate.DECLINED, NOW: Fate.OPEN}, "韩雨桐"),
    Part({NOW: Fate.DECLINED}, "郑凯文", "m"),
    Part({NOW: Fate.SHORT}, "吴天佑", "m"),
    Part({NOW: Fate.BY_HEAD}, "宋佳琪", username="peer"),
    Part({LAST: Fate.OPEN}, move=Move.ON_LEAVE),
    Part({NOW: Fate.EXCUSED}),
    Part({NOW: Fate.BY_MENTOR}, mentored=True),
    Part({NOW: Fate.BY_COLLEAGUE}),
    Part({NOW: Fate.BY_COUNSELOR}, tier=0),
    Part({NOW: Fate.MET}, move=Move.CAME_FROM_OTHER_CLASS),
    Part({LAST: Fate.OPEN}, move=Move.LEFT),
    Part({NOW: Fate.OPEN}, tier=1, label="家庭变故"),
    Part({NOW: Fate.ABSENT}),
    Part({NOW: Fate.TOGETHER}),
    Part({NOW: Fate.TOGETHER}),
    Part({NOW: Fate.OPEN}, label="留守", mentored=True),
    Part({NOW: Fate.OPEN}, mentored=True),
    Part({NOW: Fate.OPEN}, mentored=True),
    Part({NOW: Fate.OPEN}, mentored=True),
    Part({NOW: Fate.OPEN}, mentored=True),
)
BROTHER = Part(name="林知远", gender="m")  # of 林知夏, in 八年级(2)班
MENTORED_OF_SECOND_CLASS = (0, 1)  # seats in the second class of 七年级
MENTORED_OF_LAST_CLASS = (2, 3)  # seats in its last class, where the mentor does not teach
