"""The check of an engine with random weights, tiny and on the CPU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from sot.evals import gpu_check
from sot.evals.gpu_check import main


@pytest.fixture(autouse=True)
def _no_vllm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(gpu_check, "_has_vllm", lambda: False)


def test_it_runs_on_the_torch_engine(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lengths = ["--lengths", "normal=24,skeleton=6,points=3x5"]
    out = tmp_path / "check"
    assert main(["--random-llama", "tiny", "--limit", "1", "--out", str(out), *lengths]) == 0
    shown = capfd.readouterr().out
    assert "Random weights of a tiny Llama's shape" in shown
    assert "### Decode steps" in shown
    report = json.loads((out / "torch" / "report.json").read_text())
    methods = {answer["method"] for answer in report["answers"]}
    assert methods == {"normal", "skeleton", "skeleton-wait", "skeleton-paper"}
    assert [step["batch"] for step in report["run"]["steps"]] == [1, 2, 4, 8, 16, 32, 64]
    assert all(step["bound_s"] > 0 for step in report["run"]["steps"])


def test_vllm_is_measured_too_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu_check, "_has_vllm", lambda: True)
    monkeypatch.setattr(sys, "executable", script(tmp_path, 'echo "$@"'))
    assert main(["--out", "there"]) == 0
    torch_line, vllm_line = capfd.readouterr().out.splitlines()
    assert "--backend torch:" in torch_line
    assert "--out there/torch" in torch_line
    assert "--backend vllm:" in vllm_line
    assert "--out there/vllm" in vllm_line


def test_a_run_that_takes_too_long_is_interrupted_and_may_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu_check, "_WHOLE_S", 0.0)
    monkeypatch.setattr(
        sys, "executable", script(tmp_path, "trap 'exit 130' INT; while :; do sleep 0.01; done")
    )
    assert main([]) == 130
    assert "its time is over" in capfd.readouterr().err


def test_an_engine_that_takes_too_long_leaves_vllm_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu_check, "_has_vllm", lambda: True)
    monkeypatch.setattr(gpu_check, "_WHOLE_S", gpu_check._VLLM_S)
    waits = "*torch:*) trap 'exit 130' INT; while :; do sleep 0.01; done"
    monkeypatch.setattr(sys, "executable", script(tmp_path, f'case "$*" in {waits};; esac; echo "$@"'))
    assert main([]) == 130, "not everything was measured"
    assert "--backend vllm:" in capfd.readouterr().out


def test_bad_use_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--random-llama", "70b"]) == 2
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(("gpu", "shape"), [(True, "7b"), (False, "tiny")])
def test_the_shape_is_chosen_by_what_torch_can_use(
    gpu: bool, shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    monkeypatch.setattr("torch.cuda.is_available", lambda: gpu)
    monkeypatch.setattr(sys, "executable", script(tmp_path, 'echo "$@"'))
    assert main([]) == 0
    assert f"--random-llama {shape} --limit 4" in capfd.readouterr().out


def test_interrupted_it_waits_for_the_benchmark_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    waits, wait = tmp_path / "waits", subprocess.Popen[bytes].wait

    def told(bench: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        waits.touch()
        return wait(bench, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", told)
    until = f"until [ -e {waits} ]; do sleep 0.01; done"
    ends = "kill -INT $PPID; sleep 1; echo ended; exit 130"
    monkeypatch.setattr(sys, "executable", script(tmp_path, f"{until}; {ends}"))
    assert main([]) == 130
    assert capfd.readouterr().out == "ended\n"


def test_interrupted_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    assert main([]) == 130


def script(folder: Path, line: str) -> str:
    """Make a program in the place of Python."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o700)
    return str(path)
