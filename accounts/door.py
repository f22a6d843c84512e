"""What a session knows of its own door: since when it is open, when its person was last seen, when last sure of.

Source: the access paper (15 minutes before a confidential text; 30 minutes idle, 8 hours in all). Moments are seconds
since 1970, because a session holds plain numbers.
"""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from accounts import second_factor
from accounts.models import User
from privacy import actions as privacy

KEY = "door"
SEEN_EVERY = timedelta(minutes=1)
"""A session is written once a minute at most, so that reading costs no write; it may end that much early."""


class Standing(Enum):
    """How a session stands at one moment."""

    OPEN = auto()
    LOCKED = auto()  # by its person: the same proof as for a confidential text opens it again
    IDLE = auto()  # nobody came by for too long
    OVER = auto()  # its longest time is up


@dataclass(frozen=True, slots=True)
class Door:
    """One session, by its moments."""

    begun: float
    seen: float
    confirmed: float
    locked: bool = False
    has_factor: bool = False  # known to have a second factor: asked of the database once a session


def standing(door: Door | None, *, at: datetime, idle: timedelta, most: timedelta) -> Standing:
    """The first line that fits. A session that knows nothing of itself is from before this rule: it is over."""
    if door is None or at.timestamp() - door.begun >= most.total_seconds():
        return Standing.OVER
    if at.timestamp() - door.seen >= idle.total_seconds():
        return Standing.IDLE
    return Standing.LOCKED if door.locked else Standing.OPEN


def is_fresh(door: Door | None, *, at: datetime, within: timedelta) -> bool:
    """Whether the person proved to be the one who is signed in not longer ago than this."""
    return door is not None and at.timestamp() - door.confirmed < within.total_seconds()


def read(session: SessionBase | dict[str, Any]) -> Door | None:
    kept = session.get(KEY)
    return Door(**kept) if isinstance(kept, dict) else None


def since(request: HttpRequest) -> datetime | None:
    """When this session began."""
    door = read(request.session)
    return datetime.fromtimestamp(door.begun, tz=UTC) if door else None


def write(session: SessionBase, door: Door) -> None:
    session[KEY] = asdict(door)


def begin(*, request: HttpRequest, **kwargs: Any) -> None:
    """Somebody has signed in, by whichever way: Django says so (apps.py). Signing in is proof for the next while."""
    moment = moment_of(request).timestamp()
    write(request.session, Door(begun=moment, seen=moment, confirmed=moment))


def pass_by(request: HttpRequest, door: Door, *, at: datetime) -> None:
    """The person is there."""
    if at.timestamp() - door.seen < SEEN_EVERY.total_seconds():
        return
    write(request.session, replace(door, seen=at.timestamp()))
    UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=at)


def confirm(request: HttpRequest, *, at: datetime) -> None:
    """The person has proved to be who is signed in; a locked session is open again."""
    door = read(request.session)
    if door is None:
        return
    if door.locked:
        _record("session.unlock", request, at=at)
    write(request.session, replace(door, confirmed=at.timestamp(), seen=at.timestamp(), locked=False))


def come_back(request: HttpRequest) -> None:
    """The same person has given all that signing in asks for, in a session that was over: a new one begins in place."""
    user = request.user
    assert isinstance(user, User)
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    get_adapter().login(request, user)
    UserSession.objects.create_from_request(request)


def lock(request: HttpRequest, *, at: datetime) -> None:
    """快速锁屏: nothing opens in this session until its person confirms."""
    door = read(request.session)
    if door is None or door.locked:
        return
    write(request.session, replace(door, locked=True))
    _record("session.lock", request, at=at)


def end(request: HttpRequest, how: Standing, *, at: datetime) -> None:
    """Sign this session out, because its time is up."""
    _record("session.end", request, at=at, detail=how.name.lower())
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)
    if how is Standing.IDLE:
        minutes = int(settings.SESSION_IDLE.total_seconds() // 60)
        messages.info(request, f"{minutes} 分钟没有操作，已自动退出。请重新登录。")
    else:
        messages.info(request, "登录时间到了，已自动退出。请重新登录。")


def has_factor(request: HttpRequest, user: User) -> bool:
    """Whether the person has a second factor. Asked of the database until there is one, then known to the session."""
    door = read(request.session)
    if door is not None and door.has_factor:
        return True
    found = second_factor.is_set(user)
    if door is not None and found:
        write(request.session, replace(door, has_factor=True))
    return found


def forget_factor(session: SessionBase) -> None:
    """It was taken away in this session."""
    door = read(session)
    if door is not None:
        write(session, replace(door, has_factor=False))


def moment_of(request: HttpRequest) -> datetime:
    """The moment of the request; the clock where there is none (the test client's own sign-in)."""
    moment: datetime | None = getattr(request, "at", None)
    return moment or timezone.now()


def _record(verb: str, request: HttpRequest, *, at: datetime, detail: str = "") -> None:
    user = request.user
    assert isinstance(user, User)  # only a signed-in session has a door
    privacy.record(by_id=user.pk, verb=verb, at=at, kind="account", uid=user.uid, detail=detail)
