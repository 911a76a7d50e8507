"""Jobs in child processes: their memory goes back to the system, and one that dies takes nothing with it.

A child is ``python -m sot.evals.run.child MODULE:FUNCTION``. It reads one job from standard input and calls
the function with it and with what tells a line; each line is JSON on standard output. Whatever else it prints
goes to standard error. It ends when nobody listens any more.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from sot.errors import ConfigError, EngineError, MissingDependencyError, SotError
from sot.terminal import INTERRUPTED, one_line

N = TypeVar("N")
_MOST_BYTES = 1 << 30  # of one line; asyncio's limit is for strangers' lines
_KILLED_S = 10.0
_OVER = b'{"kind":"over"}\n'


class _Failed(BaseModel):
    """Failure of a job; ``bad_use`` where the caller asked for something that makes no sense."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["failed"] = "failed"
    reason: str
    bad_use: bool


async def run_child(
    function: str, job: BaseModel, notes: TypeAdapter[N], tell: Callable[[N], None], *, end_s: float = 0.0
) -> None:
    """Do a job in a process of its own, which ends with it, also when this is cancelled.

    Args:
        function: ``MODULE:FUNCTION``; takes the job as JSON, and what tells a line.
        notes: Reads the lines told.
        tell: Takes what they say.
        end_s: Seconds that the process may take to end; an engine's own processes need a while.

    Raises:
        ConfigError: The job makes no sense.
        EngineError: The job, or its process, failed.
    """
    # The child finds what this process finds, in any folder.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = await asyncio.create_subprocess_exec(
            *child_command(function), stdin=PIPE, stdout=PIPE, stderr=log, env=environment, limit=_MOST_BYTES
        )
        try:
            over = await _follow(process, job, notes, tell)
            await _waited(process, end_s or None)
        finally:
            await _end(process, end_s)
        if not over:
            log.seek(0)
            lines = [line for line in log if line.strip()]
            code = process.returncode or 0
            how = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
            raise EngineError(f"the engine's process failed: {one_line(lines[-1]) if lines else how}")


def child_command(function: str) -> list[str]:
    """Return the command of a child process."""
    return [sys.executable, "-P", "-m", "sot.evals.run.child", function]


async def _follow(process: Process, job: BaseModel, notes: TypeAdapter[N], tell: Callable[[N], None]) -> bool:
    """Pass on what a child tells; returns whether it came to its end."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it has died; how it ended says more
        process.stdin.write(job.model_dump_json().encode())
        await process.stdin.drain()
        process.stdin.close()
    async for line in process.stdout:
        if line == _OVER:
            return True
        with suppress(ValidationError):
            failed = _Failed.model_validate_json(line)
            raise ConfigError(failed.reason) if failed.bad_use else EngineError(failed.reason)
        try:
            note = notes.validate_json(line)
        except ValidationError:
            continue  # half a line of a process that died, or one that Python itself printed
        tell(note)
    return False


async def _end(process: Process, end_s: float) -> None:
    """Leave no process behind, even if this is cancelled: another one may fail at the same moment."""

    async def end() -> None:
        # Once killed it may still not be over: processes of its own may hold its pipe open.
        politely = ((process.terminate, end_s), (process.kill, _KILLED_S))
        for stop, most_s in politely if end_s else ((process.kill, None),):
            with suppress(ProcessLookupError):
                stop()
            if await _waited(process, most_s):
                return

    ending = asyncio.ensure_future(end())
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise


async def _waited(process: Process, most_s: float | None) -> bool:
    """Wait for the end of a process; tells whether it came."""
    with suppress(TimeoutError):
        async with asyncio.timeout(most_s):
            await process.wait()
            return True
    return False


def _main(function: str) -> int:
    """The main program of a child; returns the exit code, 0 also for a failure that was told."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(line: str) -> None:
        try:
            out.write(line + "\n")
            out.flush()
        except OSError:  # whoever started this has gone; an error could be lost in the job's tasks
            os._exit(1)

    module, _, name = function.partition(":")
    do: Callable[[str, Callable[[str], None]], None] = getattr(importlib.import_module(module), name)
    try:
        do(sys.stdin.buffer.read().decode(), tell)
    except SotError as error:
        bad_use = isinstance(error, (ConfigError, MissingDependencyError))
        tell(_Failed(reason=str(error), bad_use=bad_use).model_dump_json())
    except KeyboardInterrupt:
        return INTERRUPTED
    else:
        tell(_OVER.decode().strip())
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
