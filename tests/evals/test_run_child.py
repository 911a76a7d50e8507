"""Jobs in child processes: what they tell, how they fail, and that none is left behind."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from sot.errors import ConfigError, EngineError
from sot.evals.run.child import child_command, run_child

NOTES = TypeAdapter(dict[str, int])
PROGRAM = """
import json, os, signal, subprocess, sys, time
from sot.errors import ConfigError, MissingDependencyError

def do(job, tell):
    words = json.loads(job)
    for number in range(words["count"]):
        tell(json.dumps({"number": number}))
    exec(words["then"])
"""


class Words(BaseModel):
    """Job of the program: so many notes, then a statement."""

    count: int = 3
    then: str = ""


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "job_program.py").write_text(PROGRAM)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """All processes that are started."""
    found: list[Process] = []
    start = asyncio.create_subprocess_exec

    async def noted(*arguments: str, **options: Any) -> Process:
        found.append(await start(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    return found


def told(job: Words, end_s: float = 0.0) -> list[int]:
    notes: list[int] = []
    asyncio.run(
        run_child("job_program:do", job, NOTES, lambda note: notes.append(note["number"]), end_s=end_s)
    )
    return notes


@pytest.mark.parametrize("end_s", [0.0, 20.0])
def test_what_a_job_tells_arrives_in_order(end_s: float, started: list[Process]) -> None:
    assert told(Words(count=200), end_s) == list(range(200))
    assert [process.returncode for process in started] == [0]


def test_what_it_prints_besides_is_passed_over(started: list[Process]) -> None:
    assert told(Words(then="print('hello'); tell('half a li'); os.write(1, b'{}')")) == [0, 1, 2]


@pytest.mark.parametrize(
    ("then", "error", "says"),
    [
        ("raise ConfigError('no such thing')", ConfigError, "no such thing"),
        ("raise MissingDependencyError('torch', 'pip install it')", ConfigError, "package 'torch'"),
        ("raise ValueError('a defect')", EngineError, "process failed: ValueError: a defect"),
        ("os.kill(os.getpid(), signal.SIGKILL)", EngineError, "process failed: ended by signal 9"),
        ("sys.exit(3)", EngineError, "process failed: exit code 3"),
        ("os._exit(0)", EngineError, "process failed: exit code 0"),
    ],
)
def test_a_failure_is_told(then: str, error: type[Exception], says: str, started: list[Process]) -> None:
    with pytest.raises(error, match=says):
        told(Words(then=then))
    assert started[0].returncode is not None


def test_a_mistake_of_who_listens_ends_the_process(started: list[Process]) -> None:
    def refuse(note: dict[str, int]) -> None:
        raise ConfigError("another model")

    with pytest.raises(ConfigError, match="another model"):
        asyncio.run(run_child("job_program:do", Words(then="time.sleep(600)"), NOTES, refuse))
    assert started[0].returncode == -signal.SIGKILL


@pytest.mark.parametrize(("end_s", "code"), [(0.0, -signal.SIGKILL), (20.0, -signal.SIGTERM)])
async def test_cancelled_it_ends_its_process(end_s: float, code: int, started: list[Process]) -> None:
    under_way = asyncio.Event()
    job = Words(count=1, then="time.sleep(600)")
    working = asyncio.create_task(
        run_child("job_program:do", job, NOTES, lambda note: under_way.set(), end_s=end_s)
    )
    await under_way.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert started[0].returncode == code


def test_a_process_that_nobody_listens_to_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with subprocess.Popen(
        child_command("job_program:do"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            process.stdin.write(Words(count=10**9).model_dump_json().encode())
        assert b"number" in process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 1, "long before all is told"
