"""Simulated loads in processes of their own: the same figures, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from speeds import like_vllm

from sot.cli import main
from sot.errors import ConfigError, EngineError
from sot.evals.bench import load as bench_module
from sot.evals.bench import load_turns as module
from sot.evals.bench.arrivals import Load, Turn, poisson
from sot.evals.bench.load_turns import Answered, Note, SimulatedLoad, side_by_side
from sot.evals.run import child
from sot.evals.run.folder import read_answers
from sot.load.profile import write_profile


@pytest.fixture
def engine(tmp_path: Path) -> str:
    file = tmp_path / "engine.json"
    write_profile(file, like_vllm())
    return f"replay:{file}"


def job(load: float, *, answers: int = 20, max_tokens: int = 1024) -> SimulatedLoad:
    return SimulatedLoad(
        speed=like_vllm(),
        profile=like_vllm(),
        questions=["How can I sleep better?"],
        options={"max_tokens": max_tokens},
        seed=0,
        load=Load(load, poisson(load, float(answers), 0), duration_s=float(answers)),
        turns=[Turn("normal", 0)],
    )


async def work(jobs: list[SimulatedLoad], tell: Callable[[Note], None] = lambda note: None) -> None:
    await side_by_side(jobs, 2, tell)


LONG = 100_000  # answers; minutes
BROKEN = 0  # tokens at most, which the process refuses


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


def test_the_figures_are_those_of_one_load_after_the_other(
    engine: str,
    started: list[Process],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found: list[Any] = []
    # On one core, on two, and with too few answers for processes.
    for cores, few, processes in ((1, 0, 0), (2, 10_000, 0), (2, 0, 3)):
        monkeypatch.setattr(bench_module, "_FEW_ANSWERS", few)
        monkeypatch.setattr(bench_module, "available_cores", lambda cores=cores: cores)
        out = tmp_path / f"{cores}-{few}"
        arguments = ["--loads", "0.2,0.4,0.8", "--capacity", "1.7", "--duration", "8"]
        arguments += ["--out", str(out), "--json"]
        assert main(["bench", "load", "--backend", engine, *arguments]) == 0
        assert len(started) == processes
        report = json.loads(capsys.readouterr().out)
        records = {one.key: one.model_copy(update={"started_at": ""}) for one in read_answers(out)}
        found.append((report["rows"], report["against"], records))
    assert found[0] == found[1] == found[2]
    assert len(found[0][0]) == 9
    assert len(found[0][1]) == 3


async def test_all_that_is_over_is_told() -> None:
    over = 0
    kept: dict[float | None, int] = {}

    def tell(note: Note) -> None:
        nonlocal over
        if isinstance(note, Answered):
            over += note.answers
        else:
            kept[note[0].load] = len(note)

    wanted = [job(0.5), job(1.0)]
    await work(wanted, tell)
    coming = {one.load.load: len(one.load.coming) for one in wanted}
    assert kept == coming
    assert over == sum(coming.values())


async def test_what_a_process_says_is_wrong_is_raised_and_the_others_end(started: list[Process]) -> None:
    with pytest.raises(ConfigError, match="max_tokens"):
        await work([job(0.5, answers=LONG), job(1.0, max_tokens=BROKEN)])
    assert len(started) == 2
    assert all(process.returncode is not None for process in started)


async def test_two_that_fail_at_the_same_moment_are_both_ended(
    started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = asyncio.Barrier(2)
    follow = child._follow

    async def fails(*arguments: Any) -> Any:
        try:
            return await follow(*arguments)
        except ConfigError:
            await both.wait()
            raise

    monkeypatch.setattr(child, "_follow", fails)
    with pytest.raises(ConfigError, match="max_tokens"):
        await work([job(0.5, max_tokens=BROKEN), job(1.0, max_tokens=BROKEN)])
    assert len(started) == 2
    assert all(process.returncode is not None for process in started)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("sys.exit('no memory\\nworn out')", "process failed: worn out"),
        ("print('half a', end='', flush=True); os.kill(os.getpid(), 9)", "process failed: ended by signal 9"),
    ],
)
async def test_a_process_that_dies_is_an_error_with_its_last_words(
    program: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies = [sys.executable, "-c", f"import os, sys; {program}"]
    monkeypatch.setattr(child, "child_command", lambda name: dies)
    with pytest.raises(EngineError, match=says):
        await work([job(0.5), job(1.0)])


async def test_cancelled_it_ends_its_processes(started: list[Process]) -> None:
    under_way = asyncio.Event()
    simulating = asyncio.create_task(
        work([job(0.5, answers=LONG), job(1.0, answers=LONG)], lambda note: under_way.set())
    )
    await under_way.wait()
    simulating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await simulating
    assert len(started) == 2
    assert all(process.returncode is not None for process in started)


def test_a_process_that_nobody_listens_to_ends() -> None:
    with subprocess.Popen(
        child.child_command("sot.evals.bench.load_turns:simulate"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # The job is UTF-8 all the same.
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "ascii"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            process.stdin.write(job(0.5, answers=LONG).model_dump_json().replace("How", "Hów").encode())
        assert b'"answers":' in process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 1, "long before all is answered"


@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize("interrupted", [False, True])
def test_what_was_simulated_before_a_failure_is_kept(
    engine: str,
    cores: int,
    interrupted: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run, in_child = SimulatedLoad.run, module.run_child

    def end() -> None:
        if not interrupted:
            raise EngineError("worn out")
        os.kill(os.getpid(), signal.SIGINT)

    def breaks(one: SimulatedLoad, tell: Any) -> Any:
        if one.load.load > 1:
            end()
        return run(one, tell)

    async def breaks_in_child(function: str, one: SimulatedLoad, *arguments: Any) -> None:
        # The longest load is begun first: it waits for the end of the others.
        if one.load.load > 1:
            await others.wait()
            end()
            await asyncio.Event().wait()
        await in_child(function, one, *arguments)
        others.set()

    others = asyncio.Event()
    monkeypatch.setattr(SimulatedLoad, "run", breaks)
    monkeypatch.setattr(module, "run_child", breaks_in_child)
    monkeypatch.setattr(bench_module, "_FEW_ANSWERS", 0)
    monkeypatch.setattr(bench_module, "available_cores", lambda: cores)
    arguments = ["--loads", "0.3,1.1", "--policy", "normal", "--duration", "20"]
    arguments += ["--capacity", "1.7", "--out", str(tmp_path / "run")]
    assert main(["bench", "load", "--backend", engine, *arguments]) == (130 if interrupted else 1)
    output, errors = capsys.readouterr()
    assert errors.splitlines()[-1] == ("sot: interrupted" if interrupted else "sot: worn out")
    assert "| 30%  | normal |" in output
    assert len(read_answers(tmp_path / "run")) > 3


@pytest.mark.parametrize("cores", [1, 2])
def test_what_can_be_read_only_once_is_read_once(
    cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_module, "_FEW_ANSWERS", 0)
    monkeypatch.setattr(bench_module, "available_cores", lambda: cores)
    fifo = tmp_path / "engine.json"
    os.mkfifo(fifo)
    threading.Thread(target=write_profile, args=(fifo, like_vllm()), daemon=True).start()
    trace = tmp_path / "trace.jsonl"
    lines = [
        {"at_s": at, "question": "Half a pair: \ud83d", "load": load} for load in (1, 2) for at in (1, 2)
    ]
    trace.write_text("".join(json.dumps(line) + "\n" for line in lines))
    arguments = ["--trace", str(trace), "--capacity", "1", "--json", "--out", str(tmp_path / "out")]
    assert main(["bench", "load", "--backend", f"replay:{fifo}", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row["failed"] for row in report["rows"]] == [0] * 6
    assert [row["answers"] for row in report["rows"]] == [2] * 6, "both traces, though of the same load"
