"""请再确认一次是您本人, and 快速锁屏."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts import again, door
from accounts.access import Request, open_to
from accounts.door import Standing
from accounts.forms import AgainForm


@require_http_methods(["GET", "POST"])
@open_to("signed_in")
def confirm(request: Request) -> HttpResponse:
    """Ask once more, then go back to where it was asked."""
    return _ask(request, Standing.OPEN)


@require_POST
@open_to("signed_in")
def lock(request: Request) -> HttpResponse:
    """Shut this session at once."""
    door.lock(request, at=request.at)
    return again.lead_to_page("unlock", _next(request))


@require_http_methods(["GET", "POST"])
@open_to("signed_in")
def unlock(request: Request) -> HttpResponse:
    """The only page of a locked session."""
    found = door.read(request.session)
    if found is None or not found.locked:
        return redirect(_next(request))
    return _ask(request, Standing.LOCKED)


def _ask(request: Request, how: Standing) -> HttpResponse:
    form = AgainForm(request.POST if again.MARK in request.POST else None, request=request)
    if form.is_bound and form.is_valid():
        door.confirm(request, at=request.at)
        return redirect(_next(request))
    return again.page(request, form, how, back_to=_next(request), status=422 if form.is_bound else 200)


def _next(request: Request) -> str:
    """Where to go on: an address of this house, else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    fits = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if fits and not wanted.startswith("/accounts/unlock") else "/"
