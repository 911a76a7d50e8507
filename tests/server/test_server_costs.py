"""Costs at the server: in details, events and metrics; `test_page_browser` looks at the page.

The engine is a test double (`engine_server.EngineServer`), so that the tokens are known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cli_server import NORMAL, POINTS, QUESTION, SKELETON
from engine_server import EngineServer, cut
from prometheus_client.parser import text_string_to_metric_families
from server_process import ServedApp, body

from sot.price import Prices

PRICES = Prices(input=2.0, output=8.0, cached=0.5, currency="€")
WRITTEN = sum(len(cut(text)) for text in (SKELETON, *POINTS.values()))


def cost(requests: int, completion: int) -> float:
    """What requests cost whose prompts have 40 tokens each, 10 of them cached."""
    return (requests * (30 * 2.0 + 10 * 0.5) + completion * 8.0) / 1e6


@pytest.fixture
def priced(engine: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(engine.url, prices=PRICES) as served:
        yield served


def counted(served: ServedApp) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(served.get("/metrics").text)
    return {
        (sample.labels["strategy"], sample.labels["currency"]): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "sot_cost_total"
    }


def test_details_and_events(priced: ServedApp) -> None:
    whole = priced.post(body(model="skeleton", sot={"details": True})).json()["sot"]["cost"]
    assert whole["spent"] == pytest.approx(cost(4, WRITTEN))
    assert whole["cached_saved"] == pytest.approx(4 * 10 * 1.5 / 1e6)
    assert whole["currency"] == "€"
    assert whole["estimated"] > whole["normal_estimated"] > 0
    plain = priced.post(body(model="skeleton")).json()
    assert "sot" not in plain
    lines = priced.post({"question": QUESTION}, "/sot/events").text.splitlines()
    sent = [json.loads(line.removeprefix("data: ")) for line in lines if line]
    assert sent[0]["cost"]["estimated"] > 0
    assert sent[-1]["answer"]["cost"]["spent"] == pytest.approx(cost(4, WRITTEN))


def test_metrics_count_forwarded_requests_too(priced: ServedApp) -> None:
    asked: list[dict[str, Any]] = [
        {"model": "skeleton"},
        {"model": "normal"},
        {"model": "normal", "stream": True, "stream_options": {"include_usage": True}},
        {"model": "normal", "stream": True},  # a client that asks for no usage gets none, and neither do we
        {"tools": [{}]},
    ]
    for fields in asked:
        assert priced.post(body(**fields)).status_code == 200
    priced.wait_ended(len(asked))
    short = cost(1, len(cut(NORMAL)))
    assert counted(priced) == {
        ("skeleton", "€"): pytest.approx(cost(4, WRITTEN)),
        ("normal", "€"): pytest.approx(2 * short),
        ("direct", "€"): pytest.approx(short),
    }


def test_without_prices_nothing_is_said_of_costs(served: ServedApp) -> None:
    details = served.post(body(model="skeleton", sot={"details": True})).json()["sot"]
    assert "cost" not in details
    served.wait_ended(1)
    assert counted(served) == {}


def test_a_server_leaves_dear_skeletons_out(engine: EngineServer) -> None:
    with ServedApp(engine.url, prices=PRICES, max_cost_ratio=1.01) as served:
        answer = served.post(body(model="auto", sot={"details": True})).json()
    assert answer["sot"]["route"]["strategy"] == "normal"
    assert "times normal decoding, more than 1.01" in answer["sot"]["route"]["reason"]
    assert json.dumps(answer).count("would cost") == 1
