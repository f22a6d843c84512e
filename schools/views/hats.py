"""One hat at a time: whoever works here and is a parent too says as which of the two they act."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import Request, open_to
from privacy import actions as privacy
from schools.middleware import HAT
from schools.permissions import hats_of


@require_POST
@open_to("signed_in")
def hat(request: Request) -> HttpResponse:
    """Put on another hat, until the next one or the end of the session."""
    hats = hats_of(request.user, at=request.at)
    chosen = next((one for one in hats if one == request.POST.get("hat")), None)
    if chosen is None or len(hats) == 1:
        raise Http404
    request.session[HAT] = chosen.value
    privacy.record(by_id=request.user.pk, verb="hat.wear", at=request.at, kind="hat", detail=chosen)
    return redirect("/")
