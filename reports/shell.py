"""What stands around every page: the menu of this person's roles, the bell, the numbers to call."""

from dataclasses import dataclass, replace
from functools import cached_property

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications.inbox import unread_of
from referrals.actions import may_report_about
from referrals.worries import MOST_WAITING, waiting_for
from schools.appointments import asked_of
from schools.models import Membership, School
from schools.permissions import (
    Permission,
    every_membership_of,
    granting,
    hat_worn,
    hats_of,
    holds,
    memberships_of,
)
from schools.roles import STAFF_ROLES, Hat, Role, hat_of
from students.glass import is_head, unreviewed_count


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the menu; `short` is its word in the bar of a phone."""

    label: str
    url: str
    icon: str
    short: str = ""
    current: bool = False
    count: str = ""
    on_phone: bool = False
    gap_before: bool = False
    phone_only: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, and as what."""

    name: str
    initial: str
    duty: str


class Shell:
    """Read by base.html. Nothing is asked of the database until the page asks."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)
        self.signed_in = isinstance(self.user, User)
        self.at = getattr(request, "at", None) or timezone.now()

    @cached_property
    def memberships(self) -> list[Membership]:
        return memberships_of(self.user, at=self.at) if isinstance(self.user, User) else []

    @cached_property
    def school(self) -> School | None:
        return next((held.school for held in self.memberships if held.school), None)

    @property
    def school_name(self) -> str:
        if self.school:
            return self.school.name
        authority = next((held.authority for held in self.memberships if held.authority), None)
        return authority.name if authority else ""

    @property
    def school_line(self) -> str:
        return self.school.helpline if self.school else ""

    @property
    def person(self) -> Person | None:
        if not isinstance(self.user, User):
            return None
        return Person(name=self.user.name, initial=self.user.name[:1], duty=duty_of(self.memberships))

    @property
    def urgent_url(self) -> str:
        return reverse("urgent")

    @property
    def lines_url(self) -> str:
        return reverse("lines")

    @property
    def find_url(self) -> str:
        return reverse("students:list") if self._may(Permission.STUDENT_LIST) else ""

    @property
    def excuses_url(self) -> str:
        """The lead counselor's weekly list; on a phone 今日 leads there."""
        return reverse("listening:excuses") if self._may(Permission.EXCUSE_REVIEW) else ""

    @property
    def glasses_url(self) -> str:
        """The 组长's list of 紧急查看; on a phone 今日 leads there."""
        return reverse("students:glasses") if any(is_head(held) for held in self.memberships) else ""

    @cached_property
    def glass_count(self) -> str:
        if not isinstance(self.user, User):
            return ""
        return str(unreviewed_count(self.user, self.memberships, at=self.at) or "")

    @property
    def inbox_url(self) -> str:
        return reverse("notifications:inbox") if self._may(Permission.INBOX_VIEW) else ""

    @cached_property
    def inbox_count(self) -> str:
        if not isinstance(self.user, User) or not self.inbox_url:
            return ""
        waiting = len(unread_of(self.user, at=self.at))
        return str(waiting) if waiting else ""

    @property
    def trail_url(self) -> str:
        """The school's trail; on a phone 我的 leads there."""
        return reverse("trail") if self._may(Permission.TRAIL_SCHOOL) else ""

    @property
    def acts_url(self) -> str:
        return reverse("my-acts") if self._may(Permission.TRAIL_OWN) else ""

    @cached_property
    def posts_waiting(self) -> int:
        """How many roles wait for this leader's word; 校务管理员 have the page among those of the school."""
        if not isinstance(self.user, User) or not any(held.role == Role.LEADER for held in self.memberships):
            return 0
        return len(asked_of(self.user, at=self.at))

    @cached_property
    def hats(self) -> list[tuple[str, str, bool]]:
        """As what this person can act, each with whether it is worn; nothing for whoever has one hat only."""
        if not isinstance(self.user, User):
            return []
        hats, worn = hats_of(self.user, at=self.at), hat_worn(self.user, at=self.at)
        every = every_membership_of(self.user, at=self.at)
        first = {hat: next(str(held.get_role_display()) for held in every if hat_of(held.role) == hat) for hat in hats}
        return [(hat.value, first[hat], hat == worn) for hat in hats] if len(hats) > 1 else []

    @property
    def me_url(self) -> str:
        return reverse("profile")

    @cached_property
    def nav(self) -> list[Item]:
        """The menu. An entry stands only where its page does, for this person, now."""
        entries = [Item("今日", "/", icon="home", on_phone=True)]
        if self._may(Permission.MY_LIST_VIEW):
            entries.append(Item("我的倾听", reverse("listening:list"), icon="ear"))
        if self._may(Permission.BOARD_VIEW):
            entries.append(Item("班级看板", self._board_url(), icon="layout-grid", short="班级", on_phone=True))
        if self._may(Permission.CONVERSATION_CREATE):
            entries.append(Item("记一次", reverse("listening:new"), icon="circle-plus", on_phone=True, phone_only=True))
        if self._may_report():
            entries.append(Item(self._report_word(), reverse("referrals:new"), icon="message-circle", on_phone=True))
        if self._may(Permission.CONCERN_VIEW):
            entries.append(Item("关注", reverse("referrals:list"), icon="flag", count=self._waiting_count()))
        if self._may(Permission.REFERRAL_SECOND):
            entries.append(Item("转介", reverse("referrals:cases"), icon="route"))
        if self._may(Permission.CARE_VIEW):
            entries.append(Item("重点关爱", reverse("care"), icon="heart-handshake"))
        if self._may(Permission.MISSED_VIEW):
            entries.append(
                Item(
                    "漏谈",
                    reverse("listening:missed"),
                    icon="alert-circle",
                    on_phone=not self._may(Permission.CONVERSATION_CREATE),
                )
            )
        if self.excuses_url:
            entries.append(Item("免谈说明", self.excuses_url, icon="circle-minus"))
        if self.posts_waiting:
            entries.append(
                Item("待确认的任职", reverse("schools:posts"), icon="id-badge-2", count=str(self.posts_waiting))
            )
        if self.glasses_url:
            entries.append(Item("紧急查看", self.glasses_url, icon="shield-lock", count=self.glass_count))
        if self._may(Permission.STUDENT_LIST):
            entries.append(Item("学生", reverse("students:list"), icon="users"))
        if self._may(Permission.RULE_VIEW):
            entries.append(Item("倾听要求", reverse("listening:rules"), icon="adjustments", gap_before=True))
        if self._may(Permission.SCHOOL_EDIT):
            entries += [
                Item(
                    "学期与校历",
                    reverse("schools:terms"),
                    icon="calendar",
                    short="校历",
                    on_phone=True,
                    gap_before=True,
                ),
                Item("班级", reverse("schools:classes"), icon="school"),
                Item("人员与任职", reverse("schools:staff"), icon="id-badge-2", short="人员", on_phone=True),
                Item("导入名册", reverse("students:import"), icon="upload", short="导入", on_phone=True),
            ]
        if self._may(Permission.STATUS_VIEW):
            on_phone = not self._may(Permission.SCHOOL_EDIT)
            entries.append(Item("运行状态", reverse("status"), icon="activity", short="状态", on_phone=on_phone))
        if self.trail_url:
            entries.append(Item("留痕", self.trail_url, icon="eye"))
        if self._may(Permission.TRAIL_TECHNICAL):
            entries.append(Item("技术日志", reverse("technical-log"), icon="file-text", short="日志", on_phone=True))
        entries.append(Item("我的", self.me_url, icon="user", on_phone=True, phone_only=True))
        return [self._marked(entry) for entry in entries]

    def _board_url(self) -> str:
        held = granting(self.user, Permission.BOARD_VIEW, at=self.at) if isinstance(self.user, User) else []
        classes = [membership.school_class for membership, _ in held]
        if len(classes) == 1 and classes[0] is not None:
            return reverse("listening:board", args=[classes[0].uid])
        return reverse("listening:classes")

    def _may_report(self) -> bool:
        """A guardian who was barred has no such page."""
        if not isinstance(self.user, User) or not self._may(Permission.CONCERN_OWN):
            return False
        at_home = hat_worn(self.user, at=self.at) == Hat.GUARDIAN
        return not at_home or may_report_about(self.user, at=self.at).exists()

    def _report_word(self) -> str:
        """Families and pupils have it in plain words."""
        is_colleague = any(held.role in STAFF_ROLES for held in self.memberships)
        return "上报" if is_colleague else "找老师"

    def _waiting_count(self) -> str:
        waiting = len(waiting_for(self.user, at=self.at)) if isinstance(self.user, User) else 0
        return "" if not waiting else str(waiting) if waiting < MOST_WAITING else f"{MOST_WAITING - 1}+"

    def _marked(self, entry: Item) -> Item:
        path = self.request.path
        here = path == entry.url or (entry.url != "/" and path.startswith(entry.url) and not self._nearer(entry.url))
        return replace(entry, short=entry.short or entry.label, current=here)

    def _nearer(self, url: str) -> bool:
        """/listening/ is the start of other entries' addresses: only the page itself is meant."""
        if url == reverse("referrals:list"):
            return self.request.path.startswith((reverse("referrals:cases"), reverse("referrals:new")))
        return url in (reverse("listening:list"), reverse("students:list")) and self.request.path != url

    def _may(self, permission: Permission) -> bool:
        return isinstance(self.user, User) and holds(self.user, permission, at=self.at)


def duty_of(memberships: list[Membership]) -> str:
    """七年级(1)班 班主任: the first thing that this person is here."""
    if not memberships:
        return ""
    first = memberships[0]
    if first.role == Role.ADMINISTRATOR:
        return Role.ADMINISTRATOR.label
    return " ".join(filter(None, [first.scope_name, first.title or first.get_role_display()]))


def shell(request: HttpRequest) -> dict[str, object]:
    """Context of every page."""
    user = getattr(request, "user", None)
    return {"shell": Shell(request), "theme": user.theme if isinstance(user, User) else ""}
