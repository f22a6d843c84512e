"""Devices: in plain words for their owner, and as known ones for the throttle.

A browser in which an account has signed in before keeps a signed mark. Its own failures are counted for it alone, so
that strangers who guess from elsewhere, or from the same school address, cannot keep the person out.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from accounts import door
from accounts.door import Standing
from accounts.models import User

COOKIE = "qingting_device"
SALT = "accounts.device"
KEPT_FOR = 180 * 24 * 60 * 60  # seconds
MOST = 8  # accounts of one shared computer

SYSTEMS = (
    ("HarmonyOS", "鸿蒙设备"),
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Lark", "飞书"),
    ("wxwork", "企业微信"),
    ("QQBrowser", "QQ 浏览器"),
    ("360SE", "360 浏览器"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def device_words(agent: str) -> str:
    """Which device this is, as its owner would say it."""
    system = next((words for mark, words in SYSTEMS if mark in agent), "一台设备")
    browser = next((words for mark, words in BROWSERS if mark in agent), "")
    return f"{system} · {browser}" if browser else system


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One session on another device, as its owner sees it."""

    pk: int
    words: str
    since: datetime
    seen: datetime


def other_sessions(user: User, here: str | None, *, at: datetime) -> list[Elsewhere]:
    """The sessions of this account that still open something, last seen first. Reads only; two queries."""
    rows = {one.session_key: one for one in UserSession.objects.filter(user=user).exclude(session_key=here)}
    kept = Session.objects.filter(session_key__in=rows, expire_date__gt=at)
    alive = [rows[one.session_key] for one in kept if _opens(one.get_decoded(), user, at=at)]
    found = [Elsewhere(one.pk, device_words(one.user_agent), one.created_at, one.last_seen_at) for one in alive]
    return sorted(found, key=lambda one: (-one.seen.timestamp(), one.pk))


def _opens(kept: dict[str, Any], user: User, *, at: datetime) -> bool:
    """Neither over nor from before a change of the password."""
    how = door.standing(door.read(kept), at=at, idle=settings.SESSION_IDLE, most=settings.SESSION_MOST)
    if how in (Standing.IDLE, Standing.OVER):
        return False
    return constant_time_compare(kept.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def known_as(request: HttpRequest, username: str) -> str:
    """The number of this browser if the account has signed in here before, else nothing."""
    number, accounts = _read(request)
    if not accounts:
        return ""
    uid = User.objects.filter(username__iexact=username).values_list("uid", flat=True).first()
    return number if uid is not None and str(uid) in accounts else ""


def keep(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Mark this browser as one where the account has signed in."""
    number, accounts = _read(request)
    accounts = [str(user.uid), *(one for one in accounts if one != str(user.uid))][:MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps({"number": number or secrets.token_urlsafe(12), "accounts": accounts}, salt=SALT),
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        mark = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT_FOR)
        return str(mark["number"]), [str(one) for one in mark["accounts"]]
    except (signing.BadSignature, KeyError, TypeError):
        return "", []
