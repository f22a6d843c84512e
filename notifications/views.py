"""The inbox: what a person was told, own rows only."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.access import Request
from notifications import actions
from notifications.models import InboxItem
from schools.permissions import Permission, allow

PAGE = 20


@require_http_methods(["GET"])
@allow(Permission.INBOX_VIEW)
def inbox(request: Request) -> HttpResponse:
    """The newest first, twenty a page, down to the first: the figure at the bell counts them all."""
    items = InboxItem.objects.of(request.user).newest()
    page = Paginator(items, PAGE).get_page(request.GET.get("page"))
    return render(request, "notifications/inbox.html", {"page": page})


@require_http_methods(["POST"])
@allow(Permission.INBOX_VIEW, of="message")
def read(request: Request, uid: UUID) -> HttpResponse:
    """Mark one as read and go where it leads."""
    item = get_object_or_404(InboxItem.objects.of(request.user), uid=uid)
    actions.mark_read(item, at=request.at)
    leads_inside = item.path.startswith("/") and url_has_allowed_host_and_scheme(item.path, allowed_hosts=None)
    return redirect(item.path if leads_inside else "notifications:inbox")
