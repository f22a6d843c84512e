"""`manage.py replay` gives for every described school the check-ins that its answer names, through the real engine."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from listening.models import CheckIn
from schools.models import School

SCENARIOS = Path(__file__).parent.parent / "scenarios"
NAMES = sorted(path.stem for path in SCENARIOS.glob("*.json") if not path.stem.endswith(".expected"))

pytestmark = pytest.mark.django_db


def read(name):
    return json.loads((SCENARIOS / name).read_text("utf-8"))


def replayed(path):
    out = io.StringIO()
    call_command("replay", str(path), stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.parametrize("name", NAMES)
def test_scenario_gives_its_answer(name):
    assert replayed(SCENARIOS / f"{name}.json") == read(f"{name}.expected.json")
