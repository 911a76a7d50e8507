"""Openings on the wire: normal decoding's first sentences come before the points, and while they are planned.

The engine is a test double (`engine_server.EngineServer`), which holds texts back at gates.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from cli_server import NORMAL, SKELETON, TEXT, Gate
from engine_server import PATIENCE, EngineServer
from server_process import COMPLETIONS, ServedApp, body, events

OPENING = "Good sleep is a habit."


def content(line: str) -> str:
    """The text of one line of an event stream."""
    if not line.startswith("data: {"):
        return ""
    choices = json.loads(line.removeprefix("data: "))["choices"]
    return (choices[0]["delta"].get("content") or "") if choices else ""


def turns(served: ServedApp) -> None:
    """Let the server's event loop take some turns: it reads what the engine has sent by then."""
    for _ in range(5):
        httpx.get(f"{served.address}/health", timeout=60).raise_for_status()


@pytest.mark.parametrize("fields", [{}, {"opening": None}, {"opening": False}])
def test_no_opening_unless_the_server_or_the_request_wants_one(
    served: ServedApp, engine: EngineServer, fields: dict[str, Any]
) -> None:
    made = served.post(body(sot=fields)).json()
    assert made["choices"][0]["message"]["content"] == TEXT
    assert len(engine.completions) == 1 + 3


def test_an_opening_stands_before_the_points(served: ServedApp, engine: EngineServer) -> None:
    with engine.opening_first(f"{OPENING}\n\nIt", read=lambda: turns(served)):
        made = served.post(body(sot={"opening": True})).json()
    assert made["choices"][0]["message"]["content"] == f"{OPENING}\n\n{TEXT}"
    assert made["choices"][0]["finish_reason"] == "stop"
    assert len(engine.completions) == 2 + 3
    assert engine.at_rest(), "normal decoding went on"


def test_it_streams_while_the_skeleton_is_decoded(served: ServedApp, engine: EngineServer) -> None:
    held = Gate()
    engine.skeleton = [held, SKELETON]
    engine.normal = [f"{OPENING}\n\nIt", Gate()]
    text = ""
    asked = body(stream=True, sot={"opening": True})
    with httpx.stream("POST", served.address + COMPLETIONS, json=asked, timeout=PATIENCE) as response:
        for line in response.iter_lines():
            text += content(line)
            if text.strip() == OPENING:
                held.open()  # not before: were the opening held back as well, nothing would come
    assert text == f"{OPENING}\n\n{TEXT}"


def test_a_server_whose_answers_have_openings(engine: EngineServer) -> None:
    with ServedApp(engine.url, opening=True) as served:
        with engine.opening_first(f"{OPENING}\n\nIt", read=lambda: turns(served)):
            streamed = events(served.post(body(stream=True)).content)
        pieces = [event["choices"][0]["delta"].get("content") or "" for event in streamed]
        assert "".join(pieces) == f"{OPENING}\n\n{TEXT}"
        plain = served.post(body(sot={"opening": False})).json()
        assert plain["choices"][0]["message"]["content"] == TEXT


def test_a_normal_answer_that_is_over_first_is_the_answer(served: ServedApp, engine: EngineServer) -> None:
    engine.skeleton = [Gate(), SKELETON]  # never opened: the request is ended there
    made = served.post(body(sot={"opening": True})).json()
    assert made["choices"][0]["message"]["content"] == NORMAL
    assert made["choices"][0]["finish_reason"] == "stop"
    assert engine.at_rest(), "the skeleton's request went on"
