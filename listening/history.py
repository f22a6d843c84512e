"""What became of a talk since it was logged: who, when, what and why. Never a word of the note."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from listening.models import Conversation
from listening.words import day_words

FIELDS = {
    "day": "日期",
    "minutes": "时长",
    "outcome": "结果",
    "students": "和谁",
    "listener": "谁听的",
    "kind": "类型",
    "by_counselor": "类型",  # no word of counseling: whoever sees the talk now reads this
    "guardian_name": "哪位家人",
    "channel": "方式",
    "place": "地点",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One line."""

    at: datetime
    who: str
    what: str
    why: str = ""

    @property
    def when(self) -> str:
        """11月18日 12:40."""
        local = timezone.localtime(self.at)
        return f"{day_words(local.date())} {local:%H:%M}"


def changes_of(talk: Conversation) -> list[Change]:
    """The newest first. Reads the students: prefetch them."""
    found = [
        Change(edition.replaced_at, edition.by.name, "改了记录的文字")
        for edition in talk.note_editions.select_related("by")
    ]
    after = _facts(talk)
    for version in talk.versions.select_related("by").order_by("-at", "-pk"):
        deleted = version.at == talk.deleted_at
        what = "删除了这条记录" if deleted else f"更正了{_differences(version.facts, after)}"
        found.append(Change(version.at, version.by.name if version.by else "", what, version.why))
        after = version.facts
    return sorted(found, key=lambda one: one.at, reverse=True)


def _facts(talk: Conversation) -> dict[str, Any]:
    """As a version keeps them."""
    return {
        "day": talk.day.isoformat(),
        "minutes": talk.minutes,
        "kind": talk.kind,
        "outcome": talk.outcome,
        "listener": talk.listener_id,
        "students": sorted(one.pk for one in talk.about.all()),
        "channel": talk.channel,
        "place": talk.place,
        "guardian_name": talk.guardian_name,
        "by_counselor": talk.by_counselor,
    }


def _differences(before: dict[str, Any], after: dict[str, Any]) -> str:
    names = [label for name, label in FIELDS.items() if name in before and before[name] != after.get(name)]
    return "、".join(dict.fromkeys(names)) or "内容"
