"""The function of plugins/open_webui in Open WebUI: imported, set and asked as its administrator does it."""

from __future__ import annotations

import os
from typing import Any

import pytest
from cli_server import POINTS, QUESTION, ROOT, TEXT, TITLES, Gate
from engine_server import EngineServer
from open_webui_host import KEY, OpenWebUI, Serve, streamed
from open_webui_page import ask, assistant
from page_browser import PICTURES
from playwright.sync_api import Page, expect

FUNCTION, NAME = "skeleton_of_thought", "Skeleton-of-Thought"


@pytest.fixture(scope="module")
def function(host: OpenWebUI) -> str:
    """The function, imported from its file and switched on."""
    content = (ROOT / "plugins" / "open_webui" / "sot_pipe.py").read_text()
    meta = {"description": "Shows the points."}
    made = host.post(
        "/api/v1/functions/create",
        {"id": FUNCTION, "name": NAME, "content": content, "meta": meta},
    )
    assert made["type"] == "pipe"
    assert host.post(f"/api/v1/functions/id/{FUNCTION}/toggle")["is_active"]
    return FUNCTION


def set_valves(host: OpenWebUI, **valves: Any) -> None:
    host.post(f"/api/v1/functions/id/{FUNCTION}/valves/update", valves)


def test_its_valves_are_described(host: OpenWebUI, function: str) -> None:
    told = host.get(f"/api/v1/functions/id/{function}/valves/spec")["properties"]
    assert set(told) == {"address", "api_key", "strategy", "max_points"}
    assert all(each["description"] for each in told.values())
    assert function in host.models()


def test_answers_by_the_api(host: OpenWebUI, engine: EngineServer, serve: Serve, function: str) -> None:
    server = serve(engine.url)
    set_valves(host, address=server.url, api_key=KEY, strategy="skeleton")
    assert host.chat(function, QUESTION).json()["choices"][0]["message"]["content"] == TEXT
    assert streamed(host.chat(function, QUESTION, stream=True)) == TEXT


def test_failures_are_told_without_the_key(
    host: OpenWebUI, engine: EngineServer, serve: Serve, function: str
) -> None:
    server = serve(engine.url)
    for valves, wanted in (
        ({"address": server.address, "api_key": "open-sesame"}, "the API key is wrong"),
        ({"address": "http://127.0.0.1:9", "api_key": "open-sesame"}, "sot serve at http://127.0.0.1:9: "),
    ):
        set_valves(host, **valves)
        for streams in (False, True):
            told = host.chat(function, QUESTION, stream=streams).text
            assert wanted in told
            assert "open-sesame" not in told
    assert "open-sesame" not in host.log


def test_its_line_above_the_answer(
    host: OpenWebUI, engine: EngineServer, serve: Serve, function: str, page: Page
) -> None:
    """Shows how far the answer is; titles come without it; stopping it ends the requests at the engine."""
    server = serve(engine.url)
    set_valves(host, address=server.address, api_key=KEY, strategy="skeleton")
    host.task_model("")  # the chat's own model
    gate = Gate()
    engine.points = {**POINTS, 1: ["Go to bed at the same time ", gate, "every day."]}
    engine.normal = '{"title": "Sound sleep", "tags": ["Health"], "follow_ups": ["And what about naps?"]}'
    ask(page, host, function, QUESTION, NAME)
    expect(assistant(page)).to_contain_text("2 of 3 points written")
    expect(assistant(page)).to_contain_text("Go to bed at the same time")
    if os.environ.get("UPDATE_PICTURES"):
        page.mouse.move(0, 0)
        page.screenshot(path=PICTURES / "open-webui.png")
    gate.open()
    expect(assistant(page)).to_contain_text("3 points, ")
    text = assistant(page).inner_text()
    assert sorted(TITLES, key=text.rindex) == list(TITLES)
    expect(page.get_by_role("button", name="Follow up: And what about naps?")).to_be_visible()

    gate = Gate()
    engine.points = {**POINTS, 1: ["Get up at once ", gate]}
    ask(page, host, None, "How can I wake up early?")
    expect(assistant(page, 1)).to_contain_text("Get up at once")
    page.get_by_role("button", name="Stop", exact=True).click()
    gate.wait_left()
    server.wait_for("client_gone skeleton")
