"""What pages of care say of people and days."""

from collections.abc import Collection, Sequence
from datetime import date

from accounts.models import User
from students.models import CareTier

TONES = {
    CareTier.Axis.S3: "red",
    CareTier.Axis.S2: "orange",
    CareTier.Axis.S1: "yellow",
    CareTier.Axis.S0: "blue",
}


def tone_of(axis: int) -> str:
    """The colour of a place on the common axis."""
    return TONES[CareTier.Axis(axis)]


def reader_words(
    readers: Sequence[User], *, author: User, heads: Collection[User] = (), others: Collection[User] = ()
) -> str:
    """您本人、心理教师沈岚和班主任刘敏: who can read what `author` writes."""

    def title(one: User) -> str:
        if one == author:
            return "您本人"
        return f"{'班主任' if one in heads else '' if one in others else '心理教师'}{one.name}" + (
            "老师" if one in others else ""
        )

    words = [title(one) for one in readers]
    return words[0] if len(words) == 1 else "、".join(words[:-1]) + "和" + words[-1]


def review_words(review_on: date | None, *, on: date) -> str:
    """12月2日复评, 复评已到期."""
    if review_on is None:
        return ""
    day = f"{review_on.month}月{review_on.day}日"
    if review_on < on:
        return f"{day}该复评了"
    return "今天复评" if review_on == on else f"{day}复评"
