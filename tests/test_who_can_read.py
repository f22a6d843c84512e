"""谁能看到 under every confidential field: there while writing, and true: it names exactly those for whom it opens."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from students import actions as students
from tests.cast import NOW
from tests.pages import Element, read_page
from tests.planted import World
from tests.plants import SEALED, seen_in
from tests.test_who_sees_what import MATRIX, PEOPLE, client_of, expected, rolled_back

pytestmark = pytest.mark.django_db

NOT_SEALED: set[tuple[str, str]] = set()
"""Fields of many words that are kept in clear, by route and name; a new one is looked at by hand."""


def line_of(field: Element) -> str:
    """谁能看到 beside a field: under its own box, or once for all rows of its form."""
    here: Element | None = field
    while here is not None and here.tag != "form":
        if lines := here.all("p", **{"class": "q-see"}):
            return lines[0].text
        here = here.parent
    lines = here.all("p", **{"class": "q-see"}) if here is not None else []
    return (
        lines[-1].text
        if lines and "q-sheet-note" in (field.parent.attrs.get("class", "") if field.parent else "")
        else ""
    )


def fields_of(page: Element) -> list[Element]:
    """Where words or files are given."""
    files = [one for one in page.all("input") if one.attrs.get("type") == "file"]
    return [one for one in [*page.all("textarea"), *files] if "name" in one.attrs]


@pytest.mark.long
def test_every_form_with_words_says_who_reads_them(planted: World):
    """Whoever may open the form, at every address of the matrix."""
    silent, told = set(), set()
    for route, methods in MATRIX.items():
        for whose, people in methods.get("GET", {}).items():
            for name in PEOPLE:
                if expected(people, name) != "answer":
                    continue
                with rolled_back():
                    answer = client_of(planted.addresses, name).get(planted.addresses.of(route, whose))
                if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
                    continue
                for field in fields_of(read_page(answer)):
                    (told if "谁能看到" in line_of(field) else silent).add((route, field.attrs["name"].split("-")[-1]))

    assert silent == NOT_SEALED
    assert len(told) > 12


@pytest.fixture(scope="module")
def openers(planted: World) -> dict[str, set[str]]:
    """For whom each word really opens, by everybody asking for every page that could show it."""
    found: dict[str, set[str]] = {word: set() for word in SEALED}
    for name in PEOPLE:
        for url in planted.found.addresses:
            with rolled_back():
                answer = client_of(planted.addresses, name).get(url)
            for word in seen_in(answer.content, SEALED):
                found[word].add(name)
    return found


def student_form(route: str, who: str) -> Callable[[World], str]:
    return lambda world: reverse(route, args=[getattr(world.cast, who).uid])


def log(who: str) -> Callable[[World], str]:
    return lambda world: f"{reverse('listening:new')}?student={getattr(world.cast, who).uid}"


def report(who: str) -> Callable[[World], str]:
    return lambda world: f"{reverse('referrals:new')}?student={getattr(world.cast, who).uid}"


def of_work_note(route: str) -> Callable[[World], str]:
    return lambda world: reverse(route, args=[world.found.work_note.uid])  # type: ignore[union-attr]


def of_class(route: str) -> Callable[[World], str]:
    return lambda world: reverse(route, args=[world.cast.class_1.uid])


def label_end(world: World) -> str:
    return reverse("students:care-label-end", args=[world.cast.lin.uid, world.addresses.given["own"].uid])


def review(world: World) -> str:
    glass = world.addresses.glasses["own"]
    students.close_glass(by=glass.by, glass=glass, at=NOW)
    return reverse("students:glass", args=[glass.uid])


FORMS: list[tuple[str, Callable[[World], str], str, str]] = [
    ("head_teacher", log("lin"), "note", "KanariWorkNote"),
    ("head_teacher", log("lin"), "worry_words", "KanariConcern"),
    ("head_teacher", report("lin"), "words", "KanariConcern"),
    ("teacher", log("ma"), "note", "KanariMentorNote"),
    ("counselor", log("xu"), "note", "KanariCounselingNote"),
    ("head_teacher", of_work_note("listening:note"), "note", "KanariWorkNote"),
    ("head_teacher", of_work_note("listening:note-add"), "note", "KanariAddendum"),
    ("head_teacher", of_class("listening:sheet"), "", "KanariWorkNote"),
    ("peer", of_class("listening:peers"), "note", "KanariPeerNote"),
    ("peer", of_class("listening:peers"), "worry", "KanariPeersConcern"),
    ("counselor", student_form("students:care-propose", "xu"), "reason", "KanariTierReason"),
    ("counselor", student_form("students:care-label-new", "xu"), "reason", "KanariLabelReason"),
    ("counselor", label_end, "reason", "KanariLabelEnd"),
    ("counselor", student_form("students:card-edit", "xu"), "text", "KanariCard"),
    ("counselor2", student_form("students:glass-open", "ma"), "reason", "KanariGlassReason"),
    ("principal", review, "words", "KanariGlassReview"),
]


@pytest.mark.parametrize(
    ("who", "form", "name", "word"), FORMS, ids=[f"{row[0]}-{row[3]}-{n}" for n, row in enumerate(FORMS)]
)
def test_line_names_exactly_those_for_whom_it_opens(
    planted: World, openers: dict[str, set[str]], who: str, form: Callable[[World], str], name: str, word: str
):
    answer = client_of(planted.addresses, who).get(form(planted))
    fields = [one for one in fields_of(read_page(answer)) if name in ("", one.attrs["name"])]
    assert fields, answer.status_code
    line = line_of(fields[0]).split("。")[0]

    named = {one for one, person in planted.cast.people.items() if person.name in line}
    if "您本人" in line or "你自己" in line:
        named.add(who)

    assert line.startswith("谁能看到：")
    assert named == openers[word]


def test_relative_of_one_child_is_named_where_the_others_are_written(planted: World):
    """整班录入: a counselor whose own child is in the class reads the notes of the others."""
    cast = planted.cast
    students.link_guardian(
        by=None, student=cast.xu, name="顾文静", relation="母亲", user=cast.counselor, since=NOW.date(), at=NOW
    )

    answer: Any = client_of(planted.addresses, "head_teacher").get(of_class("listening:sheet")(planted))

    assert "心理教师顾文静" in line_of(fields_of(read_page(answer))[0])
