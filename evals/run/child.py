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
Tell = Callable[[str], None]
_MOST_BYTES = 1 << 30  # of one line; asyncio's limit is for strangers' lines
_KILLED_S = 10.0
_OVER = b'{"kind":"over"}\n'


class Failed(BaseModel):
    """Failure of a job; ``bad_use`` where the caller asked for something that makes no sense."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["failed"] = "failed"
    reason: str
    bad_use: bool

    @property
    def error(self) -> SotError:
        """The failure as an error."""
        return ConfigError(self.reason) if self.bad_use else EngineError(self.reason)


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
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = await asyncio.create_subprocess_exec(
            *child_command(function),
            stdin=PIPE,
            stdout=PIPE,
            stderr=log,
            env=_environment(),
            limit=_MOST_BYTES,
        )
        try:
            over = await _follow(process, job, notes, tell)
            with suppress(TimeoutError):
                async with asyncio.timeout(end_s or None):
                    await process.wait()
        finally:
            await _end(process, end_s)
        if not over:
            log.seek(0)
            raise _died(log.read(), process.returncode)


def run_in_child(
    function: str, job: BaseModel, notes: TypeAdapter[N], tell: Callable[[N], None], *, end_s: float = 0.0
) -> None:
    """Run `run_child` in an event loop of its own."""
    asyncio.run(run_child(function, job, notes, tell, end_s=end_s))


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
            raise Failed.model_validate_json(line).error
        try:
            note = notes.validate_json(line)
        except ValidationError:
            continue  # half a line of a process that died, or one that Python itself printed
        tell(note)
    return False


async def _end(process: Process, end_s: float) -> None:
    """Leave no process behind, even if this is cancelled: another one may fail at the same moment."""

    async def end() -> None:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate() if end_s else process.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(end_s or None):
                await process.wait()
                return
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(TimeoutError):  # processes of its own may hold its pipe open
            async with asyncio.timeout(_KILLED_S):
                await process.wait()

    ending = asyncio.ensure_future(end())
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise


def _environment() -> dict[str, str]:
    """This process's environment, and its search path: the child finds what this one finds, in any folder."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _died(log: str, code: int | None) -> EngineError:
    """The error of a process that ended without saying why; a code below 0 is the signal that ended it."""
    lines = [line for line in log.splitlines() if line.strip()]
    how = f"ended by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    return EngineError(f"the engine's process failed: {one_line(lines[-1]) if lines else how}")


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
    do: Callable[[str, Tell], None] = getattr(importlib.import_module(module), name)
    try:
        do(sys.stdin.buffer.read().decode(), tell)
    except SotError as error:
        bad_use = isinstance(error, (ConfigError, MissingDependencyError))
        tell(Failed(reason=str(error), bad_use=bad_use).model_dump_json())
    except KeyboardInterrupt:
        return INTERRUPTED
    else:
        tell(_OVER.decode().strip())
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
