"""The second factor: a code from the person's own phone, and spare codes for when it is lost.

allauth keeps the rows and does the arithmetic. What it stores is sealed here for one account, so that a copy of the
database holds no secret, and a secret moved to another account does not open.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from allauth.core.internal import ratelimit
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.core.cache import cache
from django.http import HttpRequest

from accounts.models import User
from privacy.keyring import CannotOpen, Place, keyring

_whose: ContextVar[User] = ContextVar("whose_second_factor")


class TooManyCodes(Exception):
    """Five wrong codes within 15 minutes for this account; only who knows the password comes this far."""


@contextmanager
def of(user: User) -> Iterator[None]:
    """Whose secrets are sealed and opened inside: allauth's own calls do not say."""
    token = _whose.set(user)
    try:
        yield
    finally:
        _whose.reset(token)


def place_of(user: User) -> Place:
    """Where an account's secrets live. An account belongs to no school: it stands for itself."""
    return Place(table="mfa_authenticator", field="data", row=user.uid, school=user.uid)


def seal(text: str) -> str:
    """Raises LookupError outside `of`: nothing is sealed for nobody."""
    return base64.b64encode(keyring().seal(text, place_of(_whose.get()))).decode()


def unsealed(text: str) -> str:
    """Raises CannotOpen for a secret of another account or under a key that is gone."""
    return keyring().unseal(_bytes(text), place_of(_whose.get()))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as reason:
        raise CannotOpen from reason


def is_set(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def codes_left(user: User) -> int:
    """How many spare codes are unused; the codes themselves are not opened."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    used: int = row.data["used_mask"].bit_count() if row else app_settings.RECOVERY_CODE_COUNT
    return int(app_settings.RECOVERY_CODE_COUNT) - used


def waiting_secret(user: User, kept: str) -> tuple[str, str]:
    """A secret that is not in use yet, and how it waits in the page: the one that waits there, else a new one."""
    place = replace(place_of(user), field="waiting")
    try:
        return keyring().unseal(_bytes(kept), place), kept
    except CannotOpen:
        secret: str = generate_totp_secret()
        return secret, base64.b64encode(keyring().seal(secret, place)).decode()


def check(request: HttpRequest, user: User, code: str, *, device: str = "") -> Authenticator | None:
    """The row whose code this is; a spare code is used up by it. None when it is wrong. Raises TooManyCodes.

    A known device is counted apart, so that whoever guesses elsewhere does not keep its owner out.
    """
    code = "".join(code.split())
    usage = ratelimit.consume(request, app="allauth.account", action="code_failed", key=f"code:{user.pk}|{device}")
    if not usage:
        raise TooManyCodes
    found = next(
        (one for one in Authenticator.objects.filter(user=user).order_by("-type") if _is_of(one, user, code)), None
    )
    if found is not None:
        usage.rollback()
    return found


def _is_of(row: Authenticator, user: User, code: str) -> bool:
    try:
        with of(user):
            right: bool = row.wrap().validate_code(code)
    except CannotOpen:
        return False
    return right and (row.type != Authenticator.Type.TOTP or _first_use(user, code))


def _first_use(user: User, code: str) -> bool:
    """A code holds a little before and after its half minute; that long it is not taken a second time.

    allauth itself remembers it for half a minute only.
    """
    lifetime = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    return bool(cache.add(f"second-factor-used:{user.pk}:{code}", 1, timeout=lifetime))
