"""The parts of a page whose marks are computed: icons, the ring of ticks, states, levels, the fading dot.

Parts that only lay out words are templates under ``templates/components/``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

SPRITE: Final = "img/icons.svg"
"""Joined at set-up by ``tools/icons.py``, which finds the names used here and in the templates."""

MOST_TICKS: Final = 60
"""An hour has sixty: a larger group is drawn in proportion."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one check-in state is drawn: a colour class, a shape of its own and its usual word."""

    tone: str
    icon: str
    word: str


LOOKS: Final[dict[str, Look]] = {
    "due": Look(tone="due", icon="clock", word="待谈"),
    "today": Look(tone="today", icon="clock", word="今天"),
    "met": Look(tone="met", icon="circle-check", word="已谈"),
    "late": Look(tone="late", icon="history", word="补录"),
    "missed": Look(tone="missed", icon="alert-circle", word="漏谈"),
    "excused": Look(tone="excused", icon="circle-minus", word="免谈"),
    "attempted": Look(tone="excused", icon="message-circle-x", word="已邀约"),
    "new": Look(tone="due", icon="circle-plus", word="新增"),
    "changed": Look(tone="today", icon="pencil", word="有变化"),
    "same": Look(tone="excused", icon="equal", word="无变化"),
    "wrong": Look(tone="missed", icon="alert-circle", word="有错"),
}

LEVELS: Final[dict[str, str]] = {
    "blue": "蓝 · 留意",
    "yellow": "黄 · 关注",
    "orange": "橙 · 优先",
    "red": "红 · 紧急",
}

DOT_STEPS: Final = ((7, ""), (14, "q-dot-2"), (28, "q-dot-3"))
"""Days since the last talk, inclusive, and the paler class that begins after the step before."""


@register.simple_tag
def icon(name: str) -> SafeString:
    """One outline icon of the sprite, hidden from screen readers: a word always stands beside it."""
    return format_html('<svg class="q-i" aria-hidden="true"><use href="{}#{}"/></svg>', static(SPRITE), name)


@register.simple_tag
def tick_ring(
    done: int,
    total: int,
    size: int = 128,
    label: str = "",
    figure: str | None = None,
    note: str = "",
) -> SafeString:
    """A ring with one tick a student, ``done`` of them filled, ``size`` pixels wide.

    ``figure`` is the large text in the middle (``done`` when not given, nothing when empty), ``note`` the small line
    under it. ``label`` is what a screen reader hears.
    """
    count = total if 0 < total <= MOST_TICKS else MOST_TICKS
    filled = _filled(done, total, count)
    middle = size / 2
    outer = middle - 2
    inner = outer - min(11.0, size * 0.12)
    stroke = max(2.0, min(4.0, math.tau * inner / count * 0.58))
    lines = format_html_join(
        "",
        '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>',
        (
            ("q-ring-on" if place < filled else "q-ring-off", *_spoke(place, count, middle, inner, outer))
            for place in range(count)
        ),
    )
    return format_html(
        '<svg class="q-ring" width="{0}" height="{0}" viewBox="0 0 {0} {0}" role="img" aria-label="{1}">'
        '<g stroke-width="{2}" stroke-linecap="round">{3}</g>{4}</svg>',
        size,
        label or f"{done} / {total}",
        f"{stroke:.1f}",
        lines,
        _ring_words(str(done) if figure is None else figure, note, size),
    )


