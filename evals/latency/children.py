"""Runs a job in a child process and passes on what it tells."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from pydantic import ValidationError

from sot.errors import ConfigError, EngineError
from sot.terminal import one_line

from .job import NOTE, Failed, Job, Note

_END_S = 20.0  # an engine's own processes need a while to end


def run_in_child(job: Job, tell: Callable[[Note], None]) -> None:
    """Do a job in a process of its own, which ends with it.

    Args:
        job: What to do.
        tell: Takes what happens.

    Raises:
        ConfigError: The job makes no sense.
        EngineError: The engine, or the process, failed.
    """
    # -P and the same search path: the process finds what this one finds, whatever the folder.
    command = [sys.executable, "-P", "-m", f"{__package__}.worker"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            env=env,
        )
        try:
            _follow(process, job, tell)
            if process.wait(_END_S):
                raise EngineError(f"the engine's process failed: {_last_line(log)}")
        except subprocess.TimeoutExpired:
            pass  # all is told; what is left of it is ended below
        finally:
            _end(process)


def _follow(process: subprocess.Popen[str], job: Job, tell: Callable[[Note], None]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError), process.stdin:  # it has died; how it ended says more
        process.stdin.write(job.model_dump_json())
    for line in process.stdout:
        try:
            note = NOTE.validate_json(line)
        except ValidationError:
            continue  # something that a library wrote before standard output was put aside
        if isinstance(note, Failed):
            raise ConfigError(note.reason) if note.bad_use else EngineError(note.reason)
        tell(note)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _last_line(log: IO[str]) -> str:
    log.seek(0)
    lines = [line for line in log.read().splitlines() if line.strip()]
    return one_line(lines[-1]) if lines else "it said nothing"
