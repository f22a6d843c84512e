"""Two worlds that differ in a child's tier and in what a counselor does alone look the same to everybody else.

The one mark that they see, 需关注, is the same for every tier but the ordinary one and for every label: head teachers
and mentors are shown it, nobody else. Each world is lived in the same school and taken back. Of a counselor's talk
others see the day of the last one, under 最近有人听, and nothing more; so both worlds have one on that day.
"""

import re
from collections import deque
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from openpyxl import load_workbook

from listening import actions as listening
from listening.models import Period, QuotaRule
from listening.quotas import Outcome
from schools.models import School
from schools.roles import Role
from students import actions as students
from students.models import CareLabel, CareTier
from tests.cast import TODAY, Cast, at, make_cast, person, talk
from tests.pages import read_page

SINCE = date(2025, 11, 1)
LAST = date(2025, 11, 17)
NIGHTS = (date(2025, 11, 3), date(2025, 11, 10), TODAY)  # what lies between, one run catches up with
EVERYBODY = ("head_teacher", "teacher", "subject_teacher", "parent", "student", "peer")
Axis = CareTier.Axis
CARE = ("care", "care-propose", "care-label-new", "card", "card-edit")
MARK = '<span class="q-tag">需关注</span>'
Pages = dict[str, tuple[int, str]]
CHANGING = (
    (re.compile(r'(name="(?:csrfmiddlewaretoken|request_key|form_key)" value=")[^"]*'), r"\1"),
    (re.compile(r"/inbox/[0-9a-f-]{36}/"), "/inbox/x/"),
)


@pytest.fixture
def cast(db: None) -> Cast:
    """七年级(1)班 with its people, and a teacher who is neither head teacher nor mentor."""
    cast = make_cast()
    cast.people["subject_teacher"] = person(
        "subject", "孙莉", Role.SUBJECT_TEACHER, cast.school, school_class=cast.class_1
    )
    return cast


def with_rules(cast: Cast, *names: str) -> Cast:
    """The school owes what the plan says, since the first of November."""
    QuotaRule.objects.filter(school=cast.school).delete()
    School.objects.filter(pk=cast.school.pk).update(listening_since=SINCE)
    cast.school.refresh_from_db()
    listening.adopt_presets(cast.school, only=names or None)
    return cast


def a_world(cast: Cast, axis: CareTier.Axis | None, *deeds: Callable[[Cast], object]) -> dict[str, Pages]:
    """Every page of everybody, when two of the class have this tier and the counselor has done these things."""
    point = transaction.savepoint()
    try:
        for child in (cast.lin, cast.ma) if axis else ():
            tier = CareTier.objects.get(school=cast.school, axis=axis)
            students.set_tier(by=cast.counselor, student=child, tier=tier, on=SINCE, at=at(SINCE))
        for day in NIGHTS:
            listening.run_day(cast.school, on=day, at=at(day, 0, 10))
        for deed in deeds:
            deed(cast)
        return {name: pages_of(cast, name) for name in EVERYBODY}
    finally:
        transaction.savepoint_rollback(point)
        transaction.savepoint_commit(point)


def pages_of(cast: Cast, name: str) -> Pages:
    """Whatever links lead to, and what could be guessed: each with its status and its text."""
    client = Client()
    client.force_login(cast.people[name])
    found: Pages = {}
    waiting = deque(["/", *guessed(cast)])
    while waiting:
        url = waiting.popleft()
        if url in found:
            continue
        answer = client.get(url)
        found[url] = answer.status_code, words_of(answer)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            links = (urldefrag(urljoin(url, one.attrs.get("href", ""))).url for one in read_page(answer).all("a"))
            waiting.extend(link for link in links if is_inside(link))
    return found


def words_of(answer: Any) -> str:
    """What a reader gets, without what is new at every look; of a workbook its cells."""
    if "spreadsheet" in answer["Content-Type"]:
        return repr([list(sheet.values) for sheet in load_workbook(BytesIO(answer.getvalue()))])
    text = answer.getvalue().decode(errors="backslashreplace")
    for pattern, instead in CHANGING:
        text = pattern.sub(instead, text)
    return text


def guessed(cast: Cast) -> list[str]:
    """The addresses of both children under every requirement that the plan knows, whether they lead anywhere or not."""
    children = (cast.lin, cast.ma)
    places = [
        (rule.uid, start)
        for rule in QuotaRule.objects.filter(school=cast.school)
        for start in Period.objects.filter(school=cast.school, kind=rule.period).values_list("start", flat=True)
    ]
    return [
        *(reverse("student", args=[one.uid]) for one in children),
        *(f"{reverse('listening:new')}?student={one.uid}" for one in children),
        *(reverse(f"students:{page}", args=[one.uid]) for page in CARE for one in children),
        *(reverse(page) for page in ("care", "care-scheme")),
        *(
            reverse(f"listening:{page}", args=[one.uid, *place])
            for page in ("check-in", "check-in-excuse")
            for one in children
            for place in places
        ),
    ]


def is_inside(url: str) -> bool:
    where = urlsplit(url)
    outside = where.scheme or where.netloc or not where.path.startswith("/")
    if outside or "show=" in where.query:  # a filter shows some of the rows that stand there anyway
        return False
    if where.path.startswith("/accounts/second-factor/"):  # one's own, and a new secret at every look
        return False
    return resolve(where.path).view_name != "account_logout"


def differing(one: dict[str, Pages], other: dict[str, Pages], *, but: str = "") -> list[tuple[str, str, str]]:
    """Who could tell the two apart, where, and by what; `but` is passed over."""
    found = []
    for name in one:
        for url in sorted({*one[name], *other[name]}):
            before, after = without(one[name].get(url), but), without(other[name].get(url), but)
            if before != after:
                found.append((name, url, _first_difference(before, after)))
    return found


