"""The check of an engine with random weights, tiny and on the CPU."""

from __future__ import annotations

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
