"""The simulated router: what each rule leaves of the prefix cache, and the trap of a common prefix."""

from __future__ import annotations

import json
from typing import Any

import pytest
from speeds import like_vllm

from sot.backends.replay.virtual_time import run_virtually
from sot.cli import main
from sot.evals.bench.options import FleetOptions
from sot.evals.measure.shapes import shapes
from sot.evals.simulate.routed import RoutedBackend, Rule
from sot.evals.simulate.routing import RoutedRun, simulate
from sot.load.profile import write_profile
from sot.types import GenerateConfig, Message

SPEED = like_vllm()


def figures(rule: Rule, **options: Any) -> dict[str, Any]:
    chosen = FleetOptions(**{"system_tokens": 60, "question_tokens": 200, **options})
    arrivals = [0.4 * number for number in range(11)]
    return dict(simulate(SPEED, RoutedRun(4, 0.5, rule, arrivals), shapes(0, 50), chosen))


def test_a_key_for_each_answer_keeps_its_prefix_and_a_common_prefix_is_a_trap():
    rules: tuple[Rule, ...] = ("round-robin", "session")
    found = {rule: figures(rule) for rule in rules}
    assert found["session"]["cached"] > found["round-robin"]["cached"] + 0.1
    assert found["round-robin"]["busiest"] == pytest.approx(0.25, abs=0.02)
    assert found["session"]["busiest"] < 0.6
    trap = figures("prefix", threshold=0.1)
    assert trap["busiest"] > 0.8, "all requests begin alike, so all go to one replica"
    assert trap["total_p95"] > found["session"]["total_p95"]
    assert figures("prefix-balanced", threshold=0.1)["busiest"] < trap["busiest"]
    assert figures("session") == found["session"], "the figures depend on the seed alone"


def test_a_key_always_goes_to_the_same_replica():
    async def busiest(rule: Rule, keys: list[str]) -> float:
        backend = RoutedBackend(SPEED, 4, rule, 0.3)
        for number, key in enumerate(keys):
            asked = [Message("user", f"{number} people ask about tea")]
            async for _ in backend.stream(asked, GenerateConfig(max_tokens=2, answer=key)):
                pass
        await backend.aclose()
        return backend.busiest

    assert run_virtually(busiest("session", ["one"] * 12)) == 1
    assert run_virtually(busiest("session", [f"answer {n}" for n in range(60)])) < 0.5
    assert run_virtually(busiest("round-robin", ["one"] * 12)) == 0.25


def test_the_command_prints_a_table_that_says_it_is_simulated(tmp_path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "profile.json"
    write_profile(path, SPEED)
    own = ["bench", "fleet", "--profile", str(path), "--answers", "4", "--loads", "0.3", "--replicas", "2"]
    assert main([*own, "--routing", "session,round-robin"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("**Simulated**")
    assert [line.split("|")[3].strip() for line in shown.splitlines()[-2:]] == ["round-robin", "session"]
    out = tmp_path / "figures.json"
    assert main([*own, "--routing", "prefix,session", "--json", "--out", str(out)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads(out.read_text())
    assert [row["routing"] for row in report["rows"]] == ["session", "prefix"]
    assert {row["answers"] for row in report["rows"]} <= set(range(1, 10))
    for wrong in (["--routing", "random"], ["--routing", "session", "--threshold", "0"]):
        assert main([*own, *wrong]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert wrong[-2].strip() in said
