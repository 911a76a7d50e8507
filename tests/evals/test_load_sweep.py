"""The sweep over loads: a table of ratios for a profile."""

from __future__ import annotations

from pathlib import Path

import pytest
from speeds import small

from sot.cli import main
from sot.evals.bench.arrivals import poisson
from sot.evals.bench.options import Policy
from sot.evals.measure.shapes import shapes
from sot.evals.simulate import sweep
from sot.evals.simulate.replica import Fleet
from sot.evals.stats.bootstrap import percentile


def test_a_table_of_ratios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "sweep", "--loads", "0.2,1.0", "--seeds", "2", "--answers", "200"]) == 0
    output, errors = capsys.readouterr()
    assert errors.splitlines()[-1].startswith("2/2 load 100%"), "plain lines: not a terminal"
    lines = output.splitlines()
    assert lines[1].startswith("**Simulated**, torch:SmolLM2-135M-Instruct, 16 places (example.json)")
    idle, full = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines[-2:])
    assert idle[0] == "20%"
    assert idle[1].startswith("1.00 (")
    assert idle[3] == "100%"
    assert full[0] == "100%"
    assert int(full[3].rstrip("%")) < 50, "a full engine is decoded on normally"


def test_the_same_arrivals_for_every_policy_and_other_ones_for_every_seed() -> None:
    fleet = Fleet(small(), shapes(0, 500))

    def run(policy: Policy, seed: int) -> list[tuple[bool, float]]:
        arrivals = poisson(0.3 * fleet.capacity, 100 / fleet.capacity, seed)
        return [(answer.skeleton, answer.total_s) for answer in fleet.answer(arrivals, policy)]

    normal, skeleton = run("normal", 1), run("skeleton", 1)
    assert len(normal) == len(skeleton)
    assert {kind for kind, _ in normal} == {False}
    assert {kind for kind, _ in skeleton} == {True}
    assert (percentile([s for _, s in normal], 50) or 0) > (percentile([s for _, s in skeleton], 50) or 0)
    assert run("normal", 1) == normal
    assert run("normal", 2) != normal


def test_the_rows_so_far_are_shown_when_interrupted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = sweep.ratios

    def ratios(fleet: Fleet, load: float, *numbers: int) -> list[str]:
        if load > 0.5:
            raise KeyboardInterrupt
        return made(fleet, load, *numbers)

    monkeypatch.setattr(sweep, "ratios", ratios)
    assert main(["bench", "sweep", "--loads", "0.2,1.0", "--seeds", "1", "--answers", "50"]) == 130
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("**Simulated**")
    assert lines[-1].startswith("| 20%")


def test_a_table_for_each_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one.json", "other.json"):
        (tmp_path / name).write_text(small().model_dump_json(), encoding="utf-8")
    chosen = [word for name in ("one.json", "other.json") for word in ("--profile", str(tmp_path / name))]
    assert main(["bench", "sweep", *chosen, "--loads", "0.5", "--seeds", "1", "--answers", "20"]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if line.startswith("**Simulated**")]
    assert [head[head.index("(") : head.index(")") + 1] for head in heads] == ["(one.json)", "(other.json)"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--loads", "much"], "--loads is 'much'"),
        (["--loads", "0.0001"], "no question arrives"),
        (["--seeds", "0"], "must be at least 1"),
        (["--profile", "nowhere.json"], "cannot be read"),
    ],
)
def test_bad_use(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bench", "sweep", *arguments]) == 2
    assert says in capsys.readouterr().err
