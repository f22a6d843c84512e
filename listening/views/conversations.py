"""One talk as it stands, and its note: read, edited by its writer for 48 hours, then added to."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request, fresh
from listening import actions
from listening.actions.notes import EDITED_FOR
from listening.forms import AddendumForm, NoteForm
from listening.history import Change, changes_of
from listening.late import waits_for_word
from listening.models import Addendum, Conversation, NoteEdition
from listening.models.conversations import ConversationQuerySet
from listening.quotas import Hat
from listening.views.talks import reader_words
from listening.words import day_words, long_day
from privacy.keyring import Place
from schools.permissions import Permission, allow
from students import drafts, notes
from students.models import Student

NOTE_CLOSED = "已过 48 小时，原来的记录不能再改。下面的话可以作为补充保存。"
NOTE_DAMAGED = "原来的记录现在打不开，原样保存着，所以不能改。下面的话可以作为补充保存。"
NOTE_CHANGED = "这段记录刚才在别处改过。请看一看现在的内容，再决定怎么保存。"


def talks_seen(request: Request) -> ConversationQuerySet:
    """The talks that this person may open now."""
    seen = Conversation.objects.visible_to(request.user, at=request.at)
    return seen.select_related("school", "listener", "recorded_by").prefetch_related("about")


def students_seen(request: Request, students: Sequence[Student]) -> list[Student]:
    """Those of these students whom this person may see in a talk."""
    reached = Student.objects.visible_to(request.user, at=request.at, under=Permission.CONVERSATION_OWN)
    known = set(reached.filter(pk__in=[one.pk for one in students]))
    return [one for one in students if one in known]


def note_kind(talk: Conversation) -> notes.Text:
    if talk.hat == Hat.PEER:
        return notes.Text.PEER_NOTE
    return notes.Text.COUNSELING_NOTE if talk.by_counselor else notes.Text.WORK_NOTE


def opened(request: Request, talk: Conversation, sealed: bytes | None, place: Place) -> notes.Opened | None:
    """A text of this talk for whoever may read it, with a row in the trail; None for all others."""
    try:
        return notes.open_note(
            sealed,
            by=request.user,
            kind=note_kind(talk),
            place=place,
            author=talk.recorded_by,
            school=talk.school,
            students=list(talk.about.all()),
            at=request.at,
        )
    except notes.NotForYou:
        return None


@dataclass(frozen=True, slots=True)
class Added:
    """One addendum, opened."""

    when: str
    note: notes.Opened


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier edition, opened; until when it stood."""

    number: int
    until: str
    note: notes.Opened


@require_safe
@allow(Permission.CONVERSATION_OWN, of="conversation")
@fresh
def conversation(request: Request, conversation: UUID) -> HttpResponse:
    """One talk; its note and what was added for those who may read them, with a row in the trail for each."""
    talk = get_object_or_404(talks_seen(request).standing_or_of(request.user), uid=conversation)
    students = list(talk.about.all())
    shown = students_seen(request, students)
    context = {
        "talk": talk,
        "students": shown,
        "more": len(students) - len(shown),
        "topics": list(talk.topics.all()),
        "day": long_day(talk.day),
        "title": f"一次{talk.get_kind_display()}",
        "sub": long_day(talk.day),
        "changes": changes_of(talk),
    }
    if talk.deleted_at is None:
        context |= _texts(request, talk) | _steps(request, talk)
    return render(request, "listening/conversation.html", context)


def _texts(request: Request, talk: Conversation) -> dict[str, object]:
    """The note and its addenda, for readers; for others that there is one."""
    addenda = list(talk.addenda.select_related("conversation__school"))
    note = opened(request, talk, talk.note, talk.note_place) if talk.note is not None else None
    added = [
        Added(_moment(one), text)
        for one in addenda
        if (text := opened(request, talk, bytes(one.note), one.note_place)) is not None
    ]
    reads = note is not None or bool(added)
    return {
        "note": note,
        "added": added,
        "has_note": not reads and (talk.note is not None or bool(addenda)),
        "editions": talk.note_editions.count() if _may_read(request, talk) else 0,
    }


def _moment(one: Addendum) -> str:
    local = timezone.localtime(one.at)
    return f"{day_words(local.date())} {local:%H:%M}"


def _may_read(request: Request, talk: Conversation) -> bool:
    return notes.may_read(
        request.user, note_kind(talk), author=talk.recorded_by, school=talk.school, students=list(talk.about.all()),
        at=request.at,
    )  # fmt: skip


def _steps(request: Request, talk: Conversation) -> dict[str, object]:
    """What this person may do with it."""
    person = request.user
    lead_for = Student.objects.visible_to(person, at=request.at, under=Permission.LATE_ALLOW)
    late = waits_for_word(talk)
    return {
        "is_writer": talk.recorded_by == person,
        "may_edit_note": actions.may_edit_note(person, talk, at=request.at),
        "may_correct": person in (talk.recorded_by, talk.listener),
        "waits": late,
        "may_allow": late and lead_for.filter(pk__in=[one.pk for one in talk.about.all()]).exists(),
        "late_words": list(talk.late_words.select_related("by")),
    }


