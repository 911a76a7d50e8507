"""Simulated loads in processes of their own: the same figures, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import pytest
from sot.evals.child import child_command, child_environment
from sot.evals.load import bench as bench_module
from sot.evals.load import side_by_side as module
from sot.evals.load.arrivals import poisson
from sot.evals.load.at_load import Load
from sot.evals.load.options import LoadBench
from sot.evals.load.side_by_side import side_by_side
from sot.evals.load.worker import LoadJob
from speeds import like_vllm

from sot.cli import main
from sot.engine_profile import write_profile
from sot.errors import ConfigError, EngineError


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    file = tmp_path / "engine.json"
    write_profile(file, like_vllm())
    return file


def jobs(engine: Path, *, answers: int = 20, out: Path | None = None) -> list[LoadJob]:
    own = LoadBench(backend=f"replay:{engine}", out=out, duration=float(answers))
    return [
        LoadJob(bench=own, policies=["normal"], load=Load(load, poisson(load, float(answers), 0), 9.0))
        for load in (0.5, 1.0)
    ]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The processes that were started."""
    processes: list[Process] = []
    start = asyncio.create_subprocess_exec

    async def remembered(*command: Any, **options: Any) -> Process:
        processes.append(await start(*command, **options))
        return processes[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remembered)
    return processes


@pytest.mark.parametrize("few", [0, 10_000], ids=["processes", "too few answers for processes"])
def test_the_figures_are_those_of_one_load_after_the_other(
    engine: Path,
    few: int,
    started: list[Process],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bench_module, "_FEW_ANSWERS", few)
    found: list[Any] = []
    for cores in (1, 2):
        monkeypatch.setattr(bench_module, "cores", lambda cores=cores: cores)
        out = tmp_path / f"{cores}"
        arguments = ["--loads", "0.3,0.9,1.1", "--duration", "40", "--out", str(out), "--json"]
        assert main(["bench", "load", "--backend", f"replay:{engine}", *arguments]) == 0
        assert len(started) == (0 if few or cores == 1 else 3)
        report = json.loads(capsys.readouterr().out)
        found.append((report["rows"], report["against"], (out / "samples.jsonl").read_text()))
    assert found[0] == found[1]
    assert len(found[0][0]) == 9
    assert len(found[0][1]) == 3


async def test_all_that_is_over_is_told(engine: Path, tmp_path: Path) -> None:
    told: list[int] = []
    wanted = jobs(engine, out=tmp_path)
    done = await side_by_side(wanted, 2, told.append)
    assert told == sorted(told)
    assert told[-1] == sum(len(job.load.coming) for job in wanted) == sum(len(one.samples) for one in done)
    assert [one.found.rows[0].load for one in done] == [0.5, 1.0]


async def test_without_a_folder_no_answers_are_passed_on(engine: Path) -> None:
    assert [one.samples for one in await side_by_side(jobs(engine), 1, lambda over: None)] == [[], []]


async def test_what_a_process_says_is_wrong_is_raised_and_the_others_end(
    engine: Path, started: list[Process]
) -> None:
    long, short = jobs(engine, answers=100_000)[0], jobs(engine.with_name("none.json"))[1]
    with pytest.raises(ConfigError, match="cannot be read"):
        await side_by_side([long, short], 2, lambda over: None)
    assert len(started) == 2
    assert all(process.returncode is not None for process in started)


async def test_a_process_that_dies_is_an_error_with_its_last_words(
    engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies = [sys.executable, "-c", "import sys; sys.exit('no memory\\nworn out')"]
    monkeypatch.setattr(module, "child_command", lambda name: dies)
    with pytest.raises(EngineError, match="process failed: worn out"):
        await side_by_side(jobs(engine), 2, lambda over: None)


async def test_cancelled_it_ends_its_processes(engine: Path, started: list[Process]) -> None:
    under_way = asyncio.Event()
    simulating = asyncio.create_task(
        side_by_side(jobs(engine, answers=100_000), 2, lambda over: under_way.set())
    )
    await under_way.wait()
    simulating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await simulating
    assert len(started) == 2
    assert all(process.returncode is not None for process in started)


def test_a_process_that_nobody_listens_to_ends(engine: Path) -> None:
    with subprocess.Popen(
        child_command("sot.evals.load.worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            process.stdin.write(jobs(engine, answers=100_000)[0].model_dump_json().encode())
        assert b"answered" in process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 1, "long before all is answered"
