"""免谈说明: what head teachers excused, by school week, for the lead counselor. In the order of time, nobody ranked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from listening.models import Excuse
from listening.words import day_words, span_words
from schools.calendar import SchoolCalendar
from schools.models import School
from schools.permissions import Permission
from students.models import Enrolment, Student

MOST_ROWS = 2000
WITHOUT_TERMS = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class ExcuseRow:
    """One excuse."""

    said: Excuse
    class_name: str

    @property
    def name(self) -> str:
        """Whose check-in it is: a student's, or that of the whole class."""
        return self.said.student.name if self.said.student else "全班"

    @property
    def what(self) -> str:
        """双周倾听，第 11–12 周."""
        return f"{self.said.rule.name}，{self.said.period.words}"

    @property
    def when(self) -> str:
        """11月18日 12:40."""
        return f"{day_words(self.said.on)} {timezone.localtime(self.said.at):%H:%M}"

    @property
    def word(self) -> str:
        """What the lead counselor said of one that came too late."""
        if self.said.allowed_on is None:
            return ""
        who = self.said.allowed_by.name if self.said.allowed_by else "心理组长"
        return f"{who} {day_words(self.said.allowed_on)}同意"

    def address(self, name: str) -> str:
        subject = self.said.student or self.said.school_class
        assert subject is not None
        return reverse(f"listening:{name}", args=[subject.uid, self.said.rule.uid, self.said.period.start])

    @property
    def url(self) -> str:
        """The why-page of what was excused."""
        return self.address("check-in")

    @property
    def allow_url(self) -> str:
        """Where the word for one that waits is said."""
        return self.address("check-in-excuse-allow") if self.said.waits_for_word else ""


@dataclass(frozen=True, slots=True)
class ExcuseWeek:
    """What was said in one school week."""

    title: str  # 第 12 周, or 放假期间 outside the weeks of a term
    days: str  # 11月17日–23日
    rows: list[ExcuseRow]


def excuse_weeks(person: User, school: School, *, at: datetime) -> list[ExcuseWeek]:
    """The running and the last begun term's, the newest week first. A fixed number of queries.

    Of the own child a counselor reads nothing, as everywhere.
    """
    on = timezone.localdate(at)
    calendar = school.calendar()
    reached = Student.objects.visible_to(person, at=at, under=Permission.EXCUSE_REVIEW)
    said = Excuse.objects.filter(
        Q(student__in=reached) | Q(student=None), school=school, on__gte=_since(calendar, on)
    ).by_head_teachers()
    found = list(said.for_review()[:MOST_ROWS])
    names = _class_names(school, found)
    rows = [
        ExcuseRow(one, one.school_class.name if one.school_class else names.get((one.student_id, one.on), ""))
        for one in found
    ]
    weeks = groupby(rows, key=lambda row: _monday(row.said.on))
    return [ExcuseWeek(_title(calendar, monday), _days(monday), list(some)) for monday, some in weeks]


def _since(calendar: SchoolCalendar, on: date) -> date:
    """The first day of the term that began last."""
    return max((term.first_day for term in calendar.terms if term.first_day <= on), default=on - WITHOUT_TERMS)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _title(calendar: SchoolCalendar, monday: date) -> str:
    numbers = (calendar.week_number(monday + timedelta(days=ahead)) for ahead in range(7))
    number = next((number for number in numbers if number is not None), None)
    return f"第 {number} 周" if number else "放假期间"


def _days(monday: date) -> str:
    return span_words(monday, monday + timedelta(days=6))


def _class_names(school: School, said: Sequence[Excuse]) -> dict[tuple[int | None, date], str]:
    """The class of each student on the day on which it was said; one query."""
    about = {one.student_id for one in said if one.student_id}
    if not about:
        return {}
    stays = defaultdict(list)
    rows = Enrolment.objects.filter(school=school, student__in=about).select_related("school_class__grade")
    for row in rows.order_by("valid_from", "pk"):
        stays[row.student_id].append(row)
    return {
        (one.student_id, one.on): stay.school_class.name
        for one in said
        if one.student_id
        for stay in stays[one.student_id]
        if stay.valid_from <= one.on and (stay.valid_to is None or stay.valid_to >= one.on)
    }
