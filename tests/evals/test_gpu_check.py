"""The check of an engine with random weights, tiny and on the CPU."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from sot.evals.gpu_check import Lengths, Result, main, report

TINY = [
    "--shape",
    "tiny",
    "--normal",
    "24",
    "--skeleton",
    "6",
    "--points",
    "3",
    "--point",
    "5",
    "--repeat",
    "2",
]


def test_it_runs_on_the_torch_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TINY, "--engines", "torch"]) == 0
    shown = capsys.readouterr().out
    assert "Llama tiny, bfloat16, random weights; CPU" in shown
    assert "normal: 24 tokens; skeleton: 6, then 3 points of 5 together" in shown
    assert shown.splitlines()[-1].startswith("| torch | ")


@pytest.mark.parametrize(
    "arguments", [["--engines", "abc"], ["--points", "0"], ["--repeat", "0"], ["--engines", ","]]
)
def test_bad_use_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1


def test_the_table_has_medians_and_ratios_round_by_round() -> None:
    result = Result("torch", (2.0, 4.0, 3.0), (1.0, 1.0, 2.0), 1.5, 0.9)
    table = report([result], Lengths(100, 10, 4, 5), "Llama tiny")
    row = [cell.strip() for cell in table.splitlines()[-1].strip("|").split("|")]
    assert row == ["torch", "3.00", "33", "1.00", "30", "2.00x (1.50 to 4.00)", "90%", "1.5"]
