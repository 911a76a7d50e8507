"""Closed-loop measurement with many answers at once, on a simulated engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sot.cli import main
from sot.evals.simulate.fleet import EXAMPLE

_BENCH = ["bench", "concurrency", "--backend", f"replay:{EXAMPLE}", "--answers", "4"]
_LENGTHS = ["--lengths", "normal=80,skeleton=20,points=4x20"]


def _rows(capsys: pytest.CaptureFixture[str], *more: str) -> dict[tuple[int, str], dict[str, Any]]:
    assert main([*_BENCH, *_LENGTHS, "--json", *more]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["lengths"] == "forced lengths normal=80,skeleton=20,points=4x20"
    return {(row["together"], row["policy"]): row for row in found["rows"]}


def test_a_level_has_so_many_answers_of_the_forced_lengths(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _rows(capsys, "--at-once", "1,8")
    assert list(rows) == [(level, name) for level in (1, 8) for name in ("normal", "skeleton", "adaptive")]
    assert [rows[level, "normal"]["answers"] for level in (1, 8)] == [4, 8]
    assert rows[8, "normal"]["tokens"] == rows[8, "skeleton"]["tokens"] == 8 * 80
    assert rows[8, "skeleton"]["skeletons"] == 8
    assert rows[8, "skeleton"]["decoded"] > 8 * 100, "skeletons and openings count as decoded"
    assert rows[8, "normal"]["decoded"] == 8 * 80


def test_a_full_engine_writes_more_with_many_at_once_and_lets_some_wait(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = _rows(capsys, "--at-once", "1,64", "--policy", "normal")
    alone, full = rows[1, "normal"], rows[64, "normal"]
    assert full["tokens_per_second"] > alone["tokens_per_second"]
    # 16 places at this engine: the last wait for the first.
    assert full["first_text_worst_s"] > 10 * alone["first_text_worst_s"]


def test_the_table_has_a_line_for_each_level_and_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*_BENCH, *_LENGTHS, "--at-once", "2", "--policy", "normal,skeleton"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith("Simulated: replay:example.json")
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| 2")
    ]
    assert [row[:2] for row in cells] == [["2", "normal"], ["2", "skeleton"]]
    assert [row[-1] for row in cells] == ["0 of 4", "4 of 4"]


@pytest.mark.parametrize("levels", ["0", "many", "1,5000"])
def test_levels_that_make_no_sense_are_refused(levels: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*_BENCH, "--at-once", levels]) == 2
    assert "--at-once" in capsys.readouterr().err
