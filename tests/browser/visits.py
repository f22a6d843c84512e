"""A demo county that is really served, and what a visitor's browser noticed there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.flows.installation import Installation
from tools import processes, run

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
# The tags of WCAG 2.0 to 2.2, A and AA. axe leaves the size of targets out unless it is asked by name.
AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True, slots=True)
class Site:
    """One installation behind a web process."""

    base: str
    house: Installation
    folder: Path

    def said(self) -> str:
        """What the web process wrote: nothing, when all is well."""
        return (self.folder / "web.log").read_text("utf-8", "replace")

    def count(self, table: str) -> int:
        """The rows of a table, asked of the file itself."""
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=5)) as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def today() -> str:
    """The day it is for the school."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


@contextmanager
def served(house: Installation, folder: Path, port: int = 0) -> Iterator[Site]:
    """The installation behind gunicorn, as `make run` starts it, on a free port unless one is named."""
    port = port or processes.free_port()
    command = [*house.python, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    command += ["--threads", "4", "--graceful-timeout", "5", "--no-control-socket", "--log-level", "warning"]
    with processes.Group() as group, (folder / "web.log").open("wb") as log:
        web = group.start("web", command, environment=house.environment, output=log)
        processes.wait_until(lambda: run.answers(port), web)
        yield Site(f"http://127.0.0.1:{port}", house, folder)


@dataclass
class Visitors:
    """Contexts of one browser, one a person; what their consoles say and where their requests go is kept."""

    site: Site
    browser: Browser
    noticed: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, who: str = "", size: dict[str, int] = DESK, **options: Any) -> Page:
        """A page of somebody signed in by the button of the sign-in page; without a name, of a stranger."""
        context = self.browser.new_context(
            base_url=self.site.base,
            viewport=size,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(15_000)
        context.on("request", self._outside)
        context.on("console", lambda said: self._note(said.page, said.text) if said.type == "error" else None)
        context.on("weberror", lambda fault: self._note(fault.page, str(fault.error)))
        self.contexts.append(context)
        page = context.new_page()
        if who:
            page.goto("/accounts/login/")
            with page.expect_navigation(url="/") as arrived:
                page.locator(f"form:has(input[name=login][value={who}]) button").click()
            assert arrived.value.ok, self.site.said()[-3000:]
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def _note(self, page: Page | None, text: str) -> None:
        self.noticed.append(f"{page.url if page else ''}: {text}")

    def _outside(self, request: Request) -> None:
        if not request.url.startswith((self.site.base + "/", "data:")):
            self.noticed.append(f"asked elsewhere: {request.url}")


def faults(page: Page) -> list[str]:
    """What axe finds on the page with every fold open, and whether it is wider than the screen."""
    page.evaluate(OPEN_ALL)
    found = [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'].splitlines()[-1].strip()}"
        for one in Axe().run(page, options=AXE).response["violations"]
        for node in one["nodes"][:3]
    ]
    if (over := page.evaluate(TOO_WIDE)) > 0:
        found.append(f"{over} px wider than the screen")
    size = page.viewport_size or {}
    return [f"{page.url} at {size.get('width')}: {one}" for one in found]
