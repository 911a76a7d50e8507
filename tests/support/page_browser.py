"""The page of `sot serve` in a real browser: its server as a process, visits that note what goes wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_server import QUESTION, ROOT, environment
from playwright.sync_api import Dialog, Locator, Page, expect
from quick_start import QuickStart

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium")

_PATIENCE_MS = 120_000  # the machine may be busy
expect.set_options(timeout=_PATIENCE_MS)

PICTURES = ROOT / "docs" / "pictures"
DESKTOP, PHONE = (1280, 900), (390, 844)


@contextmanager
def serving(backend: str, *arguments: str | Path) -> Iterator[str]:
    """The real server, as a process; gives its address once it knows how its engine is.

    Its answers have no opening, so that the texts of a scripted engine are known.
    """
    command = ["serve", "--backend", backend, "--port", "0", "--quiet", "--no-opening", *arguments]
    pipe = subprocess.PIPE
    with QuickStart(command, stderr=pipe, text=True, env=environment(), soon=True) as process:
        assert process.stderr is not None
        try:
            said = [process.stderr.readline(), process.stderr.readline()]
            address = re.search(r"http://\S+", said[0])
            assert address, f"the server did not start: {''.join(said)}"
            yield f"{address[0]}/"
        finally:
            process.terminate()
            process.communicate(timeout=120)


class Visit:
    """The page in the browser, and all that went wrong in it."""

    def __init__(self, page: Page, address: str, refused: bool) -> None:
        self.page = page
        self.problems: list[str] = []
        self._refused = refused
        page.set_default_timeout(_PATIENCE_MS)
        page.on("console", lambda message: self._note(message.type in ("error", "warning"), message.text))
        page.on("pageerror", lambda error: self._note(True, str(error)))
        page.on("request", lambda request: self._note(not self._ours(request.url, address), request.url))
        page.on("dialog", self._dialog)
        response = page.goto(address)
        assert response is not None
        assert "default-src 'none'" in response.headers["content-security-policy"]

    def _note(self, wrong: bool, what: str) -> None:
        if wrong and not (self._refused and what.startswith("Failed to load resource: the server responded")):
            self.problems.append(what)

    def _dialog(self, dialog: Dialog) -> None:
        self._note(True, "a dialog")
        dialog.dismiss()

    @staticmethod
    def _ours(url: str, address: str) -> bool:
        return url.startswith((address, "data:"))

    @property
    def left(self) -> Locator:
        return self.page.locator(".side.normal")

    @property
    def right(self) -> Locator:
        return self.page.locator(".side.sot")

    @property
    def verdict(self) -> Locator:
        return self.page.get_by_role("status")

    @property
    def ask_button(self) -> Locator:
        return self.page.get_by_role("button", name="Ask")

    def ask(self, question: str = QUESTION) -> None:
        """Type a question and press the button."""
        self.page.get_by_label("Question").fill(question)
        self.ask_button.click()

    def figure(self, side: Locator, label: str) -> str:
        """A figure of a side, by its label."""
        return (
            side.locator("dl div", has=self.page.get_by_text(label, exact=True))
            .locator(".value")
            .inner_text()
        )


Visits = Callable[..., Visit]


def picture(visit: Visit, name: str, height: int | None = None) -> None:
    """Rewrite a picture of the documents: the page from its top with this height, or what is seen of it."""
    if height is not None:
        width = visit.page.evaluate("innerWidth")
        visit.page.set_viewport_size({"width": width, "height": height})
        visit.page.evaluate("scrollTo(0, 0)")
    visit.page.mouse.move(0, 0)
    visit.page.screenshot(path=PICTURES / name)
