"""One served demo county a session, one browser while this folder's tests run, fresh visitors for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import services
from tests.browser.visits import Site, Visitors, served, today
from tests.flows.installation import Installation


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The small county of today, without a broker: what a page queues waits for the sweep."""
    folder = tmp_path_factory.mktemp("site")
    house = Installation(folder)
    house.seed(today())
    with served(house, folder) as site:
        yield site


# Not for the session: while Playwright runs, its event loop keeps Django's database from every test of this process.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(services.chromium_path()), args=services.CHROMIUM_FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def visitors(site: Site, browser: Browser) -> Iterator[Visitors]:
    """Nobody's console says an error, nothing is asked of another host, and the server is content."""
    visitors = Visitors(site, browser)
    before = len(site.said())
    yield visitors
    visitors.close()
    assert [line for line in site.said()[before:].splitlines() if "ERROR" in line or "Traceback" in line] == []
    assert visitors.noticed == []
