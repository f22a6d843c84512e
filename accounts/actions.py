"""What a person does with the own account, and what a school does for it."""

from collections.abc import Sequence
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts import second_factor
from accounts.models import User
from privacy import actions as privacy


@transaction.atomic
def password_changed(*, user: User, at: datetime) -> None:
    """The person has chosen the password: the first one is over."""
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    user.must_change_password = False
    privacy.record(by_id=user.pk, verb="account.password", at=at, kind="account", uid=user.uid)


def choose_theme(*, user: User, theme: str) -> None:
    """How pages look to this person: with the device, light or dark."""
    User.objects.filter(pk=user.pk).update(theme=theme)


@transaction.atomic
def set_second_factor(*, user: User, secret: str, at: datetime) -> list[str]:
    """The phone with this secret is the second factor from now on; an earlier one is over. Returns the spare codes."""
    Authenticator.objects.filter(user=user).delete()
    with second_factor.of(user):
        TOTP.activate(user, secret)
    privacy.record(by_id=user.pk, verb="account.factor", at=at, kind="account", uid=user.uid)
    return _spare_codes(user)


@transaction.atomic
def new_spare_codes(*, user: User, at: datetime) -> list[str]:
    """Spare codes, returned once; earlier ones are over."""
    privacy.record(by_id=user.pk, verb="account.codes", at=at, kind="account", uid=user.uid)
    return _spare_codes(user)


def _spare_codes(user: User) -> list[str]:
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    with second_factor.of(user):
        codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return codes


@transaction.atomic
def remove_second_factor(*, user: User, at: datetime) -> None:
    """The person gives it up; the spare codes go with it."""
    Authenticator.objects.filter(user=user).delete()
    privacy.record(by_id=user.pk, verb="account.factor-off", at=at, kind="account", uid=user.uid)


@transaction.atomic
def reset_second_factor(*, by: User, user: User, school_id: int, at: datetime) -> None:
    """For somebody whose phone is gone: the factor and every session end; the person is told at the next sign-in."""
    Authenticator.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(factor_reset_at=at)
    for one in UserSession.objects.filter(user=user):
        one.end()
    privacy.record(by_id=by.pk, verb="account.factor-reset", at=at, school_id=school_id, kind="account", uid=user.uid)


def end_other_sessions(*, user: User, session_key: str | None, at: datetime) -> int:
    """End every session of the account but this one. Returns how many there were."""
    others = UserSession.objects.filter(user=user).exclude(session_key=session_key)
    return end_sessions(by=user, sessions=list(others), at=at)


@transaction.atomic
def end_sessions(*, by: User, sessions: Sequence[UserSession], at: datetime) -> int:
    """End these sessions of one's own. Returns how many there were."""
    for one in sessions:
        one.end()
        privacy.record(by_id=by.pk, verb="session.end", at=at, kind="account", uid=by.uid, detail="person")
    return len(sessions)