def without(page: tuple[int, str] | None, words: str) -> tuple[int, str] | None:
    return page and (page[0], re.sub(rf"\s*{words}\s*", "", page[1]) if words else page[1])


def marks(world: dict[str, Pages], of: Cast) -> dict[str, set[str]]:
    """Who is shown the mark on which student's page or on the board of the class."""
    pages = {reverse("student", args=[of.lin.uid]): "lin", reverse("student", args=[of.ma.uid]): "ma"}
    pages[reverse("listening:board", args=[of.class_1.uid])] = "board"
    found = {name: {pages.get(url, "list") for url in seen if MARK in seen[url][1]} for name, seen in world.items()}
    return {name: where for name, where in found.items() if where}


def _first_difference(before: tuple[int, str] | None, after: tuple[int, str] | None) -> str:
    if before is None or after is None or before[0] != after[0]:
        return f"{before and before[0]} / {after and after[0]}"
    place = next((n for n, pair in enumerate(zip(before[1], after[1], strict=False)) if pair[0] != pair[1]), -1)
    return f"{before[1][max(0, place - 60) : place + 60]} / {after[1][max(0, place - 60) : place + 60]}"


def one_talk(cast: Cast) -> None:
    for child in (cast.lin, cast.ma):
        talk(cast.counselor, child, day=LAST, by_counselor=True)


def many_talks(cast: Cast) -> None:
    """What a counselor's care can leave behind: talks, invitations, short and shared ones, and the last on that day."""
    for child in (cast.lin, cast.ma):
        for n in (4, 5, 6, 10, 12, 13):
            talk(cast.counselor, child, day=date(2025, 11, n), by_counselor=True, note="只有我们知道", minutes=5 * n)
        for outcome in (Outcome.DECLINED, Outcome.ABSENT):
            talk(cast.counselor, child, day=date(2025, 11, 14), by_counselor=True, outcome=outcome)
    talk(cast.counselor, cast.lin, cast.ma, day=date(2025, 11, 11), by_counselor=True)
    one_talk(cast)


def test_tier_alone_tells_nobody_anything(cast: Cast):
    with_rules(cast, "双周倾听", "心理教师每周倾听", "心理教师每月倾听", "同伴倾听")

    ordinary, little, much = (a_world(cast, axis) for axis in (None, Axis.S1, Axis.S3))

    assert differing(little, much) == []
    assert differing(ordinary, much, but=MARK) == []
    assert marks(ordinary, cast) == {}
    assert marks(much, cast) == {"head_teacher": {"lin", "ma", "board", "list"}, "teacher": {"ma", "list"}}


def test_counselors_talks_leave_the_day_of_the_last_one_alone(cast: Cast):
    with_rules(cast, "双周倾听", "心理教师每周倾听", "心理教师每月倾听", "同伴倾听")

    assert differing(a_world(cast, Axis.S1, one_talk), a_world(cast, Axis.S3, many_talks)) == []
    assert differing(a_world(cast, None, one_talk), a_world(cast, None, many_talks)) == []


@pytest.mark.long
def test_requirements_for_several_tiers_do_not_tell_which(cast: Cast):
    with_rules(cast)

    assert differing(a_world(cast, Axis.S1, one_talk), a_world(cast, Axis.S3, many_talks)) == []


def a_card(cast: Cast) -> None:
    for child in (cast.lin, cast.ma):
        students.write_card(
            by=cast.counselor, student=child, text="多请她回答问题", addressed=[cast.teacher], read=0, at=at(LAST)
        )


def much_care(cast: Cast) -> None:
    """What counselors can leave behind: proposals taken up, declined, withdrawn and waiting, and labels."""

    def propose(axis: CareTier.Axis) -> Any:
        tier = CareTier.objects.get(school=cast.school, axis=axis)
        return students.propose(by=cast.counselor, student=child, tier=tier, reason="一", review_on=LAST, at=at(LAST))

    for child in (cast.lin, cast.ma):
        students.confirm_tier(by=cast.counselor, proposal=propose(Axis.S3), at=at(LAST))
        students.withdraw(by=cast.counselor, proposal=propose(Axis.S2), at=at(LAST))
        students.decline(by=cast.counselor2, proposal=propose(Axis.S0), at=at(LAST))
        students.confirm_tier(by=cast.counselor2, proposal=propose(Axis.S2), at=at(LAST))
        propose(Axis.S3)
        for label in CareLabel.objects.filter(school=cast.school)[:2]:
            students.give_label(by=cast.counselor, student=child, label=label, reason="一", at=at(LAST))
    listening.settle_changes(cast.school, on=TODAY, at=at(TODAY))


@pytest.mark.long
def test_care_that_counselors_keep_leaves_no_trace_with_anybody_else(cast: Cast):
    with_rules(cast, "双周倾听", "心理教师每周倾听", "心理教师每月倾听", "同伴倾听")

    quiet = a_world(cast, Axis.S2)

    assert differing(quiet, a_world(cast, Axis.S2, much_care)) == []
    assert differing(a_world(cast, None), quiet, but=MARK) == []


@pytest.mark.long
def test_card_reads_the_same_whatever_the_tier(cast: Cast):
    with_rules(cast, "双周倾听", "心理教师每周倾听", "心理教师每月倾听", "同伴倾听")
    plain, cared_for = a_world(cast, Axis.S1, a_card), a_world(cast, Axis.S3, a_card, much_care)

    assert differing(plain, cared_for) == []
    assert plain["head_teacher"][reverse("students:card", args=[cast.lin.uid])][0] == 200
