"""Whatever is changed through a page, and whatever leaves the house, stands in the trail; so does each restricted list.

Every route of the matrix that takes POST has a story here, or a reason why it needs none.
"""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import actions as accounts
from listening.models import CheckIn
from listening.quotas import Status
from privacy.models import AuditEntry
from privacy.verbs import FAMILIES, WORDS, Group, group_of
from students import actions as students
from tests.cast import NOW, PASSWORD, TODAY, Cast
from tests.pages import Element, read_page
from tests.test_house_rules import ROOT, TEMPLATES, sources
from tests.test_who_sees_what import MATRIX, client_of, rolled_back, world

__all__ = ["world"]

NO_ROW = {
    "notifications:read": "a message of one's own is marked as read",
    "profile": "how pages look to oneself",
    "students:draft": "one's own half-written words, which nobody else reads",
    "students:draft-discard": "one's own half-written words, which nobody else reads",
    "confirm": "nothing is changed; what it opens has its own row, and a failure too",
    "students:import-columns": "an upload of one's own, which changes nothing before it is confirmed",
}
ELSEWHERE = {
    "mfa_authenticate": ("tests/accounts/test_second_factor.py", "session.in"),
    "second-factor-new": ("tests/accounts/test_second_factor.py", "account.factor"),
    "sessions": ("tests/accounts/test_sessions.py", "session.end"),
    "unlock": ("tests/accounts/test_door.py", "session.unlock"),
    "students:import-preview": ("tests/students/test_imports.py", "roster.import"),
    "schools:posts": ("tests/schools/test_appointments.py", "membership.confirm"),
    "listening:check-in-excuse-allow": ("tests/listening/test_excuse_pages.py", "check_in.allow_excuse"),
    "listening:check-in-make-up": ("tests/listening/test_excuse_pages.py", "check_in.make_up"),
    "listening:conversation-allow-late": ("tests/listening/test_conversations.py", "conversation.allow_late"),
}
"""What takes more than one step, and is asked there for the row of this verb."""
ROSTER = "姓名,班级\n新同学,七年级(1)班\n".encode()
# Who sends it, about which object, and what they change of the form as it is offered.
STORIES: dict[str, tuple[str, str, dict[str, Any] | Callable[[Cast], dict[str, Any]]]] = {
    "trail-export": ("principal", "page", {"why": "例行检查"}),
    "students:export": ("registrar", "page", {"why": "核对名单"}),
    "students:new": ("registrar", "page", {"name": "新同学"}),
    "students:edit": ("registrar", "own", {"name": "林知秋"}),
    "students:care-propose": ("counselor", "same_grade", {"reason": "一"}),
    "students:care-proposal": ("counselor", "own", {"do": "confirm"}),
    "students:care-label-new": ("counselor", "same_grade", {"reason": "一"}),
    "students:care-label-end": ("counselor", "own", {"reason": "一"}),
    "students:glass-open": ("counselor", "other_grade", {"reason": "晚上联系不上负责的老师"}),
    "students:glass": ("counselor2", "own", {"do": "close"}),
    "students:card-edit": ("counselor", "own", {"text": "多听少劝"}),
    "care-scheme-change": ("counselor", "known", {}),
    "care-label-new": ("counselor", "page", {"name": "新标签"}),
    "care-label-aside": ("counselor", "own", {}),
    "students:relatives-of": ("registrar", "own", {"relation": "亲属"}),
    "students:relative-forget": ("registrar", "own", {}),
    "students:import": ("registrar", "page", {"file": SimpleUploadedFile("名册.csv", ROSTER)}),
    "listening:new": ("head_teacher", "own", {}),
    "listening:note": ("head_teacher", "own", {"note": "说到画画"}),
    "listening:note-add": ("head_teacher", "own", {"note": "又说到画画"}),
    "listening:conversation-edit": ("head_teacher", "own", {"minutes": "20", "why": "记错了"}),
    "listening:conversation-delete": ("head_teacher", "own", {"why": "记重了"}),
    "listening:sheet": ("head_teacher", "own", lambda cast: {f"{cast.ma.uid}-heard": "on"}),
    "listening:peers": ("head_teacher", "own", lambda cast: {"students": [str(cast.lin.uid)]}),
    "listening:check-in-excuse": ("head_teacher", "mentee", {"why": "外出比赛"}),
    "listening:missed-export": ("head_teacher", "page", {"why": "安排倾听和补谈"}),
    "listening:rule-new": ("registrar", "page", {"name": "每月一次", "roles": ["counselor"], "confirm": "1"}),
    "listening:rule-edit": ("principal", "own", {"name": "双周一次", "confirm": "1"}),
    "listening:rule-end": ("principal", "own", {}),
    "referrals:export": ("counselor", "page", {"why": "会议讨论"}),
    "referrals:case-move": ("counselor", "own", {}),
    "referrals:seen": ("counselor", "own", {}),
    "referrals:new": ("teacher", "own", {"words": "他说不想回家", "guardian_words": "说知道了"}),
    "second-factor-codes": ("teacher", "page", {"password": PASSWORD}),
    "second-factor-remove": ("teacher", "page", {"password": PASSWORD}),
    "schools:hat": ("head_teacher", "page", {"hat": "guardian"}),
    "lock": ("head_teacher", "page", {}),
    "schools:term-new": ("registrar", "page", {"first_day": "2026-02-16", "last_day": "2026-07-03"}),
    "schools:term-edit": ("registrar", "own", {}),
    "schools:day": ("registrar", "page", {"day": "2025-11-22", "kind": "school", "note": "调休"}),
    "schools:class-new": ("registrar", "page", {"grade": "7", "number": "9"}),
    "schools:class-head": ("registrar", "own", {}),
    "schools:settings": ("registrar", "page", {"helpline": "0571-8000 5678"}),
    "schools:staff-new": ("registrar", "page", {"name": "新老师", "username": "newcomer"}),
    "schools:appoint": (
        "registrar",
        "own",
        lambda cast: {"role": "subject_teacher", "scope": str(cast.class_2.uid), "since": "2025-11-18"},
    ),
    "schools:membership-end": ("registrar", "own", {"last_day": "2025-11-30"}),
    "schools:person-password": ("registrar", "own", {}),
    "schools:person-second-factor": ("registrar", "own", {}),
}
SAID_AT_ONCE = {
    "trail-export",
    "students:export",
    "listening:missed-export",
    "referrals:export",
    "schools:staff-new",
    "schools:person-password",
    "second-factor-codes",
}  # a file, a password
LEAVES = {
    "students:import-faults": ("registrar", "own"),
    "listening:class-report": ("head_teacher", "own"),
    "listening:class-report-file": ("head_teacher", "own"),
    "listening:class-blank": ("head_teacher", "own"),
}
RESTRICTED = {
    "care": ("counselor", "page"),
    "students:care": ("counselor", "own"),
    "referrals:cases": ("counselor", "page"),
    "referrals:case": ("counselor", "own"),
    "referrals:list": ("counselor", "page"),
    "home": ("counselor", "page"),
    "students:list": ("registrar", "page"),
    "trail": ("principal", "page"),
}


