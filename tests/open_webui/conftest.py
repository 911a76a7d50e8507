"""Open WebUI, which starts once for all tests; servers in front of the scripted engine; a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from engine_server import EngineServer
from open_webui_host import KEY, OpenWebUI, Serve
from page_browser import CHROMIUM
from playwright.sync_api import Browser, Page, expect, sync_playwright
from server_process import ServeProcess

PATIENCE_MS = 300_000  # its page is large; a busy machine takes a minute to show it

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenWebUI]:
    with OpenWebUI(tmp_path_factory.mktemp("open-webui")) as host:
        yield host


@pytest.fixture(scope="session")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture
def engine(running: EngineServer) -> EngineServer:
    """The scripted engine, a double."""
    running.reset()
    return running


@pytest.fixture
def serve(host: OpenWebUI, tmp_path: Path) -> Iterator[Serve]:
    """Starts `sot serve` in front of an engine, with a key, and connects Open WebUI with it."""
    keys = tmp_path / "keys.txt"
    keys.write_text(f"{KEY}\n")
    keys.chmod(0o600)
    with ExitStack() as stack:

        def start(backend: str, *options: str) -> ServeProcess:
            server = stack.enter_context(ServeProcess(backend, "--api-key-file", keys, *options))
            server.wait_for("ready: ")
            host.connect(server.url, KEY)
            return server

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 820}, color_scheme="light")
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.context.close()
