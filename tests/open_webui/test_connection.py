"""Open WebUI connected with `sot serve`: what its users see in its page, and what reaches the engine.

The engine is a double with known texts, except where the built-in model is named.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cli_server import MODEL, NORMAL, POINTS, QUESTION, SKELETON, TEXT, TITLES, Gate
from engine_server import EngineServer
from fault_server import delta, event, raw, status
from open_webui_host import KEY, OpenWebUI, Serve, streamed
from open_webui_page import ask, assistant
from playwright.sync_api import Page, expect
from scripted import stage_of

from sot.types import Message

TASKS = {"title": "Sound sleep", "tags": ["Health"], "follow_ups": ["And what about naps?"]}


def stages(engine: EngineServer) -> list[str]:
    """Return the stages of the requests at the engine."""
    asked = [exchange.body["messages"] for exchange in engine.completions]
    return [stage_of([Message(turn["role"], turn["content"]) for turn in turns])[0] for turns in asked]


def test_models_and_answers_by_its_own_api(host: OpenWebUI, engine: EngineServer, serve: Serve) -> None:
    serve(engine.url)
    assert {"auto", "skeleton", "normal", "cot", "plan", MODEL} <= set(host.models())
    whole = host.chat("skeleton", QUESTION).json()
    assert whole["choices"][0]["message"]["content"] == TEXT
    assert whole["usage"]["completion_tokens"] > 0
    told = host.chat("skeleton", QUESTION, stream=True, stream_options={"include_usage": True})
    assert streamed(told) == TEXT
    assert '"usage":{"prompt_tokens":' in told.text.replace(": ", ":")


def test_a_conversation(host: OpenWebUI, engine: EngineServer, serve: Serve, page: Page) -> None:
    """The points come in order while a later one is done; titles and tags are no skeletons; it goes on."""
    server = serve(engine.url, "--tools", "ignore")
    host.task_model("normal")
    gate = Gate()
    engine.points = {**POINTS, 1: ["Go to bed at the same time ", gate, "every day."]}
    engine.normal = json.dumps(TASKS)
    ask(page, host, "skeleton", QUESTION)
    expect(assistant(page)).to_contain_text("Go to bed at the same time")
    expect(assistant(page)).not_to_contain_text(TITLES[1])
    gate.open()
    expect(assistant(page)).to_contain_text(POINTS[3])
    text = assistant(page).inner_text()
    assert sorted(TITLES, key=text.index) == list(TITLES)
    expect(page.get_by_role("button", name=f"Follow up: {TASKS['follow_ups'][0]}")).to_be_visible()
    expect(page).to_have_title(re.compile(TASKS["title"]))
    assert stages(engine).count("skeleton") == 1
    assert "tools" not in engine.completions[0].body
    server.wait_for(r"200 done normal(?:.|\n)*200 done normal")

    engine.reset()
    engine.normal = json.dumps(TASKS)
    ask(page, host, None, "How can I wake up early?")
    expect(assistant(page, 1)).to_contain_text(POINTS[3])
    first = engine.asked()[0]
    assert any(POINTS[2] in turn["content"] for turn in first), "the first answer is part of the question"


def test_its_stop_button_ends_the_requests_at_the_engine(
    host: OpenWebUI, engine: EngineServer, serve: Serve, page: Page
) -> None:
    server = serve(engine.url, "--tools", "ignore")
    gate = Gate()
    engine.points = {**POINTS, 1: ["Go to bed at the same time ", gate]}
    ask(page, host, "skeleton", QUESTION)
    expect(assistant(page)).to_contain_text("Go to bed at the same time")
    page.get_by_role("button", name="Stop", exact=True).click()
    gate.wait_left()
    server.wait_for("client_gone skeleton")
    expect(assistant(page)).to_contain_text("Go to bed at the same time")


@pytest.mark.parametrize(
    ("choice", "calling", "tools", "wanted"),
    [
        ("forward", "default", True, "normal"),
        ("forward", "legacy", False, "skeleton"),
        ("ignore", "default", False, "skeleton"),
    ],
)
def test_its_tools_all_go_to_the_engine_or_none(
    host: OpenWebUI, engine: EngineServer, serve: Serve, choice: str, calling: str, tools: bool, wanted: str
) -> None:
    serve(engine.url, "--tools", choice)
    gate = Gate()
    engine.normal, engine.skeleton = [gate, NORMAL], [gate, SKELETON]
    # Without a session, as from a program, it adds no tools.
    page: dict[str, Any] = {"session_id": "a page", "chat_id": "local:1", "id": "1", "stream": True}
    if calling != "default":
        page["params"] = {"function_calling": calling}
    host.chat("auto", QUESTION, **page).raise_for_status()
    gate.wait_reached()
    sent = engine.completions[0].body
    names = {tool["function"]["name"] for tool in sent.get("tools", [])}
    assert ("get_current_timestamp" in names, stages(engine)[0]) == (tools, wanted)
    gate.open()


def test_failures_are_told_without_secrets(
    host: OpenWebUI, engine: EngineServer, serve: Serve, page: Page
) -> None:
    serve(engine.url, "--tools", "ignore")
    secret = "GPU 7 of node-9.internal fell over"
    engine.default = status(400, {"error": {"message": secret}})
    ask(page, host, "skeleton", QUESTION)
    expect(assistant(page)).to_contain_text("the engine refused the request")
    engine.default = raw([event(delta("Half a sentence"))], drop=True)
    ask(page, host, "normal", QUESTION)
    expect(assistant(page)).to_contain_text("Half a sentence")
    expect(assistant(page)).to_contain_text("the connection to the engine broke")
    for unwanted in (secret, KEY, engine.url):
        assert unwanted not in page.content()


def test_the_built_in_model_answers_with_the_defaults(host: OpenWebUI, serve: Serve, page: Page) -> None:
    server = serve("torch:", "--tools", "ignore", "--max-points", "3", "--max-point-tokens", "24")
    with host.without_tasks():
        ask(page, host, "auto", QUESTION)
        expect(assistant(page).locator("ol > li").nth(1)).to_be_visible()
        server.wait_for("200 done skeleton")
