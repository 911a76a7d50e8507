"""The check of an engine with random weights, tiny and on the CPU."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from sot.evals.gpu_check import main


def test_it_runs_on_the_torch_engine(capfd: pytest.CaptureFixture[str]) -> None:
    lengths = ["--lengths", "normal=24,skeleton=6,points=3x5"]
    assert (
        main(["--random-llama", "tiny", "--limit", "1", "--methods", "normal,skeleton-no-opening", *lengths])
        == 0
    )
    shown = capfd.readouterr().out
    assert "Random weights of a tiny Llama's shape" in shown
    assert "### Decode steps" in shown


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
    assert f"--random-llama {shape} --limit 3" in capfd.readouterr().out


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