def test_every_route_that_takes_post_has_a_story_or_a_reason():
    taking = {route for route, methods in MATRIX.items() if "POST" in methods}

    assert taking == {*STORIES, *NO_ROW, *ELSEWHERE}


def test_every_place_that_hands_out_a_file_or_a_paper_is_known():
    files = {path.name for path in sources() if "Content-Disposition" in path.read_text("utf-8")}
    papers = {path.name for path in TEMPLATES if "data-print" in path.read_text("utf-8")}

    assert files == {"exports.py", "imports.py", "trail_views.py"}
    assert papers == {"blank_sheet.html", "class_report.html", "factor_codes.html"}


def offered(page: Element, address: str) -> dict[str, Any]:
    """What a browser would send of the form of this page, as it stands there."""
    path = address.partition("?")[0]
    forms = [one for one in page.all("form", method="post") if one.attrs.get("action", path).partition("?")[0] == path]
    found: dict[str, Any] = {}
    for form in forms[:1]:
        for one in form.walk():
            name, kind = one.attrs.get("name"), one.attrs.get("type", "")
            if not name or name == "csrfmiddlewaretoken":
                continue
            if one.tag == "textarea":
                found[name] = html.unescape(one.text)
            elif one.tag == "select":
                options = one.all("option")
                chosen = next((x for x in options if "selected" in x.attrs and x.attrs.get("value")), None)
                chosen = chosen or next((x for x in options if x.attrs.get("value")), None)
                found[name] = chosen.attrs["value"] if chosen else ""
            elif one.tag == "input" and kind == "radio":
                if "checked" in one.attrs or name not in found:
                    found[name] = one.attrs.get("value", "on")
            elif one.tag == "input" and kind == "checkbox":
                if "checked" in one.attrs:
                    found.setdefault(name, []).append(one.attrs.get("value", "on"))
            elif one.tag == "input" and kind not in ("file", "submit"):
                found[name] = one.attrs.get("value", "")
    return found


