"""The verbs of a role: giving it, the second person's word, its last day. `schools.actions` carries them."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from privacy import actions as privacy
from schools.models import Grade, Membership, School, SchoolChange, SchoolClass
from schools.permissions import Permission, schools_of
from schools.roles import CONTENT_ROLES, Role


class SelfGrant(Exception):
    """Nobody gives a role that opens something about students to themself."""


class KeptApart(Exception):
    """A system administrator holds no role that opens something about students, nor the other way round."""


class LastRegistrar(Exception):
    """A school without 校务管理员 could name nobody any more."""


@transaction.atomic
def appoint(
    *,
    by: User | None,
    user: User,
    role: Role,
    since: date,
    at: datetime,
    school: School | None = None,
    grade: Grade | None = None,
    school_class: SchoolClass | None = None,
    is_lead: bool = False,
    title: str = "",
    until: date | None = None,
) -> Membership:
    """Give a person a role, for the school, a grade or a class, from a day on.

    A role that opens something about students waits for a second person, unless it is the word of the system or that
    of the school's first 组长, who has nobody above to ask. Raises SelfGrant, KeptApart.
    """
    if by == user and role in CONTENT_ROLES:
        raise SelfGrant
    _kept_apart(user, role, since=since, until=until)
    given = Membership(
        user=user,
        role=role,
        school=school,
        grade=grade,
        school_class=school_class,
        is_lead=is_lead,
        title=title,
        valid_from=since,
        valid_to=until,
        granted_by=by,
        waits=by is not None and role in CONTENT_ROLES,
    )
    if given.waits and school is not None and role == Role.LEADER and is_lead:
        School.objects.select_for_update(no_key=True).get(pk=school.pk)  # two first ones at once: the second one waits
        given.waits = _had_lead(school)
    try:
        with transaction.atomic():
            given.save()
    except IntegrityError as error:
        if "membership_kept_apart" not in str(error):
            raise
        raise KeptApart from error
    if given.waits:
        _record(given, by=by, verb="membership.propose", at=at)
    else:
        _changed(given, by=by, verb="membership.grant", first=since, at=at)
    return given


def _had_lead(school: School) -> bool:
    """Whether the leadership group has, had or will have a 组长 whom somebody's word or the system stands for."""
    return Membership.objects.confirmed().filter(school=school, role=Role.LEADER, is_lead=True).exists()


def _kept_apart(user: User, role: Role, *, since: date, until: date | None) -> None:
    held = Membership.objects.filter(user=user).filter(Q(valid_to=None) | Q(valid_to__gte=since))
    if until:
        held = held.filter(valid_from__lte=until)
    if role == Role.ADMINISTRATOR:
        apart = held.filter(role__in=CONTENT_ROLES)
    elif role in CONTENT_ROLES:
        apart = held.filter(role=Role.ADMINISTRATOR)
    else:
        return
    if apart.exists():
        raise KeptApart


@transaction.atomic
def confirm(*, by: User, memberships: Collection[Membership], at: datetime) -> list[Membership]:
    """Give the second person's word. Returns what holds from now on: of these, those that waited for this person."""
    done = []
    for one in _asked_of(by, memberships, at=at):
        if Membership.objects.waiting().filter(pk=one.pk).update(waits=False, confirmed_by=by):
            one.waits, one.confirmed_by = False, by
            _changed(one, by=by, verb="membership.confirm", first=one.valid_from, at=at)
            done.append(one)
    return done


@transaction.atomic
def decline(*, by: User, memberships: Collection[Membership], at: datetime) -> list[Membership]:
    """Take back what was proposed, as if it had never been; the trail keeps it."""
    done = []
    for one in _asked_of(by, memberships, at=at):
        if Membership.objects.waiting().filter(pk=one.pk).delete()[0]:
            _record(one, by=by, verb="membership.decline", at=at)
            done.append(one)
    return done


def _asked_of(person: User, memberships: Collection[Membership], *, at: datetime) -> list[Membership]:
    """Those of these that wait for the word of this person."""
    schools = {one.school for one in memberships if one.school}
    asked = {one.pk for school in schools for one in waiting_for(person, school, at=at)}
    return [one for one in memberships if one.pk in asked]


def waiting_in(school: School) -> list[Membership]:
    """What waits here for a second person, in the order in which it was proposed."""
    rows = Membership.objects.waiting().filter(school=school)
    return list(rows.select_related("user", "granted_by", "school", "grade", "school_class__grade").order_by("pk"))


