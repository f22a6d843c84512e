"""The people of the demo county, as the sign-in page lists them. They exist only where DEMO is on."""

from dataclasses import dataclass

from accounts.models import User

# Of people who do not exist; the sign-in page shows it.
DEMO_PASSWORD = "qingting-demo"  # nosec B105


@dataclass(frozen=True, slots=True)
class Persona:
    """One card of the sign-in page."""

    username: str
    duty: str
    does: str
    name: str = ""

    @property
    def initial(self) -> str:
        return self.name[:1]


PERSONAS = (
    Persona("counselor", "专职心理教师，心理组长", "负责七、八年级，安排每周要听的同学"),
    Persona("counselor2", "兼职心理教师", "负责九年级，记心理辅导"),
    Persona("headteacher", "七年级(1)班 班主任", "看班级看板，记一次倾听"),
    Persona("headteacher2", "八年级(2)班 班主任", "看看另一个班走到哪里了"),
    Persona("teacher", "任课教师，结对导师", "听自己结对的十位同学"),
    Persona("gradehead", "七年级 年级组长", "看本年级各班的进度"),
    Persona("moral", "德育处主任，领导小组成员", "看全校哪里需要帮忙"),
    Persona("viceprincipal", "副校长，副组长", "看全校的倾听情况"),
    Persona("principal", "校长，组长", "先读一句话，再看数字"),
    Persona("registrar", "教务，校务管理员", "管学期、班级、人员和名册"),
    Persona("parent", "两位同学的家长", "在家里听一刻钟"),
    Persona("parent2", "一位同学的家长", "在家里听一刻钟"),
    Persona("student", "七年级(1)班 学生", "知道可以找谁聊聊"),
    Persona("peer", "七年级(1)班 心理委员", "留心身边的同学"),
    Persona("bureau", "教育局", "只看全县的数字"),
    Persona("otherschool", "柳林镇中心小学 心理教师", "另一所学校，两校互不相见"),
    Persona("admin", "系统管理员", "照看运行，不看任何谈话"),
)


def personas() -> list[Persona]:
    """The demo's people whose accounts are there, in the order of the list."""
    names = dict(
        User.objects.filter(username__in=[one.username for one in PERSONAS], is_active=True).values_list(
            "username", "name"
        )
    )
    return [Persona(one.username, one.duty, one.does, names[one.username]) for one in PERSONAS if one.username in names]
