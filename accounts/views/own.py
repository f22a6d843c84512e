"""The page 我的, and the devices on which one is signed in."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import actions, devices, door, second_factor
from accounts.access import Request, open_to
from accounts.forms import ThemeForm


@require_http_methods(["GET", "POST"])
@open_to("signed_in")
def profile(request: Request) -> HttpResponse:
    """Who I am here, how pages look, the password, the way out."""
    form = ThemeForm(request.POST or None, initial={"theme": request.user.theme})
    if request.method == "POST" and form.is_valid():
        actions.choose_theme(user=request.user, theme=form.cleaned_data["theme"])
        messages.success(request, "外观改好了。")
        return redirect("profile")
    context = {"form": form, "has_factor": second_factor.is_set(request.user)}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@open_to("signed_in")
def sessions(request: Request) -> HttpResponse:
    """Where I am signed in; end one of them, or all but this one."""
    here = request.session.session_key
    if request.method == "POST":
        others = UserSession.objects.filter(user=request.user).exclude(session_key=here)
        chosen = request.POST.get("session", "")
        if chosen:
            others = others.filter(pk=int(chosen)) if chosen.isascii() and chosen.isdigit() else others.none()
        ended = actions.end_sessions(by=request.user, sessions=list(others), at=request.at)
        messages.success(request, f"退出了 {ended} 台设备。" if ended else "那台设备已经退出了。")
        return redirect("sessions")
    others = devices.other_sessions(request.user, here, at=request.at)
    this = devices.device_words(request.headers.get("User-Agent", ""))
    return render(request, "accounts/sessions.html", {"this": this, "since": door.since(request), "others": others})
