"""How signing in differs from allauth's default: a school makes the accounts, nobody signs up."""

from datetime import datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts import devices, second_factor
from accounts.door import moment_of
from accounts.models import User
from privacy import actions as privacy


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up; a first password has to be changed before anything else; coming and going are in the trail."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "用户名或密码不对，再看一眼。忘了密码，请找学校的校务管理员。",
        "too_many_login_attempts": "已经试了好几次，请 15 分钟后再来。忘了密码，请找学校的校务管理员。",
        "enter_current_password": "现在的密码不对，再看一眼。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if request.user.is_authenticated and request.user.must_change_password:
            return reverse("account_change_password")
        return super().get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own words are not ours; the views say what there is to say."""

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        _record("session.fail", user, at=moment_of(request))
        messages.error(request, "这个账号已经停用。要再用它，请找学校的校务管理员。")
        return redirect("account_login")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt before it is made; allauth takes it back when it was right.

        A known device is counted for itself. All others by account and address, by address (many names), and by
        account over all addresses (many guessers); none of these touches another account or a known device.
        """
        username = str(credentials.get("username", "")).lower()
        if device := devices.known_as(request, username):
            throttles = [("login_failed_known", f"{username}|{device}")]
        else:
            address = ratelimit.get_ip(request)
            throttles = [("login_failed", f"{username}|{address}"), ("login_failed_anywhere", username)]
        used = ratelimit.RateLimitUsage(usage=[])
        for action, key in throttles:
            one = ratelimit.consume(request, app="allauth.account", action=action, key=key)
            if not one:
                raise self.validation_error("too_many_login_attempts")
            used.usage += one.usage
        self._login_failed_rl_usage = used

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The name that was typed is written nowhere: it may be a password in the wrong field."""
        user = User.objects.filter(username__iexact=credentials.get("username", "")).first()
        _record("session.fail", user, at=moment_of(request))

    def login(self, request: HttpRequest, user: User) -> None:
        last = user.last_login
        super().login(request, user)
        request.signed_in = user  # type: ignore[attr-defined]  # the middleware marks the device as known
        _record("session.in", user, by_id=user.pk, at=moment_of(request))
        if user.factor_reset_at and (last is None or last < user.factor_reset_at):
            messages.warning(request, "学校的校务管理员重设了您的两步验证。不是您请他做的？请马上告诉组长。")

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            _record("session.out", user, by_id=user.pk, at=moment_of(request))


class SecondFactorAdapter(DefaultMFAAdapter):
    """What allauth stores of a second factor is sealed for its account."""

    def encrypt(self, text: str) -> str:
        return second_factor.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factor.unsealed(encrypted_text)


def _record(verb: str, user: User | None, *, at: datetime, by_id: int | None = None) -> None:
    """A failure says which account was meant, if there is one, not who tried: nobody knows."""
    privacy.record(by_id=by_id, verb=verb, at=at, kind="account", uid=user.uid if user else None)
