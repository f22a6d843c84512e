"""Every figure that a viewer may open equals the number of rows of the list that it opens, for every role.

In the pages, `data-figure` stands on a link or on the head of a fold, `data-row` on each row of a list. Where a page
has several lists the rows name theirs, and the figure names the one it means in `data-figure-list`.
"""

import re
from collections import deque
from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import resolve

from accounts.models import User
from accounts.personas import PERSONAS
from demo import county
from demo.scale import SMALL
from listening import actions as listening
from listening.models import CheckIn, QuotaRule
from listening.quotas import Kind
from notifications.models import InboxItem
from referrals import actions as referrals
from referrals.models import Source
from schools.calendar import PeriodKind
from schools.models import Membership, School
from schools.roles import Role
from students import actions as students
from students.models import CareTier, Student
from tests.cast import NOW, TODAY, at
from tests.pages import Element, read_page

DUE = date(2025, 11, 28)  # a Friday; the fortnight runs until Sunday
SATURDAY = date(2025, 11, 29)
# One of each role; the other leaders and the second parent see the same.
PEOPLE = [one.username for one in PERSONAS if one.username not in ("moral", "viceprincipal", "parent2")]
WHO_HEARS_OF_MISSED = ("counselor", "headteacher", "headteacher2", "teacher", "gradehead", "principal")
WHO_OPENS_MISSED = ("counselor", "headteacher", "gradehead", "principal")
NOT_FOLLOWED = {"account_logout", "healthz", "readyz"}


@pytest.fixture
def school(db: None) -> School:
    """The small county on a school day, its first school with more requirements than one."""
    county.seed(TODAY, scale=SMALL)
    school = School.objects.get(name="清江中学")
    teachers = [Role.HEAD_TEACHER, Role.SUBJECT_TEACHER, Role.MENTOR]
    cared_for = list(CareTier.objects.filter(school=school).exclude(axis=CareTier.Axis.S0))
    month, running = date(2025, 11, 1), date(2025, 11, 17)
    for order, name, period, since, roles, tiers, more in (
        (10, "心理教师每周倾听", PeriodKind.WEEK, running, [Role.COUNSELOR], cared_for, {"for_counselors": True}),
        (40, "科任倾听", PeriodKind.FORTNIGHT, running, [Role.SUBJECT_TEACHER], [], {}),
        (50, "谈心谈话", PeriodKind.MONTH, month, teachers, cared_for, {"minimum": 2}),
        (60, "家长沟通", PeriodKind.MONTH, month, teachers[:1], cared_for, {"kind": Kind.CONTACT, "minutes": 0}),
    ):
        rule = QuotaRule.objects.create(
            school=school, order=order, name=name, period=period, valid_from=since, roles=roles, **more
        )
        rule.tiers.set(tiers)
    listening.run_day(school, on=TODAY, at=NOW)
    _and_what_a_day_brings(school)
    return school


def _and_what_a_day_brings(school: School) -> None:
    """Concerns, a note put right, a class without a head teacher, and staff whose own child is in the school."""
    names = ("headteacher", "teacher", "peer", "counselor", "gradehead")
    people = {name: User.objects.get(username=name) for name in names}
    pupils = list(Student.objects.filter(school=school, number__startswith="70").order_by("number"))
    for n, name in enumerate(("headteacher", "headteacher", "peer")):
        referrals.raise_concern(by=people[name], student=pupils[20 + n], at=NOW, source=Source.TALK, words="请看看。")
    talk = listening.log_conversation(by=people["headteacher"], students=[pupils[25]], day=TODAY, at=NOW, note="一")
    for words in ("二", "三"):
        talk = listening.edit_note(by=people["headteacher"], talk=talk, note=words, edition=talk.note_edition, at=NOW)
    Membership.objects.filter(school=school, role=Role.HEAD_TEACHER, school_class__grade__number=8).first().delete()
    for name, pupil in (
        ("counselor", pupils[35]),
        ("gradehead", pupils[36]),
        ("headteacher", _of_the_class(people["headteacher"])),
        ("teacher", _paired_with(people["teacher"])),
    ):
        students.link_guardian(by=None, student=pupil, name=people[name].name, user=people[name], since=TODAY, at=NOW)


def _of_the_class(teacher: User) -> Student:
    """The last in the register of the class that this teacher leads: nobody has listened to this child yet."""
    led = Membership.objects.get(user=teacher, role=Role.HEAD_TEACHER).school_class
    owed = CheckIn.objects.filter(school_class=led, rule__name="双周倾听").due()
    return Student.objects.filter(pk__in=owed.values("student")).order_by("number").last()


