"""Every text that reaches a person as a message. Content-free: counts, periods and names of rules; never a name of a
student, a tier, a note. One function a text, one test a text."""


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


def concern_raised(*, by_staff: bool) -> str:
    """To the counselors in charge: somebody worries; who and about whom is in the list."""
    return f"有 1 位{'老师' if by_staff else '心理委员'}请您看一看一位同学。"


def concern_seen() -> str:
    """To the raiser: seen, and nothing of what follows."""
    return "您上报的关注，心理教师已看到。"


def second_word() -> str:
    """To the other counselors: a proposal waits for a second person; what and about whom is in the list."""
    return "有 1 份提议请您看一看。"
