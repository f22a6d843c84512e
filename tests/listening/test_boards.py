"""The class board: what stands in its cells, and the list of the missed ones behind its figures."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from django.urls import reverse

from listening import actions
from listening.boards import board
from listening.models import CheckIn, QuotaRule
from listening.quotas import Hat, Kind, Outcome, Status
from listening.views import misses
from schools.calendar import PeriodKind
from schools.roles import Role
from students.models import Student
from tests.cast import FORTNIGHT, NOW, TODAY, person, student, talk
from tests.pages import read_page


def cell(cast, child, name="双周倾听", who=None):
    shown = board(cast.class_1, who or cast.head_teacher, day=TODAY, at=NOW)
    at = [column.rule.name for column in shown.columns].index(name)
    return next(row.cells[at] for row in shown.rows if row.student == child)


def test_met_cell_names_day_and_listener_of_the_latest_talk_that_counted(cast):
    for day in (FORTNIGHT, TODAY - timedelta(days=3)):
        talk(cast.head_teacher, cast.lin, day=day)

    assert (cell(cast, cast.lin).kind, cell(cast, cast.lin).small) == ("met", "11月15日 刘敏")


@pytest.mark.parametrize(
    "more",
    [
        {"minutes": 5},
        {"outcome": Outcome.DECLINED},
        {"by": "stranger"},
        {"others": 5},
    ],
)
def test_met_cell_does_not_name_a_later_talk_that_did_not_count(cast, more):
    crowd = [student(f"同学{n}", cast.class_1, since=cast.school.listening_since) for n in range(more.pop("others", 0))]
    by = cast.head_teacher
    if more.pop("by", ""):
        by = person("elsewhere", "周宁", Role.SUBJECT_TEACHER, cast.school, school_class=cast.class_2)
    talk(cast.head_teacher, cast.lin, day=FORTNIGHT)
    talk(by, cast.lin, *crowd, day=TODAY, **more)

    assert (cell(cast, cast.lin).kind, cell(cast, cast.lin).small) == ("met", "11月10日 刘敏")


def test_met_cell_of_a_talk_with_parents_says_that_they_were_reached(cast):
    QuotaRule.objects.create(
        school=cast.school, order=60, name="家长沟通", period=PeriodKind.WEEK, roles=[Role.HEAD_TEACHER],
        kind=Kind.CONTACT, minutes=0,
    )  # fmt: skip
    actions.open_periods(cast.school, on=TODAY, at=NOW)
    talk(cast.head_teacher, cast.lin, kind=Kind.CONTACT)

    assert cell(cast, cast.lin, "家长沟通")[:4] == ("met", "已联系", "", "11月18日 刘敏")


def test_grade_head_reads_states_without_their_reasons(cast):
    head = person("grade", "何年", Role.GRADE_HEAD, cast.school, grade=cast.class_1.grade)

    assert (cell(cast, cast.lin).url != "", cell(cast, cast.lin, who=head).url) == (True, "")


def test_last_talk_of_peers_is_not_somebody_older(cast):
    line = talk(cast.head_teacher, cast.lin, day=FORTNIGHT)
    later = talk(cast.head_teacher, cast.lin, day=TODAY)
    type(later).objects.filter(pk=later.pk).update(hat=Hat.PEER)

    row = next(row for row in board(cast.class_1, cast.head_teacher, day=TODAY, at=NOW).rows if row.student == cast.lin)

    assert row.last.day == line.day


def test_pages_of_the_missed_have_as_many_rows_as_the_sum_says(cast, as_person, monkeypatch):
    monkeypatch.setattr(misses, "MISSED", replace(misses.MISSED, per_page=2))
    for n in range(3):
        student(f"同学{n}", cast.class_1, since=cast.school.listening_since)
    actions.settle_changes(cast.school, on=TODAY, at=NOW)
    CheckIn.objects.filter(school_class=cast.class_1).update(status=Status.MISSED)
    client, url, rows = as_person(cast.head_teacher), reverse("listening:missed"), []

    while url:
        answer = client.get(url)
        page = read_page(answer)
        rows.append(len(page.rows))
        said = f"共 {Student.objects.filter(enrolments__school_class=cast.class_1).count()} 次"
        assert said in answer.content.decode()
        url = next((urljoin(url, one.attrs["href"]) for one in page.all("a") if one.text == "下一页"), "")

    assert (rows[:-1], sum(rows)) == ([2] * (len(rows) - 1), CheckIn.objects.filter(school_class=cast.class_1).count())
