"""A described school in, its check-ins out: through the real actions, in a database of its own.

The format is that of docs/guide: a file says what is known of a school and what was typed in on which day.
"""

from datetime import date
from typing import Any

from listening.replay.days import play
from listening.replay.loading import load
from listening.replay.printing import printed
from listening.replay.scratch import scratch_database

Described = dict[str, Any]


def replay(described: Described) -> Described:
    """The check-ins of a described school on the evening of its `as_of`. The installation's database stays as it is."""
    with scratch_database():
        return replay_here(described)


def replay_here(described: Described) -> Described:
    """The same in the database that is there; the rows stay, for who wants to look at them."""
    loaded = load(described)
    play(loaded, described)
    return printed(loaded, as_of=date.fromisoformat(described["as_of"]))


__all__ = ["replay", "replay_here"]
