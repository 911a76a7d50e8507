"""Engine double, server and browser of several files here; a file may have its own of the same names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine_server import EngineServer
from page_browser import CHROMIUM, DESKTOP, Visit, Visits
from playwright.sync_api import Browser, sync_playwright
from server_process import ServedApp


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture
def engine(running: EngineServer) -> EngineServer:
    running.reset()
    return running


@pytest.fixture
def served(engine: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(engine.url) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=120_000)
        yield browser
        browser.close()


@pytest.fixture
def visits(browser: Browser) -> Iterator[Visits]:
    """Opens pages; at the end nothing may have gone wrong in any of them.

    With ``refused`` the server may answer with an error, which the browser reports on its console.
    """
    opened: list[Visit] = []

    def visit(
        address: str, size: tuple[int, int] = DESKTOP, *, dark: bool = False, refused: bool = False
    ) -> Visit:
        page = browser.new_page(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
        )
        opened.append(Visit(page, address, refused))
        return opened[-1]

    yield visit
    for each in opened:
        each.page.context.close()
    assert [problem for each in opened for problem in each.problems] == []