def _filled(done: int, total: int, count: int) -> int:
    """Ticks to fill: exact up to sixty students, in proportion above, full only when everybody is done."""
    if total <= 0 or done <= 0:
        return 0
    if done >= total:
        return count
    return done if count == total else min(count - 1, max(1, done * count // total))


def _spoke(place: int, count: int, middle: float, inner: float, outer: float) -> tuple[str, str, str, str]:
    """Both ends of one tick, clockwise from twelve o'clock."""
    turn = math.tau * place / count
    sine, cosine = math.sin(turn), math.cos(turn)
    return (
        f"{middle + inner * sine:.1f}",
        f"{middle - inner * cosine:.1f}",
        f"{middle + outer * sine:.1f}",
        f"{middle - outer * cosine:.1f}",
    )


def _ring_words(figure: str, note: str, size: int) -> SafeString:
    if not figure:
        return SafeString("")
    middle = f"{size / 2:g}"
    large = format_html(
        '<text class="q-ring-fig" x="{}" y="{}" font-size="{}" text-anchor="middle">{}</text>',
        middle,
        f"{size * (0.53 if note else 0.58):.1f}",
        f"{size * 0.25:.1f}",
        figure,
    )
    if not note:
        return large
    small = format_html(
        '<text class="q-ring-note" x="{}" y="{}" font-size="{}" text-anchor="middle">{}</text>',
        middle,
        f"{size * 0.68:.1f}",
        "13",
        note,
    )
    return large + small


@register.simple_tag
def state(kind: str, word: str = "", plain: bool = False, count: str = "", hidden: str = "") -> SafeString:
    """A check-in state as a pill with its shape; ``plain`` leaves the ground out.

    ``count`` follows the word (``1 / 2``); ``hidden`` is read out before the word where the screen has no room for it.
    """
    look = LOOKS[kind]
    return format_html(
        '<span class="q-st q-st-{}{}">{}{}<span class="q-st-w">{}</span>{}</span>',
        look.tone,
        " q-st-plain" if plain else "",
        icon(look.icon),
        format_html('<span class="q-vh">{}，</span>', hidden) if hidden else "",
        word or look.word,
        format_html("<span>{}</span>", count) if count else "",
    )


@register.simple_tag
def level(colour: str, word: str = "") -> SafeString:
    """A concern level: a square tag with a pennant, never a pill."""
    return format_html('<span class="q-lv q-lv-{}">{}</span>', colour, word or LEVELS[colour])


@register.simple_tag
def dot(days: int | Literal[""] | None = None) -> SafeString:
    """The mark of the last talk, fading with its age in days; dashed when there was none. The age stands beside it."""
    return format_html(
        '<span class="{}" title="{}" aria-hidden="true"></span>', f"q-dot {_dot_step(days)}".strip(), ago(days)
    )


def _dot_step(days: int | Literal[""] | None) -> str:
    if days is None or days == "":
        return "q-dot-0"
    return next((name for last, name in DOT_STEPS if days <= last), "q-dot-4")


@register.filter
def ago(days: int | Literal[""] | None) -> str:
    """The age of a talk in words: 今天, 昨天, 5 天前, 还没聊过. A name the template does not know arrives as ""."""
    if days is None or days == "":
        return "还没聊过"
    return {0: "今天", 1: "昨天"}.get(days, f"{days} 天前")


@register.simple_tag
def quarters(done: int, need: int) -> SafeString:
    """One disc for each talk a requirement asks for, the counted ones filled."""
    discs = format_html_join(
        "", '<span class="{}"></span>', (("q-on" if place < done else "q-off",) for place in range(need))
    )
    return format_html('<div class="q-quarters" aria-hidden="true">{}</div>', discs)


@register.simple_tag
def share_bar(met: int, due: int, missed: int, excused: int) -> SafeString:
    """A bar in four parts; its figures always stand in the table beside it."""
    parts = [("met", met), ("due", due), ("missed", missed), ("excused", excused)]
    whole = sum(size for _, size in parts)
    rects: list[tuple[str, str, str]] = []
    left = 0.0
    for tone, size in parts:
        width = 400 * size / whole if whole else 0.0
        if width:
            rects.append((tone, f"{left:.1f}", f"{max(width - 1.5, 0.8):.1f}"))
        left += width
    return format_html(
        '<svg class="q-share" viewBox="0 0 400 14" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        format_html_join("", '<rect class="q-f-{}" x="{}" y="0" width="{}" height="14"/>', rects),
    )
