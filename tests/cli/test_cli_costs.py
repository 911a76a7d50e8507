"""Prices on the command line: what is refused, and where costs are shown.

The engine is a test double (`cli_server.ScriptServer`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_here import sot_here
from cli_server import QUESTION, ScriptServer, one_line
from rows import rows

from sot.cli.describe import describe_cost
from sot.types import Answer, Cost, PointAnswer, Route, Skeleton, Timing, Usage

PRICES = ("--price-in", "2", "--price-out", "8")


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@rows(
    ("options", "said"),
    [
        (("--price-in", "-1", "--price-out", "1"), "--price-in is -1.0"),
        (("--price-in", "nan", "--price-out", "1"), "--price-in is nan"),
        (("--price-in", "1", "--price-out", "inf"), "--price-out is inf"),
        (("--price-in", "1e9", "--price-out", "1"), "--price-in is 1000000000.0"),
        (("--price-in", "1"), "--price-in needs --price-out"),
        (("--price-cached", "1"), "--price-cached needs --price-in"),
        (("--cache-least", "5"), "--cache-least needs --price-in"),
        ((*PRICES, "--price-cached", "3"), "cached is 3, more than input (2)"),
        ((*PRICES, "--price-currency", "<i>"), "the currency is '<i>'"),
        ((*PRICES, "--cache-least", "-1"), "--cache-least is -1"),
        ((*PRICES, "--prices", "p.json"), "leave out --price-in"),
        (("--prices", "p.json"), "p.json: No such file"),
        (("--max-cost-ratio", "2"), "--max-cost-ratio needs prices"),
        ((*PRICES, "--max-cost-ratio", "0"), "--max-cost-ratio is 0.0"),
        ((*PRICES, "--max-cost-ratio", "nan"), "--max-cost-ratio is nan"),
    ],
)
def test_refused_in_one_line(options: tuple[str, ...], said: str) -> None:
    for command in (("ask", "hello"), ("serve", "--port", "0"), ("route", "hello")):
        done = sot_here(*command, *options, SOT_BACKEND="http://127.0.0.1:9/v1")
        assert done.returncode == 2
        assert said in one_line(done.stderr)


def test_ask_shows_the_cost(server: ScriptServer, tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({"*": {"input": 2, "output": 8, "currency": "EUR"}}), encoding="utf-8")
    asked = ("ask", QUESTION, "--json", "-s", "skeleton", "--backend", server.url)
    for prices, currency in ((PRICES, "$"), (("--prices", str(file)), "EUR")):
        done = sot_here(*asked, *prices)
        answer = json.loads(done.stdout)
        usage, cost = answer["usage"], answer["cost"]
        assert cost["currency"] == currency
        told = 2 * (usage["prompt_tokens"] + cost.get("assumed_tokens", 0)) + 8 * usage["completion_tokens"]
        assert cost["spent"] == pytest.approx(told / 1e6)
        assert cost["spent"] > 0
    assert "cost" not in json.loads(sot_here(*asked).stdout)


def test_route_shows_the_estimate(server: ScriptServer) -> None:
    asked = ("route", QUESTION, "--backend", server.url, *PRICES)
    told = json.loads(sot_here(*asked, "--json").stdout)
    assert told["strategy"] == "skeleton"
    assert told["cost"]["estimated"] > told["cost"]["normal_estimated"] > 0
    assert "; decoded normally $0.00" in sot_here(*asked).stdout.decode()
    left_out = json.loads(sot_here(*asked, "--json", "--max-cost-ratio", "1.01").stdout)
    assert left_out["strategy"] == "normal"
    assert "more than 1.01" in left_out["reason"]
    assert one_line(sot_here("route", "--eval", "heldout", *PRICES).stderr).endswith("leave out the prices")


def test_in_words() -> None:
    point = PointAnswer(1, "Sleep", "Sleep.", "done", Usage(), 0.0, 0.0, 1.0)
    cost = Cost("$", 0.00123, normal_estimated=0.0005)
    route = Route("skeleton", 1.0, "-", "-")
    answer = Answer("?", "-", route, Skeleton(), (point,), Usage(), Usage(), Timing(), "m", "b:", cost=cost)
    assert describe_cost(answer) == "$0.00123 (decoded normally about $0.0005)"
