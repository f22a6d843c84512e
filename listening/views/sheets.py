"""整班录入: a whole class on one page, one save."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Request
from listening import actions
from listening.forms.sheets import SheetForm
from listening.late import NEEDS_A_WORD, earliest_day, waits_for_word
from listening.sheet import Row, is_counselor, rows_of, save
from listening.views.talks import reader_words
from listening.words import day_words
from schools.models import SchoolClass
from schools.permissions import Permission, allow
from students import drafts, notes
from students.classes import classes_visible_to, reaches_class


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CONVERSATION_CREATE, of="class")
def sheet(request: Request, school_class: UUID) -> HttpResponse:
    """Tick who was heard; every tick becomes a talk of its own. One wrong row does not hold up the others."""
    seen = classes_visible_to(request.user, at=request.at, under=Permission.CONVERSATION_CREATE)
    klass = get_object_or_404(seen, uid=school_class)
    today = timezone.localdate(request.at)
    actions.settle_changes(klass.school, on=today, at=request.at)
    sent = request.POST if request.method == "POST" else None
    form = SheetForm(sent, today=today, earliest=earliest_day(klass.school, today=today))
    rows = rows_of(klass, request.user, on=today, at=request.at, sent=sent)
    saved: list[Row] = []
    if form.is_valid():
        saved = save(rows, form.cleaned_data, by=request.user, at=request.at)
        wrong = [row for row in rows if row.is_wrong]
        if saved and not wrong:
            with drafts.saving(request, "sheet", klass.uid):  # last: what stopped in between is sent again, once each
                pass
            return _saved(request, klass, saved)
        if not saved and not wrong:
            form.add_error(None, "还没有勾选同学。在聊过的同学前面打勾，再保存。")
    context = {
        "klass": klass,
        "form": form,
        "rows": rows,
        "wrong": [row for row in rows if row.is_wrong],
        "saved": len(saved),
        "readers": _readers(request, klass, rows),
        "is_counselor": is_counselor(request.user, klass.school, at=request.at),
    }
    return render(request, "listening/sheet.html", context, status=422 if sent is not None else 200)


def _saved(request: Request, klass: SchoolClass, saved: list[Row]) -> HttpResponseRedirect:
    fresh = [row.talk for row in saved if row.talk and not row.stood]
    if fresh:
        messages.success(request, f"已保存 {len(fresh)} 位，{day_words(fresh[0].day)}。")
    if len(fresh) < len(saved):
        messages.info(request, f"有 {len(saved) - len(fresh)} 位刚才已经保存过，没有重复记。")
    if any(waits_for_word(talk) for talk in fresh):
        messages.warning(request, NEEDS_A_WORD)
    if reaches_class(request.user, klass, Permission.BOARD_VIEW, at=request.at):
        return redirect("listening:board", klass.uid)
    return redirect("listening:list")


def _readers(request: Request, klass: SchoolClass, rows: list[Row]) -> str:
    """谁能看到, from the rule that guards the reading."""
    counseling = is_counselor(request.user, klass.school, at=request.at)
    kind = notes.Text.COUNSELING_NOTE if counseling else notes.Text.WORK_NOTE
    students = [row.student for row in rows if row.student]
    seen_by = dict.fromkeys(
        notes.readers(kind, author=request.user, school=klass.school, students=students, at=request.at)
    )
    for one in notes.counselors_in_charge(klass.school, students, at=request.at):
        if one not in seen_by and any(not notes.is_relative(one, [student]) for student in students):
            seen_by[one] = None  # a relative of one child reads the notes of the others
    return reader_words(list(seen_by), author=request.user)
