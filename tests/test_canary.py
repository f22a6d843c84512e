"""A word in every confidential field, then everybody's every page: no forbidden sighting, every allowed one seen.

Pages, headers and downloads here, with logs, jobs, the database, a dump, sessions, the cache and what is told; the
files of an installation, its journal, its backup, its broker and a worker's log in tests/flows/test_canary_files.py.
"""

import logging
import zipfile
from collections import deque
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from config.celery import app
from listening import tasks
from listening.views import conversations
from notifications.models import InboxItem
from privacy.keyring import keyring
from privacy.places import everything_sealed
from students.models import RosterUpload
from tests.pages import read_page
from tests.planted import World
from tests.plants import LABEL, NAME, OPEN, PHONE, PLANTED, SEALED, TIER, opened, seen_in
from tests.test_who_sees_what import MATRIX, PEOPLE, Addresses, client_of, expected, rolled_back

pytestmark = pytest.mark.django_db  # inside what the whole module stands in: each test is taken back

WHO_SEES: dict[str, list[str]] = {
    # The notes of 林知夏 and 马依依: who wrote them, and the counselor in charge.
    "KanariWorkNote": ["head_teacher", "counselor"],
    "KanariOlderEdition": ["head_teacher", "counselor"],
    "KanariAddendum": ["head_teacher", "counselor"],
    "KanariMentorNote": ["teacher", "counselor"],
    "KanariDeletedNote": [],
    "KanariPeerNote": ["peer", "counselor"],
    # 心理辅导 of 许若楠: the counselor alone; the 组长 by a 紧急查看 to which a second person has agreed.
    "KanariCounselingNote": ["counselor", "principal"],
    "KanariConcern": ["head_teacher", "counselor"],
    "KanariPeersConcern": ["counselor"],
    "KanariCaseWords": ["head_teacher2", "counselor"],
    "KanariBackWords": ["head_teacher", "counselor"],
    # Of a case: no page shows these yet; whoever makes one says here for whom.
    "KanariTried": [],
    "KanariGuardianSaid": [],
    "KanariWays": [],
    "KanariReply": ["head_teacher", "counselor"],
    "KanariAssessment": ["counselor"],
    "KanariTask": ["counselor", "head_teacher2"],
    "KanariPaperWords": [],
    "KanariPaperFile": [],
    "KanariSecondWord": ["counselor", "counselor2", "leader", "principal"],
    "KanariTierReason": ["counselor", "counselor2"],
    "KanariLabelReason": ["counselor", "counselor2"],
    "KanariLabelEnd": ["counselor", "counselor2"],
    # 支持要点 of 许若楠, addressed to the teacher; the edition before it was addressed to nobody.
    "KanariCard": ["counselor", "counselor2", "head_teacher", "teacher"],
    "KanariOlderCard": ["counselor", "counselor2"],
    # Opened by counselor2; told were the counselor in charge and the 组长, who reviewed it.
    "KanariGlassReason": ["counselor", "counselor2", "principal"],
    "KanariGlassReview": ["counselor", "counselor2", "principal"],
    "KanariDraft": ["teacher"],
    "KanariUpload": [],
    "KANARISECRETKANARISECRETKANARISE": [],
    TIER: ["counselor", "counselor2", "registrar", "leader", "principal"],
    LABEL: ["counselor", "counselor2", "registrar", "leader", "principal"],
    # Of 林知夏; counselor2 by a 紧急查看 that stands.
    PHONE: ["counselor", "counselor2", "head_teacher", "registrar"],
}
"""Typed by hand from the access table; nobody else, and nobody signed out, sees any of it."""

EVERYBODY = [*PEOPLE, None]
SIGNED_OUT_BY = {"account_logout", "lock"}
MOST_PAGES = 600  # of one person: a list that never ends would otherwise be followed for ever


