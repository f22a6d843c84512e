"""How a name sounds, for order and for finding."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin


@lru_cache(maxsize=20_000)
def pinyin_of(name: str) -> str:
    """林知夏 → linzhixia."""
    return "".join(lazy_pinyin(name)).lower()[:120]


@lru_cache(maxsize=20_000)
def initials_of(name: str) -> str:
    """林知夏 → lzx."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()[:40]
