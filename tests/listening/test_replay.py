"""`manage.py replay` gives for every described school the check-ins that its answer names, through the real engine."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
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


def test_replay_leaves_the_schools_own_database_as_it_was():
    School.objects.create(name="清江中学")

    replayed(SCENARIOS / "two_roles.json")

    assert (School.objects.count(), CheckIn.objects.count(), User.objects.count()) == (1, 0, 0)


def test_rows_of_the_file_in_any_order_give_the_same(tmp_path):
    described = read("back_and_forth.json")
    for key, rows in described.items():
        if isinstance(rows, list) and key != "events":
            rows.reverse()
    file = tmp_path / "backwards.json"
    file.write_text(json.dumps(described), "utf-8")

    assert replayed(file) == read("back_and_forth.expected.json")


def test_school_of_more_than_twelve_grades_is_replayed(tmp_path):
    described = read("two_roles.json")
    described["grades"] += [{"id": f"更多{n}"} for n in range(20)]
    file = tmp_path / "tall.json"
    file.write_text(json.dumps(described), "utf-8")

    assert replayed(file) == read("two_roles.expected.json")


@pytest.mark.parametrize("content", [None, "{", "\ud800"])
def test_file_that_cannot_be_read_is_said_in_one_sentence(tmp_path, content):
    file = tmp_path / "school.json"
    if content is not None:
        file.write_bytes(content.encode("utf-8", "surrogatepass"))

    with pytest.raises(CommandError, match="读不了这个文件"):
        replayed(file)


@pytest.mark.parametrize(
    ("key", "rows", "said"),
    [
        ("as_of", "明天", "as_of 要是一天"),
        ("school", {}, "school 里要有 tiers"),
        ("terms", [{"id": "秋", "year": "2025", "first_day": "2025-09-01"}], "terms 第 1 条缺少 last_day"),
        ("classes", [{"id": "一班", "grade": "九"}], "classes 第 1 条：grade 写的“九”，文件里没有"),
        ("rules", [{"id": "规", "roles": ["counselor"], "period": "year", "min": 1}], "period 不能是“year”"),
        ("makeup_days", ["2025-13-01"], "makeup_days 里要都是日期"),
        ("students", ["学一"], "students 第 1 条要是一个对象"),
        ("events", [{"on": "2025-09-02", "do": "delete", "conversation": "没有"}], "conversation 写的“没有”"),
    ],
)
def test_school_that_cannot_be_played_is_said_in_one_sentence(tmp_path, key, rows, said):
    file = tmp_path / "school.json"
    file.write_text(json.dumps(read("five_days.json") | {key: rows}), "utf-8")

    with pytest.raises(CommandError, match=said):
        replayed(file)


def test_file_with_something_else_than_a_school_is_said_in_one_sentence(tmp_path):
    file = tmp_path / "school.json"
    file.write_text("[]", "utf-8")

    with pytest.raises(CommandError, match="最外层要是一个对象"):
        replayed(file)
