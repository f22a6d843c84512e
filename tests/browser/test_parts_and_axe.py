"""Nothing that axe finds by WCAG 2.0 to 2.2, A and AA, and no page wider than the screen, in light and dark."""

import re
from collections import deque
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page

from demo.cast import PERSONAS
from tests.browser.visits import DESK, OPEN_ALL, PHONE, faults

pytestmark = [pytest.mark.browser, pytest.mark.real_time]

A_LINK_TO = {
    "log": "a[href*='/listening/new/?student=']",
    "board": "a[href*='/listening/classes/']",
    "why": "a[href*='/listening/checkins/']",
}
LOOKS = [(PHONE, "light"), (DESK, "light"), (PHONE, "dark"), (DESK, "dark")]
IDENTIFIER = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\d{4}-\d\d-\d\d|(?<=/)\d+(?=/)")
FILE = re.compile(r"\.[a-z]{3,4}$")  # report.xlsx; the address of a page ends in a slash
HEIGHT = "document.documentElement.scrollHeight"
LINKS = "[...document.querySelectorAll('a[href]')].map(one => one.href)"


def look(page: Page, size: dict[str, int], scheme: str) -> list[str]:
    """The faults of the page at one width, in one theme; unrolled, so that a bar at the edge covers no button."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    page.evaluate(OPEN_ALL)
    page.set_viewport_size({**size, "height": max(size["height"], page.evaluate(HEIGHT))})
    page.wait_for_function("scheme => document.documentElement.dataset.bsTheme === scheme", arg=scheme)
    return [f"{scheme} {one}" for one in faults(page)]


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("path", ["/accounts/login/", "/help/lines/", "/help/urgent/"])
def test_page_for_strangers_is_accessible(visitors, path):
    page = visitors.open()
    page.goto(path)

    assert look(page, PHONE, "light") + look(page, DESK, "dark") == []


@pytest.mark.xdist_group("browser")
def test_pages_of_a_head_teacher_are_accessible(visitors):
    page = visitors.open("headteacher")
    found = look(page, PHONE, "light") + look(page, DESK, "dark")
    board = page.locator(A_LINK_TO["board"]).first.get_attribute("href")
    log = page.locator(A_LINK_TO["log"]).first.get_attribute("href")

    page.goto("/listening/")
    found += look(page, PHONE, "dark")
    page.goto(log)
    found += look(page, PHONE, "light") + look(page, DESK, "dark")
    page.goto(board)
    found += look(page, DESK, "light") + look(page, PHONE, "dark")
    page.goto(page.locator(A_LINK_TO["why"]).first.get_attribute("href"))
    found += look(page, PHONE, "light")

    assert found == []


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("who", ["principal", "parent"])
def test_first_page_is_accessible(visitors, who):
    page = visitors.open(who)

    assert look(page, DESK, "light") + look(page, PHONE, "dark") == []


@pytest.mark.long
@pytest.mark.xdist_group("browser of every account")
@pytest.mark.parametrize("who", [persona.username for persona in PERSONAS])
def test_every_page_of_an_account_is_accessible(visitors, who):
    """Follows every link; of each shape of address, the first page. A file to keep is asked for, and no page."""
    page = visitors.open(who)
    todo, known, found = deque(["/"]), {shape("/")}, []
    while todo:
        path = todo.popleft()
        if FILE.search(urlsplit(path).path):
            answered = page.request.get(path)
            found += [] if answered.ok else [f"{path} answers {answered.status}"]
            continue
        answer = page.goto(path)
        if answer is None or answer.status != 200:
            found.append(f"{path} answers {answer.status if answer else 'nothing'}")
            continue
        for size, scheme in LOOKS:
            found += look(page, size, scheme)
        for link in page.evaluate(LINKS):
            inside = link.removeprefix(visitors.site.base).partition("#")[0]
            if inside.startswith("/") and "/logout/" not in inside and shape(inside) not in known:
                known.add(shape(inside))
                todo.append(inside)

    assert len(known) > 2
    assert found == []


def shape(path: str) -> str:
    """An address without its identifiers, and which questions it asks."""
    parts = urlsplit(path)
    asked = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return "?".join([IDENTIFIER.sub("<id>", parts.path), *asked])
