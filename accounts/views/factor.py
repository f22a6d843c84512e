"""两步验证: setting up, replacing, spare codes, taking away. Secrets and spare codes are shown once, by one answer."""

import base64

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import actions, door, second_factor
from accounts.access import Request, fresh, open_to
from accounts.forms import PasswordForm, SetUpForm


@require_safe
@open_to("signed_in")
def factor(request: Request) -> HttpResponse:
    """Whether it is set up, since when, and what can be done."""
    row = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).first()
    context = {"row": row, "codes_left": second_factor.codes_left(request.user) if row else 0}
    return render(request, "accounts/factor.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@open_to("signed_in")
@fresh
def factor_new(request: Request) -> HttpResponse:
    """Set it up: a picture for the phone, and its first code. A later one replaces the first."""
    replaces = second_factor.is_set(request.user)
    form = SetUpForm(request.POST or None, user=request.user, replaces=replaces)
    if form.is_valid():
        codes = actions.set_second_factor(user=request.user, secret=form.secret, at=request.at)
        actions.end_other_sessions(user=request.user, session_key=request.session.session_key, at=request.at)
        door.has_factor(request, request.user)
        return _codes(request, codes, is_new=True)
    address = get_adapter().build_totp_url(request.user, form.secret)
    picture = base64.b64encode(get_adapter().build_totp_svg(address).encode()).decode()
    context = {
        "form": form,
        "picture": f"data:image/svg+xml;base64,{picture}",
        "address": address,
        "secret": " ".join(form.secret[at : at + 4] for at in range(0, len(form.secret), 4)),
        "replaces": replaces,
    }
    return render(request, "accounts/factor_new.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@open_to("signed_in")
def factor_codes(request: Request) -> HttpResponse:
    """New spare codes; the old ones are over."""
    if not second_factor.is_set(request.user):
        return redirect("second-factor")
    form = PasswordForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_bound and form.is_valid():
        return _codes(request, actions.new_spare_codes(user=request.user, at=request.at), is_new=False)
    return render(request, "accounts/factor_codes_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@open_to("signed_in")
def factor_remove(request: Request) -> HttpResponse:
    """Take it away. Whoever needs one is led to setting up the next at once."""
    if not second_factor.is_set(request.user):
        return redirect("second-factor")
    form = PasswordForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_bound and form.is_valid():
        actions.remove_second_factor(user=request.user, at=request.at)
        door.forget_factor(request.session)
        messages.success(request, "两步验证停用了。")
        return redirect("second-factor")
    return render(request, "accounts/factor_remove.html", {"form": form}, status=422 if form.errors else 200)


def _codes(request: Request, codes: list[str], *, is_new: bool) -> HttpResponse:
    """The only page that ever shows spare codes: the answer to the form that made them."""
    shown = [f"{code[:4]} {code[4:]}" for code in codes]
    paper = "\r\n".join(
        ["倾听 备用码", f"用户名 {request.user.username}", "每个只能用一次，请像钥匙一样保管。", "", *shown, ""]
    )
    context = {"codes": shown, "paper": paper, "is_new": is_new}
    return render(request, "accounts/factor_codes.html", context)
