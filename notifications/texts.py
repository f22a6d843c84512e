"""Every text that reaches a person as a message, and so could leave the app one day (none does yet: no mail, no push).

Content-free: counts, periods and names of rules; never a name of a student, a tier, a note, or the word 心理: whoever
looks over a shoulder learns nothing. One function a text, one test a text; no message is worded anywhere else."""


def missed(*, rule: str, period: str, count: int) -> str:
    """A check-in of this person's became missed. The name of a counselors' rule is left out: it says too much."""
    what = f"{period}的“{rule}”" if rule else period
    return f"{what}结束了，还有 {count} 位同学没有谈到。"


def missed_by_classes(*, rule: str, period: str, count: int) -> str:
    """The same of what whole classes owe (同伴)."""
    what = f"{period}的“{rule}”" if rule else period
    return f"{what}结束了，还有 {count} 个班没有开展。"


def digest(
    *, due: int, ends_next: int, missed: int, classes_due: int = 0, classes_end_next: int = 0, classes_missed: int = 0
) -> str:
    """The morning's row: what waits, what ends on the next school day, what was missed since the last one."""
    parts = []
    if due:
        parts.append(f"有 {due} 位同学待倾听" + (f"，其中 {ends_next} 位下一个上课日到期" if ends_next else ""))
    if classes_due:
        ends = f"，其中 {classes_end_next} 个班下一个上课日到期" if classes_end_next else ""
        parts.append(f"有 {classes_due} 个班待开展同伴倾听" + ends)
    if missed:
        parts.append(f"新结束的周期里有 {missed} 位没有谈到")
    if classes_missed:
        parts.append(f"新结束的周期里有 {classes_missed} 个班没有开展同伴倾听")
    return "；".join(parts) + "。"


def missed_again(*, count: int) -> str:
    """To the lead counselor, the grade head or the leaders: somebody needs help; who and under what is in the list.

    It says neither how often nor under which rule: both could give a tier away.
    """
    return f"有 {count} 位同学需要您帮忙安排一次倾听。"


def missed_again_by_classes(*, count: int) -> str:
    """To the same of whole classes."""
    return f"有 {count} 个班需要您帮忙安排一次同伴倾听。"


def declined_again() -> str:
    """To the counselor: a child, not a count."""
    return "有同学连续两次婉拒了倾听，请看看怎样陪伴更合适。"


def concern_raised(*, by: str) -> str:
    """To the counselors in charge: somebody worries (老师, 家长 …); who and about whom is in the list."""
    return f"有 1 位{by}请您看一看一位同学。"


def concern_seen() -> str:
    """To the raiser: seen, and nothing of what follows."""
    return "您上报的关注，已经有老师看到了。"


def concern_answered() -> str:
    """To the raiser: it was not taken up, and why is on the page."""
    return "您上报的关注，有了回复。"


def concern_ended() -> str:
    """To the raiser: the class of what came of it is on the page."""
    return "您上报的关注，有了结果。"


def concern_settled() -> str:
    """To the counselors in charge: a head teacher has looked after it."""
    return "有 1 份关注，班主任了解过了。"


def concern_urgent() -> str:
    """To everybody who must act now."""
    return "有 1 份很急的上报，请马上看。"


def concern_harm() -> str:
    """To the 组长 and the lead counselor."""
    return "有 1 份上报要您马上过问。"


def case_overdue() -> str:
    """To the next one up: nobody has acted in time."""
    return "有 1 件事过了时限，请您过问。"


def case_handed() -> str:
    """To the new owner, and to the one before."""
    return "有 1 件事换了负责人，请看一看。"


def case_moved() -> str:
    """To the owner: another person's word has moved it."""
    return "您负责的 1 件事有了进展。"


def panel_waits() -> str:
    """To the leadership group."""
    return "有 1 件事等领导小组商量。"


def panel_decided() -> str:
    """To the owner."""
    return "领导小组商量过您负责的 1 件事了。"


def task_given() -> str:
    """To whoever does it; what it is stands on the page."""
    return "有 1 件事请您来做。"


def task_late() -> str:
    """To whoever does it, and the owner of the case."""
    return "有 1 件分好的事到时候了。"


def glass_opened() -> str:
    """To the counselors in charge and who reviews: at once; by whom, about whom and why is on the page."""
    return "有 1 次紧急查看，请您看一看。"


def glass_asked() -> str:
    """To whoever may be the second person."""
    return "有同事正在紧急查看，请您确认能不能看记录。"


def glass_agreed() -> str:
    """To who asked."""
    return "您的紧急查看，有同事同意了。"


def posts_waiting(*, count: int) -> str:
    """To the second person of an appointment: how many; who and what is on the page."""
    return f"有 {count} 项任职等您确认。"


def second_word() -> str:
    """To the other counselors: a proposal waits for a second person; what and about whom is in the list."""
    return "有 1 份提议请您看一看。"
