"""Stages on engines of their own behind the server, and what its page says of them; engine doubles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cli_server import MODEL, QUESTION, TEXT
from engine_server import EngineServer
from fault_server import status
from page_browser import NEEDS_CHROMIUM, Visits
from playwright.sync_api import expect
from server_process import COMPLETIONS, ServedApp, body

WRITER = "writer"


class WriterServer(EngineServer):
    """The same engine double with another model."""

    def reset(self) -> None:
        super().reset()
        self.models = {"data": [{"id": WRITER, "max_model_len": 4096, "supported_parameters": ["stop"]}]}


@pytest.fixture(scope="module")
def running_writer() -> Iterator[WriterServer]:
    with WriterServer() as server:
        yield server


@pytest.fixture
def writer(running_writer: WriterServer) -> WriterServer:
    running_writer.reset()
    return running_writer


@pytest.fixture
def served(engine: EngineServer, writer: WriterServer) -> Iterator[ServedApp]:
    stages = {"points": {"backend": writer.url, "settings": {"max_retries": 0}}}
    with ServedApp(engine.url, stages=stages) as served:
        yield served


def details(served: ServedApp) -> dict[str, Any]:
    reply = httpx.post(f"{served.address}{COMPLETIONS}", json=body(sot={"details": True}), timeout=60)
    assert reply.status_code == 200
    assert reply.json()["choices"][0]["message"]["content"] == TEXT
    return reply.json()["sot"]


def test_the_details_and_the_metrics_name_the_models(served: ServedApp) -> None:
    found = details(served)
    assert [(use["stage"], use["model"], use["backend"]) for use in found["stages"]] == [
        ("skeleton", MODEL, "http"),
        ("point", WRITER, "http"),
    ]
    metrics = httpx.get(f"{served.address}/metrics", timeout=60).text
    tokens = f'sot_stage_tokens_total{{kind="completion",model="{WRITER}",stage="point"}}'
    used = found["stages"][1]["usage"]["completion_tokens"]
    assert f"{tokens} {float(used)}" in metrics
    assert httpx.get(f"{served.address}/sot/about", timeout=60).json()["stages"] == {"points": WRITER}


def test_a_failure_is_told_without_the_engines_words(served: ServedApp, writer: WriterServer) -> None:
    writer.default = status(500, {"error": {"message": "secret words of the engine"}})
    found = details(served)
    assert found["stage_failures"] == [{"stage": "points", "model": WRITER, "reason": "the engine failed"}]
    assert (
        'sot_stage_failures_total{stage="points"} 1.0'
        in httpx.get(f"{served.address}/metrics", timeout=60).text
    )
    events = httpx.post(
        f"{served.address}/sot/events",
        json={"question": QUESTION, "sot": {"strategy": "skeleton"}},
        timeout=60,
    )
    assert '"type":"stage_replaced"' in events.text
    assert "secret words" not in events.text
    assert writer.url not in events.text


@NEEDS_CHROMIUM
def test_the_page_says_which_model_wrote_what(served: ServedApp, visits: Visits) -> None:
    visit = visits(f"{served.address}/")
    visit.ask()
    expect(visit.verdict).to_contain_text(f"Skeleton by {MODEL}, points by {WRITER}.")
    expect(visit.right.locator(".card").first).to_have_attribute("title", f"Written by {WRITER}")
