"""Terms and the days that differ from Monday to Friday."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods

from accounts.access import Request
from schools import actions
from schools.calendar import SchoolCalendar
from schools.forms import DayForm, TermForm, next_term
from schools.models import CalendarDay, School, Term
from schools.permissions import Permission, allow, schools_of
from schools.views.frame import frame, school_of


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term with what follows from its days."""

    term: Term
    weeks: int
    school_days: int
    week_now: int | None
    is_now: bool


@require_http_methods(["GET"])
@allow(Permission.SCHOOL_VIEW)
def terms(request: Request) -> HttpResponse:
    """The terms, the newest first, each with its weeks."""
    school = school_of(request, Permission.SCHOOL_VIEW)
    today = timezone.localdate(request.at)
    calendar = school.calendar()
    rows = [_row(term, calendar, on=today) for term in school.terms.order_by("-first_day", "pk")]
    return render(request, "schools/terms.html", frame(request, school, "schools:terms") | {"rows": rows})


def _row(term: Term, calendar: SchoolCalendar, *, on: date) -> TermRow:
    days = next(one for one in calendar.terms if one.key == str(term.pk))
    return TermRow(
        term=term,
        weeks=len(calendar.weeks(days)),
        school_days=len(calendar.school_days(term.first_day, term.last_day)),
        week_now=calendar.week_number(on) if days.holds(on) else None,
        is_now=days.holds(on),
    )


@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT)
def term_new(request: Request) -> HttpResponse:
    """Enter a term; its name and school year are guessed from the last one."""
    school = school_of(request, Permission.SCHOOL_EDIT)
    name, year = next_term(school.terms.last(), on=timezone.localdate(request.at))
    return _term_page(request, Term(school=school, name=name, year=year))


@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT, of="term")
def term_edit(request: Request, uid: UUID) -> HttpResponse:
    """Correct a term."""
    schools = schools_of(request.user, Permission.SCHOOL_EDIT, at=request.at)
    return _term_page(request, get_object_or_404(Term.objects.select_related("school"), uid=uid, school__in=schools))


def _term_page(request: Request, term: Term) -> HttpResponse:
    form = TermForm(request.POST or None, instance=term)
    if form.is_valid():
        try:
            actions.save_term(by=request.user, term=form.instance, at=request.at)
        except actions.Overlaps:
            form.add_error("first_day", "这段时间和另一个学期重叠了。两个学期不能共有一天，改一改日期。")
        else:
            messages.success(request, f"{term.name}保存好了。")
            return redirect("schools:terms")
    context = frame(request, term.school, "schools:terms") | {"form": form, "is_new": term.pk is None}
    return render(request, "schools/term_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET"])
@allow(Permission.SCHOOL_VIEW)
def calendar(request: Request) -> HttpResponse:
    """The days of each term that differ from Monday to Friday, and the years of which nobody knows them."""
    school = school_of(request, Permission.SCHOOL_VIEW)
    found = list(school.terms.order_by("-first_day", "pk"))
    days = list(school.calendar_days.all())
    blocks = [(term, [day for day in days if term.first_day <= day.day <= term.last_day]) for term in found]
    context = {"blocks": blocks, "missing": actions.years_without_days(school, _years(found, request))}
    return render(request, "schools/calendar.html", frame(request, school, "schools:calendar") | context)


def _years(terms: list[Term], request: Request) -> list[int]:
    years = {timezone.localdate(request.at).year}
    for term in terms:
        years |= {term.first_day.year, term.last_day.year}
    return sorted(years)


@require_http_methods(["GET", "POST"])
@allow(Permission.SCHOOL_EDIT)
def day(request: Request) -> HttpResponse:
    """Say of one day whether there is school."""
    school = school_of(request, Permission.SCHOOL_EDIT)
    form = DayForm(request.POST or None, terms=school.terms.all(), initial=_known(school, request.GET.get("day", "")))
    if form.is_valid():
        actions.set_day(
            by=request.user,
            school=school,
            day=form.cleaned_data["day"],
            is_school_day=form.is_school_day,
            note=form.cleaned_data["note"],
            at=request.at,
        )
        changed = form.cleaned_data["day"]
        messages.success(request, f"{changed.month}月{changed.day}日改好了，相关的应谈会跟着算。")
        return redirect("schools:calendar")
    context = frame(request, school, "schools:calendar") | {"form": form}
    return render(request, "schools/day_form.html", context, status=422 if form.errors else 200)


def _known(school: School, text: str) -> dict[str, object]:
    """What is known of the day in the address, to begin with."""
    try:
        wanted = parse_date(text)
    except ValueError:
        wanted = None
    if wanted is None:
        return {}
    known = CalendarDay.objects.filter(school=school, day=wanted).first()
    if known is None:
        return {"day": wanted}
    return {"day": wanted, "kind": DayForm.SCHOOL if known.is_school_day else DayForm.OFF, "note": known.note}