class Told(logging.Handler):
    """Every record as it would be written, with its traceback and all that came with it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        more = {key: value for key, value in vars(record).items() if key not in ("exc_info", "request")}
        self.lines.append(f"{logging.Formatter().format(record)}\n{more}")


@pytest.fixture
def told() -> Iterator[Told]:
    """What is logged at DEBUG; but for what settings.LOGGING keeps silent, which could print what pages hold."""
    told, loud = Told(), [logging.getLogger(), logging.getLogger("django")]
    levels = [one.level for one in loud]
    loud[0].addHandler(told)
    for one in loud:
        one.setLevel(logging.DEBUG)
    yield told
    loud[0].removeHandler(told)
    for one, level in zip(loud, levels, strict=True):
        one.setLevel(level)


# What was planted


def test_every_sealed_column_has_its_word(planted: World):
    found = opened(everything_sealed(), keyring().unseal)
    new = [label for label in found if label not in PLANTED]

    assert new == [], (
        f"plant a word into {new} in tests/plants.py, through its own action, and say in WHO_SEES who sees it"
    )
    assert {label: sorted(words) for label, words in found.items()} == {
        label: sorted(words) for label, words in PLANTED.items()
    }


def test_every_word_says_who_sees_it():
    assert sorted(WHO_SEES) == sorted([*SEALED, *OPEN])


# Pages, headers, downloads


ALWAYS = ("head_teacher", "principal", "parent")  # whose pages are walked by `make test`; all others by `make test-all`


@pytest.mark.parametrize(
    "name", [one if one in ALWAYS else pytest.param(one, marks=pytest.mark.long) for one in EVERYBODY]
)
def test_who_sees_which_word(planted: World, name: str | None):
    """Every link from home, every address that answers, what could be guessed, every form sent empty."""
    seen = sightings(planted, name)

    assert {word: pages[:5] for word, pages in seen.items() if name not in WHO_SEES[word]} == {}
    assert sorted(seen) == sorted(word for word, people in WHO_SEES.items() if name in people)


def sightings(planted: World, name: str | None) -> dict[str, list[str]]:
    """Where this person comes upon which word."""
    client = client_of(planted.addresses, name)
    matrix = matrix_addresses(planted.addresses, name)
    found: dict[str, list[str]] = {}
    waiting, asked = deque(["/", *matrix["GET"], *planted.found.addresses]), set()
    while waiting:
        url = waiting.popleft()
        if url in asked:
            continue
        asked.add(url)
        assert len(asked) < MOST_PAGES, [*asked][-20:]
        with rolled_back():
            answer = client.get(url)
        look(answer, url, found)
        waiting.extend(links_of(answer, url))
    for url in matrix["POST"]:
        with rolled_back():
            look(client_of(planted.addresses, name).post(url, {}), f"POST {url}", found)
    return found


def matrix_addresses(addresses: Addresses, name: str | None) -> dict[str, list[str]]:
    """What the matrix lets this person ask; all else is the page that does not exist (tests/test_who_sees_what.py)."""
    found: dict[str, list[str]] = {"GET": [], "POST": []}
    for route, methods in MATRIX.items():
        for method in found.keys() & methods.keys() if route not in SIGNED_OUT_BY else ():
            objects = methods[method].items()
            found[method] += [
                addresses.of(route, whose) for whose, people in objects if expected(people, name) == "answer"
            ]
    return {method: list(dict.fromkeys(urls)) for method, urls in found.items()}


def look(answer: Any, url: str, found: dict[str, list[str]]) -> None:
    """Note what the answer shows. Headers and addresses name nobody, whoever asks."""
    body = answer.getvalue() if answer.streaming else answer.content
    for word in seen_in(text_of(answer, body), WHO_SEES):
        found.setdefault(word, []).append(url)
    headers = "\n".join(f"{key}: {value}" for key, value in answer.headers.items())
    assert seen_in(unquote(headers), [*WHO_SEES, NAME]) == [], url
    cookies = [one.value for one in answer.cookies.values()]
    assert [word for value in cookies for word in seen_in(value, [*WHO_SEES, NAME])] == [], url


def text_of(answer: Any, body: bytes) -> bytes:
    """What a reader of it gets; of a workbook all its parts, unpacked."""
    if not body.startswith(b"PK\x03\x04"):
        return body
    with zipfile.ZipFile(BytesIO(body)) as packed:
        return b"\n".join(packed.read(part) for part in packed.namelist())


def links_of(answer: Any, url: str) -> list[str]:
    """The addresses inside that a page leads to. None of them has a name in it."""
    if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
        return []
    page = read_page(answer)
    hrefs = [one.attrs.get("href", "") for one in page.all("a")] + [one.attrs.get("action", "") for one in page.all()]
    assert [href for href in hrefs if seen_in(unquote(href), [*SEALED, TIER, LABEL, NAME])] == [], url
    links = [urldefrag(urljoin(url, one.attrs.get("href", ""))).url for one in page.all("a")]
    return [link for link in links if is_followed(link)]


def is_followed(url: str) -> bool:
    where = urlsplit(url)
    if where.scheme or where.netloc or not where.path.startswith("/"):
        return False
    try:
        return resolve(where.path).view_name not in SIGNED_OUT_BY
    except Resolver404:
        return False


# Logs and error pages


def test_logs_carry_no_word_and_no_name(planted: World, told: Told):
    """Who writes looks and sends forms, who may not is refused. Statements are logged under DEBUG=1 alone."""
    for name in ("head_teacher", "counselor", "parent"):
        client = client_of(planted.addresses, name)
        for url in [*planted.found.addresses, reverse("student", args=[planted.cast.lin.uid]), "/students/nowhere/"]:
            for ask in (client.get, client.post):
                with rolled_back():
                    ask(url)

    assert told.lines
    assert seen_in("\n".join(told.lines), [*WHO_SEES, NAME]) == []
    assert not settings.DEBUG


def test_page_that_fails_tells_nothing_of_what_it_had_in_hand(
    planted: World, told: Told, monkeypatch: pytest.MonkeyPatch
):
    """The note is opened and in the hands of the view when it fails; the log has lines of code and no values."""

    def fail(*given: Any) -> dict[str, object]:
        raise RuntimeError("broken")

    monkeypatch.setattr(conversations, "_steps", fail)
    client = client_of(planted.addresses, "head_teacher")
    client.raise_request_exception = False

    answer = client.get(reverse("listening:conversation", args=[planted.found.work_note.uid]))

    said = "\n".join(told.lines)
    assert (answer.status_code, "RuntimeError" in said) == (500, True)
    assert seen_in(answer.content, [*WHO_SEES, NAME]) == []
    assert seen_in(said, [*WHO_SEES, NAME]) == []


def test_nobody_is_sent_a_report_of_what_failed():
    """A report by mail would carry local variables and what was posted."""
    handlers = [one["class"] for one in settings.LOGGING["handlers"].values()]

    assert (handlers, settings.ADMINS, settings.MANAGERS) == (["logging.StreamHandler"], [], [])


# Jobs


def test_jobs_take_numbers_and_days_alone():
    app.loader.import_default_modules()
    given = {
        (name, argument, getattr(kind, "__name__", kind))
        for name, task in app.tasks.items()
        if not name.startswith("celery.")
        for argument, kind in task.run.__annotations__.items()
        if argument != "return"
    }

    assert {(argument, kind) for _, argument, kind in given} == {
        ("school_id", "int"),
        ("day", "str"),
        ("run_id", "int"),
    }


def test_what_is_queued_carries_no_word(planted: World, monkeypatch: pytest.MonkeyPatch):
    """All that the clock queues, as it would be sent; a real broker is looked into in the flow."""
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        app.amqp, "send_task_message", lambda producer, name, message, **more: sent.append((name, message))
    )
    tasks.queue_night()
    tasks.queue_morning()
    tasks.sweep()

    assert {name for name, _ in sent} == {"listening.tasks.run_school_day", "listening.tasks.tell_morning"}
    assert seen_in(repr(sent), [*WHO_SEES, NAME, "心理"]) == []


# What is stored


def test_database_holds_none_of_it_in_clear(planted: World):
    """The pages of SQLite as a file would have them; of PostgreSQL every row as text."""
    assert seen_in(stored(), SEALED) == []


def stored() -> bytes:
    if connection.vendor == "sqlite":
        return bytes(connection.connection.serialize())
    rows = bytearray()
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT') as copied:  # type: ignore[attr-defined]
            for row in copied:
                rows += row
    return bytes(rows)


def test_stored_is_looked_for_where_it_would_be(planted: World):
    """The search finds what is there: a name, and a word that is put in clear."""
    RosterUpload.objects.filter(by=planted.cast.registrar).update(filename="KanariUpload")

    assert seen_in(stored(), ["KanariUpload"]) == ["KanariUpload"]


def test_dump_holds_none_of_it(planted: World):
    out = StringIO()
    call_command("dumpdata", stdout=out)

    assert seen_in(out.getvalue(), SEALED) == []
    assert NAME in out.getvalue()


def test_sessions_hold_none_of_it(planted: World):
    """Also after everybody has looked at everything and sent every form."""
    for name in ("head_teacher", "counselor"):
        client = client_of(planted.addresses, name)
        for url in planted.found.addresses:
            client.get(url)
    kept = [one.get_decoded() for one in Session.objects.all()]

    assert kept
    assert seen_in(repr(kept), [*WHO_SEES]) == []


def test_nothing_that_is_told_carries_a_word_or_a_name(planted: World):
    told = [f"{one.text} {one.path}" for one in InboxItem.objects.all()]

    assert told
    assert seen_in("\n".join(told), [*WHO_SEES, NAME]) == []
    students = [str(one.uid) for one in planted.cast.students.values()]
    assert [text for text in told for uid in students if uid in text] == []
    assert getattr(mail, "outbox", []) == []


def test_trail_carries_no_word(planted: World):
    for name in ("principal", "admin", "counselor"):
        client: Client = client_of(planted.addresses, name)
        for route in ("my-acts", "trail", "technical-log"):
            answer = client.get(reverse(route))
            assert seen_in(answer.content, SEALED) == [], (name, route)
