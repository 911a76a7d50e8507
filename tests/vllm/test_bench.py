"""``sot bench latency`` on real vLLM: forced lengths and a grid of its accelerators, an engine for each."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from conftest import START_S
from test_command import SOT, environment

from sot.evals.engines.draft_model import save_draft


def run(command: list[str]) -> str:
    """What the program prints; on standard error there is its progress, and no complaint."""
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(), timeout=3 * START_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_methods_and_accelerators(tmp_path: Path, folder: str) -> None:
    draft = tmp_path / "draft"
    save_draft(folder, 28, draft)  # nearly the whole model: so that some of its guesses are right
    command = [SOT, "bench", "latency", "--backend", "vllm:", "--limit", "1"]
    command += ["--methods", "normal,skeleton-no-opening"]  # an opening's tokens are as many as time allows
    command += ["--lengths", "normal=48,skeleton=12,points=3x12", "--engine-arg", "max_model_len=4096"]
    command += ["--accelerators", f"none,draft:{draft},quant:bitsandbytes", "--out", str(tmp_path / "run")]
    shown = run(command)
    assert "refused: vLLM cannot run" in shown
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    for answer in report["answers"]:
        written = 48 if answer["method"] == "normal" else 12 + 3 * 12
        assert answer["completion_tokens"] == written
        assert answer["points"] == (0 if answer["method"] == "normal" else 3)
    groups = {(group["accelerator"], group["method"]): group for group in report["summary"]["groups"]}
    assert set(groups) == {
        (name, way) for name in ("none", f"draft:{draft}") for way in ("normal", "skeleton-no-opening")
    }
    assert groups["none", "normal"]["drafted"] is None
    assert groups["none", "skeleton-no-opening"]["cached_share"] > 0.5
    for way in ("normal", "skeleton-no-opening"):
        group = groups[f"draft:{draft}", way]
        assert 0 < group["accepted"] < group["drafted"]
    (refused,) = report["refused"]
    assert (refused["accelerator"], refused["method"]) == ("quant:bitsandbytes", None)


def test_forced_lengths_at_a_server(server: str) -> None:
    methods = "normal,skeleton-no-opening"
    command = [SOT, "bench", "latency", "--backend", server, "--limit", "2", "--methods", methods]
    command += ["--lengths", "normal=48,skeleton=12,points=2x8+16", "--json"]
    shown = run(command)
    report = json.loads(shown)
    written = {(answer["method"], answer["completion_tokens"]) for answer in report["answers"]}
    assert written == {("normal", 48), ("skeleton-no-opening", 12 + 32)}
    assert {answer["drafted"] for answer in report["answers"]} == {None}
    for answer in report["answers"]:
        assert answer["requests"] == (1 if answer["method"] == "normal" else 4)
        assert 0 < answer["first_text_s"] < answer["total_s"]
