"""The people with a part of their own: who signs in with one click, and the students that show each case."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from demo.words.names import Gender

PASSWORD = "qingting-demo"  # the demo's own, shown on its sign-in page


class Persona(NamedTuple):
    """One account of the sign-in page."""

    username: str
    name: str
    duty: str
    does: str

    @property
    def initial(self) -> str:
        return self.name[0]


PERSONAS = (
    Persona("headteacher", "刘敏", "班主任，七年级(1)班", "今天听谁、记一次"),
    Persona("headteacher2", "钱进", "班主任，八年级(2)班", "另一个班的清单"),
    Persona("counselor", "顾文静", "专职心理教师，心理组长", "七、八年级，全校倾听"),
    Persona("counselor2", "沈岚", "兼职心理教师", "九年级"),
    Persona("teacher", "王海涛", "任课教师、结对导师", "三个班、十位结对同学"),
    Persona("gradehead", "周立新", "年级组长，七年级", "全年级的班级看板"),
    Persona("moral", "何建国", "德育处主任，领导小组成员", "全校漏谈与数字"),
    Persona("viceprincipal", "方慧珍", "副校长，领导小组副组长", "全校倾听情况"),
    Persona("principal", "程远山", "校长，领导小组组长", "全校倾听情况"),
    Persona("registrar", "许红梅", "教务，校务管理员", "学期、班级、人员、导入"),
    Persona("parent", "林建平", "家长，两个孩子", "通知、一刻钟"),
    Persona("parent2", "马文涛", "家长，一个孩子", "通知、一刻钟"),
    Persona("student", "林知夏", "学生，七年级(1)班", "想找人聊聊"),
    Persona("peer", "宋佳琪", "心理委员，七年级(1)班", "同伴倾听"),
    Persona("bureau", "赵庆华", "县教育局", "只看人数，三所学校"),
    Persona("otherschool", "叶敏华", "心理教师，柳林镇中心小学", "另一所学校"),
    Persona("admin", "贺志明", "系统管理员", "运行状态，不看学生内容"),
)
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