@pytest.mark.parametrize(("file", "verb"), sorted(ELSEWHERE.values()))
def test_row_that_is_asked_for_elsewhere_is_asked_for(file, verb):
    assert f'"{verb}"' in (ROOT / file).read_text("utf-8")


def prepare(world, route: str) -> None:
    """What has to have happened before."""
    if route == "care-scheme-change":
        world.cast.school.terms.all().delete()  # no scheme is changed while a term runs
    if route.startswith("second-factor-"):
        accounts.set_second_factor(user=world.cast.teacher, secret="JBSWY3DPEHPK3PXP", at=NOW)
    if route == "listening:missed-export":
        CheckIn.objects.filter(student=world.cast.lin).update(status=Status.MISSED)
    if route == "schools:hat":
        parent = {"student": world.cast.zhao, "user": world.cast.head_teacher, "name": "刘敏"}
        students.link_guardian(by=None, since=TODAY, at=NOW, **parent)


@pytest.mark.parametrize("route", sorted(STORIES))
def test_change_leaves_a_row(world, django_db_blocker, route):
    who, whose, changes = STORIES[route]
    with django_db_blocker.unblock(), rolled_back():
        client = client_of(world, who)
        prepare(world, route)
        address = world.of(route, whose)
        sent = offered(read_page(client.get(address)), address) if "GET" in MATRIX[route] else {}
        last = last_row()
        answer = client.post(address, sent | (changes(world.cast) if callable(changes) else changes))
        said = rows_after(last)

    assert (answer.status_code, errors(answer)) == (200 if route in SAID_AT_ONCE else 302, [])
    assert (said != [], unknown(said)) == (True, [])


@pytest.mark.parametrize("route", sorted(LEAVES))
def test_what_leaves_the_house_leaves_a_row(world, django_db_blocker, route):
    who, whose = LEAVES[route]
    with django_db_blocker.unblock(), rolled_back():
        last = last_row()
        answer = client_of(world, who).get(world.of(route, whose))
        said = rows_after(last)

    assert (answer.status_code, [group_of(verb) for verb in said]) == (200, [Group.LEAVES])


@pytest.mark.parametrize("route", sorted(RESTRICTED))
def test_list_of_restricted_names_leaves_a_row(world, django_db_blocker, route):
    who, whose = RESTRICTED[route]
    with django_db_blocker.unblock(), rolled_back():
        last = last_row()
        answer = client_of(world, who).get(world.of(route, whose))
        said = rows_after(last)

    assert (answer.status_code, [group_of(verb) for verb in said]) == (200, [Group.READ])


def last_row() -> int:
    return AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def rows_after(pk: int) -> list[str]:
    return list(AuditEntry.objects.filter(pk__gt=pk).order_by("pk").values_list("verb", flat=True))


def unknown(verbs: list[str]) -> list[str]:
    return [verb for verb in verbs if verb not in WORDS and not verb.startswith(tuple(FAMILIES))]


def errors(answer) -> list[str]:
    if answer.status_code == 302:
        return []
    content = answer.content.decode("utf-8", "replace")
    return re.findall(r'class="errorlist[^>]*>.*?</ul>|class="q-error[^>]*>[^<]*', content)[:5]