def _paired_with(teacher: User) -> Student:
    """The last of this mentor's students of whom nobody was told yet: a message once written stays."""
    told_of = CheckIn.objects.missed().values("student")
    return Student.objects.filter(mentors__teacher=teacher).exclude(pk__in=told_of).order_by("number").last()


@pytest.fixture
def saturday(school: School) -> Iterator[School]:
    """The same when the fortnight is over, and some were missed in it."""
    with time_machine.travel(at(SATURDAY), tick=False):
        listening.run_day(school, on=SATURDAY, at=at(SATURDAY, 0, 10))
        yield school


def put_right(school: School) -> None:
    """Of those who were missed one had a talk that was typed in late, another is excused."""
    missed = CheckIn.objects.filter(school=school, rule__name="双周倾听", period__due=DUE).missed()
    first, second = missed.filter(student__number__startswith="702").order_by("student__number")[:2]
    head = User.objects.get(memberships__role=Role.HEAD_TEACHER, memberships__school_class=first.school_class)
    listening.log_conversation(by=head, students=[first.student], day=DUE, at=at(SATURDAY))
    listening.excuse(
        by=head, rule=second.rule, period=second.period, student=second.student, why="住院", at=at(SATURDAY)
    )


def figures_that_differ(username: str) -> list[tuple[str, str, str, int, int]]:
    """Follow this person from 今日 through every kind of page; compare each figure with what it opens."""
    client = Client()
    client.force_login(User.objects.get(username=username))
    wrong, opened = [], {}

    def page(url: str) -> Element | None:
        if url not in opened:
            answer = client.get(url)
            assert answer.status_code in (200, 302), (username, url, answer.status_code)
            is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
            opened[url] = read_page(answer) if is_page else None
        return opened[url]

    seen, waiting = {_shape("/")}, deque(["/"])
    while waiting:
        url = waiting.popleft()
        found = page(url)
        for one in found.walk() if found else ():
            target = one.attrs.get("href", "") if one.tag == "a" else ""
            if "data-figure" in one.attrs:
                figure = int(one.attrs["data-figure"])
                rows = rows_behind(one, urljoin(url, target), page)
                if figure == 0 or figure != rows:
                    wrong.append((username, url, target or one.text, figure, rows))
            there = urldefrag(urljoin(url, target)).url
            if (way := _shape(there)) and way not in seen:
                seen.add(way)
                waiting.append(there)
    return wrong


def _shape(url: str) -> tuple[str, ...] | None:
    """What kind of page this is; None for what lies outside or would end the visit."""
    where = urlsplit(url)
    if where.scheme or where.netloc or not where.path.startswith("/"):
        return None
    name = resolve(where.path).view_name
    return None if name in NOT_FOLLOWED else (name, *sorted(parse_qs(where.query)))


def rows_behind(figure: Element, url: str, page) -> int:
    """How many rows of the list meant stand behind the link or in the fold, on all its leaves."""
    name = figure.attrs.get("data-figure-list", "")
    if figure.tag != "a":
        assert figure.tag == "summary", f"a figure that opens nothing: {figure.text}"
        return _count(figure.parent, name) - sum(_count(fold, name) for fold in _folds_within(figure.parent))
    total, leaf = 0, url
    while leaf:
        found = page(leaf)
        total += _count(found, name)
        leaf = next((urljoin(leaf, one.attrs["href"]) for one in found.all("a") if one.text == "下一页"), "")
    return total


def _folds_within(fold: Element) -> list[Element]:
    return [one for one in fold.all("details") if one is not fold]


def _count(part: Element, name: str) -> int:
    return sum(one.attrs["data-row"] == name for one in part.rows)


def inbox_that_differs(username: str) -> list[tuple[str, str, int]]:
    """还有 n 位, as an unread message says it, against the list to which it leads.

    What a class owes as a whole leads to its reason, which is no list.
    """
    client = Client()
    client.force_login(User.objects.get(username=username))
    wrong = []
    for item in InboxItem.objects.filter(to__username=username, key__startswith="missed:"):
        said = re.search(r"还有 (\d+) (位|个班)", item.text)
        assert said, item.text
        if said[2] == "个班":
            continue
        rows = len(read_page(client.get(item.path)).rows)
        if int(said[1]) != rows:
            wrong.append((username, item.text, rows))
    return wrong


def test_figures_of_a_school_day(school: School):
    assert [one for name in PEOPLE for one in figures_that_differ(name)] == []


def test_messages_when_the_fortnight_is_over(saturday: School):
    assert [one for name in WHO_HEARS_OF_MISSED for one in inbox_that_differs(name)] == []


@pytest.mark.long
def test_figures_when_some_were_missed(saturday: School):
    put_right(saturday)

    assert [one for name in WHO_OPENS_MISSED for one in figures_that_differ(name)] == []
