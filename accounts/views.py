"""Signing in and out, the password, and the page 我的. allauth does the work; what it asks for beyond is not routed."""

from typing import Any

from allauth.account import views as allauth
from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import actions
from accounts.access import Request, open_to
from accounts.forms import ThemeForm
from accounts.personas import DEMO_PASSWORD, personas


class LoginView(allauth.LoginView):
    """Sign in by name; under DEMO the people of the demo county stand below the form."""

    http_method_names = ["get", "head", "post"]

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {"personas": personas(), "demo_password": DEMO_PASSWORD} if settings.DEMO else {}
        return super().get_context_data(**kwargs) | shown


class LogoutView(allauth.LogoutView):
    """A GET asks once more, so that no link signs anybody out."""

    http_method_names = ["get", "head", "post"]


class PasswordChangeView(allauth.PasswordChangeView):
    """Change the password; a first one is over with it."""

    http_method_names = ["get", "head", "post"]

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form: Form) -> HttpResponse:
        answer = super().form_valid(form)
        actions.password_changed(user=self.request.user, at=self.request.at)
        messages.success(self.request, "密码改好了，下次用新密码登录。")
        return answer


login = open_to("everyone")(LoginView.as_view())
logout = open_to("everyone")(LogoutView.as_view())
change_password = open_to("signed_in")(PasswordChangeView.as_view())


@require_http_methods(["GET", "POST"])
@open_to("signed_in")
def profile(request: Request) -> HttpResponse:
    """Who I am here, how pages look, the password, the way out."""
    form = ThemeForm(request.POST or None, initial={"theme": request.user.theme})
    if request.method == "POST" and form.is_valid():
        actions.choose_theme(user=request.user, theme=form.cleaned_data["theme"])
        messages.success(request, "外观改好了。")
        return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)
