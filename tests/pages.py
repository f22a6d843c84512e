"""A page as a tree of its elements, so that tests ask it what a reader would: what stands there and where it leads."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


@dataclass
class Element:
    """One element with its attributes; `parts` are its elements and pieces of text, in order."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    parent: "Element | None" = None
    parts: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        """This element and everything below it, in the order of the page."""
        yield self
        for part in self.parts:
            if isinstance(part, Element):
                yield from part.walk()

    def all(self, tag: str = "", **attrs: str) -> list["Element"]:
        """The elements of this tag that carry these attributes; `data_row` is data-row."""
        wanted = {name.replace("_", "-"): value for name, value in attrs.items()}
        return [
            one
            for one in self.walk()
            if (not tag or one.tag == tag) and all(one.attrs.get(name) == value for name, value in wanted.items())
        ]

    @property
    def text(self) -> str:
        """What a reader sees of it, with single spaces."""
        words = "".join(part if isinstance(part, str) else f" {part.text} " for part in self.parts)
        return " ".join(words.split())

    @property
    def rows(self) -> list["Element"]:
        """Everything that is one row of a list."""
        return [one for one in self.walk() if "data-row" in one.attrs]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.top = self.here = Element("document")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)
        if tag not in VOID:
            self.here = self.here.parts[-1]  # type: ignore[assignment]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.parts.append(data)

    def _add(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.parts.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))


def read_page(answer: Any) -> Element:
    """The tree of an answer of the test client. A tag that is not closed where it should be fails."""
    reader = _Reader()
    reader.feed(answer.content.decode())
    reader.close()
    return reader.top
