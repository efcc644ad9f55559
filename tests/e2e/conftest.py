"""One playground for all browser tests, and a browser for each file of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.playground import ARGUMENTS, Open, Server, Visit, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    chromium()
    server = Server(tmp_path_factory.mktemp("playground"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Open]:
    """Open the page; at the end nobody may have complained."""
    visits: list[Visit] = []

    def open_page(url: str = server.url, **context: object) -> Visit:
        visits.append(Visit(browser, url, **context))
        return visits[-1]

    yield open_page
    complaints = [complaint for one in visits for complaint in one.complaints]
    for one in visits:
        one.close()
    assert complaints == []
