"""Runs a job in a child process and passes on what it tells."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress

from pydantic import ValidationError

from ..child import Failed, child_command, child_environment, died
from .job import NOTE, Job, Note

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
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            child_command(f"{__package__}.worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            env=child_environment(),
        )
        try:
            _follow(process, job, tell)
            if code := process.wait(_END_S):
                log.seek(0)
                raise died(log.read(), code)
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
            raise note.error
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