def waiting_for(person: User, school: School, *, at: datetime) -> list[Membership]:
    """What waits for the word of this person."""
    waiting = waiting_in(school)
    if not waiting:
        return []
    second = Seconds(school, on=timezone.localdate(at))
    return [one for one in waiting if person.pk in second.asked(one)]


def asked_of(person: User, *, at: datetime) -> list[Membership]:
    """What waits for this person's word in the school that the pages speak of. Kept for this one moment only, so that
    the menu and 今日 ask once."""
    kept: tuple[datetime, list[Membership]] | None = getattr(person, "_posts_asked_at", None)
    if kept is None or kept[0] != at:
        schools = schools_of(person, Permission.POST_CONFIRM, at=at)[:1]
        kept = (at, [one for school in schools for one in waiting_for(person, school, at=at)])
        person._posts_asked_at = kept  # type: ignore[attr-defined]
    return kept[1]


class Seconds:
    """Who may be the second person in a school on a day; one query.

    The 组长. Where the 组长 is the one concerned, or there is none: the others of the leadership group; where there is
    none of them either, another 校务管理员. Never whoever proposed it, never the person whom it is about.
    """

    def __init__(self, school: School, *, on: date) -> None:
        held = Membership.objects.valid_on(on).filter(
            school=school, role__in=(Role.LEADER, Role.REGISTRAR), user__is_active=True
        )
        self.held = list(held.order_by("pk").values_list("user", "role", "is_lead"))

    def asked(self, waiting: Membership) -> set[int]:
        """The accounts whose word is asked for."""
        concerned = {waiting.user_id, waiting.granted_by_id}
        return (
            {user for user, role, is_lead in self.held if role == Role.LEADER and is_lead} - concerned
            or {user for user, role, _ in self.held if role == Role.LEADER} - concerned
            or {user for user, role, _ in self.held if role == Role.REGISTRAR} - concerned
        )


@transaction.atomic
def end_membership(*, by: User, membership: Membership, last_day: date, at: datetime) -> None:
    """The last day of a role. One that ends before it began, or before it was confirmed, is taken back as if it had
    never been.

    Raises LastRegistrar when nobody would keep the school after that day.
    """
    if membership.role == Role.REGISTRAR:
        others = Membership.objects.filter(school=membership.school_id, role=Role.REGISTRAR, valid_to=None)
        if not others.exclude(pk=membership.pk).filter(user__is_active=True).exists():
            raise LastRegistrar
    if Membership.objects.waiting().filter(pk=membership.pk).delete()[0]:
        _record(membership, by=by, verb="membership.withdraw", at=at)
        return
    if last_day < membership.valid_from:
        membership.valid_to = membership.valid_from
        first = membership.valid_from
        Membership.objects.filter(pk=membership.pk).delete()
    else:
        Membership.objects.filter(pk=membership.pk).update(valid_to=last_day)
        first = last_day
    _changed(membership, by=by, verb="membership.end", first=first, at=at)


def ensure_membership(
    *, by: User | None, user: User, school: School, role: Role, since: date, at: datetime
) -> Membership:
    """The membership that goes with a link (a mentor's, a guardian's): the one that stands or waits, or a new one.

    Raises SelfGrant, KeptApart.
    """
    held = Membership.objects.spanning(since).filter(user=user, school=school, role=role, valid_to=None)
    return held.order_by("waits", "pk").first() or appoint(
        by=by, user=user, school=school, role=role, since=since, at=at
    )


def _changed(membership: Membership, *, by: User | None, verb: str, first: date, at: datetime) -> None:
    """Tell whoever keeps figures that a role holds, or holds no more, from a day on."""
    if membership.school_id:
        SchoolChange.objects.create(
            school_id=membership.school_id,
            kind=SchoolChange.Kind.MEMBERSHIP,
            school_class=membership.school_class,
            first_day=first,
            at=at,
        )
    _record(membership, by=by, verb=verb, at=at)


def _record(membership: Membership, *, by: User | None, verb: str, at: datetime) -> None:
    privacy.record(
        by_id=by.pk if by else None,
        verb=verb,
        at=at,
        school_id=membership.school_id,
        kind="membership",
        uid=membership.uid,
        detail=membership.role,
    )
