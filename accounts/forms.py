"""What a person may set for the own account, and the proof that it is this person."""

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import validate_totp_code
from django import forms
from django.conf import settings
from django.http import HttpRequest

from accounts import devices, second_factor
from accounts.door import moment_of
from accounts.models import User
from privacy import actions as privacy

WRONG_CODE = "动态码不对。请看手机上现在的那一个，再输一次。"
WRONG_ANSWER = "不对，再看一眼。"
TOO_MANY = "已经试了好几次，请 15 分钟后再来。"


class ThemeForm(forms.Form):
    """How pages look."""

    theme = forms.ChoiceField(label="外观", choices=User.Theme.choices, required=False, widget=forms.RadioSelect)


def password_field(label: str = "密码") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        error_messages={"required": "请填这一格。"},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def code_field(label: str = "动态码或备用码") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=20,
        error_messages={"required": "请填这一格。"},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "q-code"}),
    )


def check_code(request: HttpRequest, user: User, code: str) -> Authenticator:
    """The row of a right code. Raises ValidationError in plain words; a wrong one stands in the trail."""
    try:
        found = second_factor.check(request, user, code, device=devices.known_as(request, user.username))
    except second_factor.TooManyCodes:
        raise forms.ValidationError(TOO_MANY) from None
    if found is None:
        privacy.record(
            by_id=None, verb="session.fail", at=moment_of(request), kind="account", uid=user.uid, detail="code"
        )
        raise forms.ValidationError(WRONG_CODE)
    return found


def check_password(user: User, password: str) -> None:
    """Raises ValidationError. Counted and written into the trail as at the sign-in page."""
    if not get_adapter().reauthenticate(user, password):
        raise forms.ValidationError(WRONG_ANSWER)


class CodeForm(AuthenticateForm):
    """The second step of signing in; what becomes of a right code is allauth's."""

    code = code_field()

    def __init__(self, *args, request, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_code(self):
        self.authenticator = check_code(self.request, self.user, self.cleaned_data["code"])
        return self.cleaned_data["code"]


class AgainForm(forms.Form):
    """请再确认一次是您本人. In the demo a button is enough: its passwords stand on the sign-in page.

    One box takes the password or a code: a password is never digits alone, a code always is. `whole` asks for all that
    signing in asks for, where a session is over.
    """

    prefix = "again"
    answer = password_field()
    code = code_field()

    def __init__(self, *args, request, whole=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        self.user = request.user
        has_factor = second_factor.is_set(self.user)
        self.takes_code = has_factor and not whole
        if settings.DEMO:
            self.fields.clear()
        elif self.takes_code:
            self.fields["answer"].label = "密码或动态码"
        if not settings.DEMO and not (has_factor and whole):
            del self.fields["code"]

    def clean_answer(self):
        answer = self.cleaned_data["answer"]
        if self.takes_code and answer.strip().isdigit():
            check_code(self.request, self.user, answer)
        else:
            check_password(self.user, answer)
        return answer

    def clean(self):
        if self.cleaned_data.get("code") and not self.errors:
            try:
                check_code(self.request, self.user, self.cleaned_data["code"])
            except forms.ValidationError as fault:
                self.add_error("code", fault)


class SetUpForm(forms.Form):
    """The first code of a new second factor proves that the phone has the secret. Replacing one takes the password.

    The secret waits in the page, sealed for its account: nothing is stored of it before it holds.
    """

    waiting = forms.CharField(widget=forms.HiddenInput, required=False)
    code = code_field("手机上显示的 6 位动态码")
    password = password_field("现在的密码")

    def __init__(self, data=None, *, user, replaces):
        super().__init__(data)
        self.user = user
        kept = data.get("waiting", "") if data else ""
        self.secret, sealed = second_factor.waiting_secret(user, kept)
        self.is_new = sealed != kept
        self.initial["waiting"] = sealed
        if settings.DEMO or not replaces:
            del self.fields["password"]

    def clean_code(self):
        code = "".join(self.cleaned_data["code"].split())
        if self.is_new or not validate_totp_code(self.secret, code):
            raise forms.ValidationError(WRONG_CODE)
        return code

    def clean_password(self):
        check_password(self.user, self.cleaned_data["password"])
        return self.cleaned_data["password"]


class PasswordForm(forms.Form):
    """The password, for what must not happen at a computer that was left open. The demo asks for none."""

    password = password_field("现在的密码")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        if settings.DEMO:
            self.fields.clear()

    def clean_password(self):
        check_password(self.user, self.cleaned_data["password"])
        return self.cleaned_data["password"]
