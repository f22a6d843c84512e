"""The notes of one student in a 紧急查看, once a second person has agreed. One note a page, each with its trail row."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Request, fresh
from listening.models import Addendum, Conversation
from listening.models.conversations import ConversationQuerySet, ConversationStudent
from listening.quotas import Hat
from listening.views.conversations import Added, note_kind
from listening.words import day_words
from privacy.keyring import Place
from schools.permissions import Permission, allow
from students import notes
from students.glass import standing_of
from students.models import BreakGlass

MOST = 100  # the newest; an hour reads no more


@require_safe
@allow(Permission.GLASS_OPEN, of="glass")
@fresh
def glass(request: Request, glass: UUID) -> HttpResponse:
    """Which notes there are: the days, by whom. No note is opened here."""
    found = _open(request, glass)
    talks = _with_notes(found).select_related("listener").newest()
    context = {
        "glass": found,
        "talks": talks.exclude(_together(found))[:MOST],
        "together": talks.filter(_together(found)).count(),
    }
    return render(request, "listening/glass.html", context)


@require_safe
@allow(Permission.GLASS_OPEN, of="glass")
@fresh
def glass_note(request: Request, glass: UUID, conversation: UUID) -> HttpResponse:
    """One note with what was added to it."""
    found = _open(request, glass)
    rows = _with_notes(found).exclude(_together(found)).select_related("school", "listener", "recorded_by")
    talk = get_object_or_404(rows, uid=conversation)
    added = [
        Added(_moment(one), _opened(request, found, talk, bytes(one.note), one.note_place))
        for one in talk.addenda.select_related("conversation__school")
    ]
    note = _opened(request, found, talk, talk.note, talk.note_place) if talk.note is not None else None
    context = {"glass": found, "talk": talk, "note": note, "added": added}
    return render(request, "listening/glass_note.html", context)


def _open(request: Request, uid: UUID) -> BreakGlass:
    """The person's own, as long as it opens notes; else the page that does not exist."""
    standing = standing_of(request.user, at=request.at)
    if standing is None or standing.uid != uid or not standing.opens_notes(at=request.at):
        raise Http404
    return standing


def _with_notes(glass: BreakGlass) -> ConversationQuerySet:
    """Talks of the staff about the student that have a note."""
    mine = ConversationStudent.objects.filter(student=glass.student_id).values("conversation")
    added = Exists(Addendum.objects.filter(conversation=OuterRef("pk")))
    rows = Conversation.objects.standing().filter(school=glass.school_id, pk__in=mine).exclude(hat=Hat.PEER)
    return rows.filter(Q(note__isnull=False) | added)


def _together(glass: BreakGlass) -> Q:
    """Talks that are about other students, too."""
    others = ConversationStudent.objects.filter(conversation=OuterRef("pk")).exclude(student=glass.student_id)
    return Q(Exists(others))


def _opened(request: Request, glass: BreakGlass, talk: Conversation, sealed: bytes, place: Place) -> notes.Opened:
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
            glass=glass,
        )
    except notes.NotForYou:
        raise Http404 from None


def _moment(one: Addendum) -> str:
    local = timezone.localtime(one.at)
    return f"{day_words(local.date())} {local:%H:%M}"
