"""The page of Open WebUI: a question, and its answers."""

from __future__ import annotations

from open_webui_host import OpenWebUI
from playwright.sync_api import Locator, Page


def ask(page: Page, host: OpenWebUI, model: str | None, question: str, name: str | None = None) -> None:
    """Ask a model in a new chat, which may have a name for people; ``None``: go on in this one."""
    if model is not None:
        page.goto(f"{host.address}/?models={model}")
        page.get_by_label(f"Selected model: {name or model}").wait_for()
    page.locator("#chat-input").click()
    page.keyboard.type(question)
    page.keyboard.press("Enter")


def assistant(page: Page, number: int = 0) -> Locator:
    """The answer of this number in the chat."""
    return page.locator(".chat-assistant").nth(number)
