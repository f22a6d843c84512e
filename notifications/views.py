"""The inbox: what a person was told, own rows only."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.access import Request
from notifications import actions
from notifications.models import InboxItem
from schools.permissions import Permission, allow

PAGE = 20
MOST = 400


@require_http_methods(["GET"])
@allow(Permission.INBOX_VIEW)
def inbox(request: Request) -> HttpResponse:
    """The newest first; 再看 shows twenty more."""
    shown = _shown(request.GET.get("shown", ""))
    items = list(InboxItem.objects.of(request.user).newest()[: shown + 1])
    context = {
        "items": items[:shown],
        "more": min(shown + PAGE, MOST) if len(items) > shown < MOST else 0,
        "next": PAGE,
    }
    return render(request, "notifications/inbox.html", context)


def _shown(text: str) -> int:
    """How many rows: what the address asks for, within reason."""
    return min(max(int(text), PAGE), MOST) if text.isascii() and text.isdigit() and len(text) < 5 else PAGE


@require_http_methods(["POST"])
@allow(Permission.INBOX_VIEW, of="message")
def read(request: Request, uid: UUID) -> HttpResponse:
    """Mark one as read and go where it leads."""
    item = get_object_or_404(InboxItem.objects.of(request.user), uid=uid)
    actions.mark_read(item, at=request.at)
    leads_inside = item.path.startswith("/") and url_has_allowed_host_and_scheme(item.path, allowed_hosts=None)
    return redirect(item.path if leads_inside else "notifications:inbox")
