"""Every described school gives the check-ins that its answer names: by the pure rule alone, and by the paper."""

import json
from pathlib import Path

import pytest

from tests.listening import oracle, paper

SCENARIOS = Path(__file__).parent.parent / "scenarios"
NAMES = sorted(path.stem for path in SCENARIOS.glob("*.json") if not path.stem.endswith(".expected"))


def read(name):
    return json.loads((SCENARIOS / name).read_text("utf-8"))


@pytest.mark.parametrize("book", [oracle, paper], ids=["rule", "paper"])
@pytest.mark.parametrize("name", NAMES)
def test_scenario_gives_its_answer(name, book):
    assert book.replay(read(f"{name}.json")) == read(f"{name}.expected.json")


@pytest.mark.parametrize("name", NAMES)
def test_scenario_rows_in_any_order_give_the_same(name):
    described = read(f"{name}.json")
    for key, rows in described.items():
        if isinstance(rows, list) and key != "events":
            rows.reverse()

    assert oracle.replay(described) == read(f"{name}.expected.json")
