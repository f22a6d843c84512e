"""Signing in, in two steps, and out; the password. allauth does the work; what it asks for beyond is not routed."""

from typing import Any

from allauth.account import views as allauth
from allauth.mfa.base.views import AuthenticateView
from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse

from accounts import actions
from accounts.access import open_to
from accounts.forms import CodeForm
from accounts.personas import DEMO_PASSWORD, personas

CLEARED = '"cache", "storage"'
"""What a browser forgets at signing out. Cookies stay: one of them knows the device. Drafts lie on the server."""


class LoginView(allauth.LoginView):
    """Sign in by name; under DEMO the people of the demo county stand below the form."""

    http_method_names = ["get", "head", "post"]

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {"personas": personas(), "demo_password": DEMO_PASSWORD} if settings.DEMO else {}
        return super().get_context_data(**kwargs) | shown


class CodeView(AuthenticateView):
    """The second step: the code of the phone, or a spare one. The demo lets everybody past: its people are shared."""

    http_method_names = ["get", "head", "post"]
    template_name = "accounts/code.html"

    def _build_forms(self) -> Form:
        data = self.request.POST if self.request.method == "POST" else None
        self.webauthn_form = None
        self.auth_form = CodeForm(data, request=self.request, user=self.stage.login.user)
        return self.auth_form

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.DEMO and "pass" in request.POST:
            return self.stage.exit()
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"is_demo": settings.DEMO}


class LogoutView(allauth.LogoutView):
    """A GET asks once more, so that no link signs anybody out."""

    http_method_names = ["get", "head", "post"]

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = super().post(*args, **kwargs)
        answer["Clear-Site-Data"] = CLEARED
        return answer


class PasswordChangeView(allauth.PasswordChangeView):
    """Change the password; a first one is over with it, and so is every other session of the account."""

    http_method_names = ["get", "head", "post"]

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form: Form) -> HttpResponse:
        answer = super().form_valid(form)
        actions.password_changed(user=self.request.user, at=self.request.at)
        messages.success(self.request, "密码改好了，下次用新密码登录。其他设备已退出。")
        return answer


login = open_to("everyone")(LoginView.as_view())
code = open_to("everyone")(CodeView.as_view())
logout = open_to("everyone")(LogoutView.as_view())
change_password = open_to("signed_in")(PasswordChangeView.as_view())