@require_safe
@allow(Permission.CONVERSATION_OWN, of="conversation")
@fresh
def note_editions(request: Request, conversation: UUID) -> HttpResponse:
    """以前的稿子: for whoever may read the note, each with a row in the trail."""
    talk = get_object_or_404(talks_seen(request).standing(), uid=conversation)
    if not _may_read(request, talk):
        raise Http404
    rows = NoteEdition.objects.filter(conversation=talk).select_related("conversation__school")
    texts = [(row, opened(request, talk, bytes(row.note), row.note_place)) for row in rows]
    editions = [
        Earlier(number, Change(row.replaced_at, "", "").when, text)
        for number, (row, text) in zip(range(len(texts), 0, -1), texts, strict=True)
        if text is not None
    ]
    return render(request, "listening/note_editions.html", {"talk": talk, "editions": editions})


def _own(request: Request, conversation: UUID) -> Conversation:
    """A standing talk that this person wrote down."""
    return get_object_or_404(talks_seen(request).standing().written_by(request.user), uid=conversation)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CONVERSATION_OWN, of="conversation")
@fresh
def note(request: Request, conversation: UUID) -> HttpResponse:
    """The writer edits the note; when the 48 hours are over, what was typed is offered as an addendum."""
    talk = _own(request, conversation)
    form = NoteForm(request.POST or None)
    if not actions.may_edit_note(request.user, talk, at=request.at):
        return _add_instead(request, talk, form, why=NOTE_CLOSED)
    now = opened(request, talk, talk.note, talk.note_place)
    if now is None or now.is_damaged:  # what cannot be read is not to be replaced unread
        return _add_instead(request, talk, form, why=NOTE_DAMAGED)
    if form.is_valid():
        if form.cleaned_data["edition"] < talk.note_edition and form.cleaned_data["note"].strip() == now.text:
            return redirect("listening:conversation", talk.uid)  # sent twice: the first one stands
        try:
            with drafts.saving(request, "note", talk.uid):
                actions.edit_note(
                    by=request.user,
                    talk=talk,
                    note=form.cleaned_data["note"],
                    edition=form.cleaned_data["edition"],
                    at=request.at,
                )
        except actions.NoteChanged:
            form = NoteForm({"note": form.cleaned_data["note"], "edition": talk.note_edition})
            form.add_error(None, NOTE_CHANGED)
        except actions.NoteClosed:
            return _add_instead(request, talk, form, why=NOTE_CLOSED)
        else:
            messages.success(request, "已保存。原来的一稿还在。")
            return redirect("listening:conversation", talk.uid)
    elif not form.is_bound:
        form = NoteForm(initial={"note": now.text, "edition": talk.note_edition})
    context = {
        **_page(request, talk, form),
        "stands": now.text if form.non_field_errors() else "",
        "until": Change(talk.recorded_at + EDITED_FOR, "", "").when,
    }
    return render(request, "listening/note.html", context, status=422 if form.errors else 200)


def _add_instead(request: Request, talk: Conversation, form: NoteForm, *, why: str) -> HttpResponse:
    """The note stays as it is: what was typed is offered as an addendum."""
    if not form.is_bound:
        return redirect("listening:note-add", talk.uid)
    offered = AddendumForm(initial={"note": form.data.get("note", "")})
    context = {**_page(request, talk, offered), "closed": why, "note_tab": form.data.get("draft_tab", "")}
    return render(request, "listening/note_add.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.CONVERSATION_OWN, of="conversation")
def note_add(request: Request, conversation: UUID) -> HttpResponse:
    """The writer adds to the note."""
    talk = _own(request, conversation)
    form = AddendumForm(request.POST or None)
    if form.is_valid():
        with (
            drafts.saving(request, "addendum", talk.uid),
            drafts.saving(request, "note", talk.uid, field="note_tab"),
        ):
            actions.add_to_note(
                by=request.user,
                talk=talk,
                note=form.cleaned_data["note"],
                at=request.at,
                request_key=form.cleaned_data["request_key"],
            )
        messages.success(request, "已补充。")
        return redirect("listening:conversation", talk.uid)
    context = {**_page(request, talk, form), "closed": ""}
    return render(request, "listening/note_add.html", context, status=422 if form.errors else 200)


def _page(request: Request, talk: Conversation, form: NoteForm | AddendumForm) -> dict[str, object]:
    """What both forms show: which talk it is, and who will be able to read the words."""
    students = list(talk.about.all())
    seen_by = notes.readers(
        note_kind(talk), author=talk.recorded_by, school=talk.school, students=students, at=request.at
    )
    names = "、".join(one.name for one in students_seen(request, students))
    return {
        "talk": talk,
        "form": form,
        "sub": f"{names} · {long_day(talk.day)}",
        "readers": reader_words(seen_by, author=request.user),
    }
