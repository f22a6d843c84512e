"""Every text that reaches a person as a message. Content-free: counts, periods and names of rules; never a name of a
student, a tier, a note. One function a text, one test a text."""


def missed(*, rule: str, period: str, count: int) -> str:
    """A check-in of this person's became missed."""
    return f"{period}的“{rule}”结束了，还有 {count} 位同学没有谈到。"
