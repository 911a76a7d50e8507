"""Closed-loop measurement with many answers at once, on a simulated engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from speeds import profile

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.cli import main
from sot.evals.bench.concurrency import ConcurrencyRow, closed
from sot.evals.bench.open_loop import Setting
from sot.evals.measure.lengths import Lengths
from sot.evals.measure.shapes import Given
from sot.evals.simulate.fleet import EXAMPLE

_BENCH = ["bench", "concurrency", "--backend", f"replay:{EXAMPLE}", "--answers", "4"]
_LENGTHS = ["--lengths", "normal=80,skeleton=20,points=4x20"]


def _rows(capsys: pytest.CaptureFixture[str], *more: str) -> dict[tuple[int, str], dict[str, Any]]:
    assert main([*_BENCH, *_LENGTHS, "--json", *more]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["lengths"] == "forced lengths normal=80,skeleton=20,points=4x20"
    return {(row["together"], row["policy"]): row for row in found["rows"]}


def test_a_level_has_so_many_answers_of_the_forced_lengths(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _rows(capsys, "--at-once", "1,4")
    assert list(rows) == [(level, name) for level in (1, 4) for name in ("normal", "skeleton", "adaptive")]
    assert [rows[level, "normal"]["asked"] for level in (1, 4)] == [4, 12], "three for each place"
    assert [rows[level, "normal"]["answers"] for level in (1, 4)] == [2, 4]
    assert rows[4, "normal"]["tokens"] == rows[4, "skeleton"]["tokens"] == 4 * 80
    assert rows[4, "skeleton"]["skeletons"] == 4
    assert rows[4, "skeleton"]["decoded"] > 4 * 100, "skeletons and openings count as decoded"
    assert rows[4, "normal"]["decoded"] == 4 * 80


def test_a_full_engine_writes_more_with_many_at_once_and_lets_some_wait(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = _rows(capsys, "--at-once", "1,32", "--policy", "normal")
    alone, full = rows[1, "normal"], rows[32, "normal"]
    assert full["tokens_per_second"] > alone["tokens_per_second"]
    # 16 places at this engine: the last wait for the first.
    assert full["first_text_worst_s"] > 10 * alone["first_text_worst_s"]


def test_the_table_has_a_line_for_each_level_and_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*_BENCH, *_LENGTHS, "--at-once", "2", "--answers", "7", "--policy", "normal,skeleton"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith("Simulated: replay:example.json")
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| 2")
    ]
    assert [row[:2] for row in cells] == [["2", "normal"], ["2", "skeleton"]]
    assert [row[-1] for row in cells] == ["0 of 3", "3 of 3"]


def test_neither_the_first_answers_nor_those_that_run_out_are_counted() -> None:
    tokens = [500, 500] + 9 * [10] + [1000]  # two at once: the first two end together, the last one alone

    async def measured() -> ConcurrencyRow:
        shapes = [Given(Lengths(normal=one)) for one in tokens]
        setting = Setting(ReplayBackend(profile()), ["Why?"], shapes=shapes)
        return await closed(setting, setting.asking("normal"), "normal", 2, len(tokens))

    row = run_virtually(measured())
    assert row.asked == 12
    assert row.tokens == 6 * 10
    assert max(row.total_s) < 0.5
    assert row.wall_s < 1


@pytest.mark.parametrize("unfit", ["needs=2:1", "bad=50%"])
def test_lengths_that_would_change_nothing_are_refused(
    unfit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*_BENCH, "--lengths", f"normal=80,skeleton=20,points=4x20,{unfit}"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "needs and bad are for sot bench latency" in shown.err


@pytest.mark.parametrize("levels", ["0", "many", "1,5000"])
def test_levels_that_make_no_sense_are_refused(levels: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*_BENCH, "--at-once", levels]) == 2
    assert "--at-once" in capsys.readouterr().err
