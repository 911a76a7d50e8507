"""Jobs in processes of their own: how such a process is started, and its main program.

It reads one job from standard input and tells what happens as JSON on standard output, one object a line.
Whatever else it prints goes to standard error. It ends when nobody listens any more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sot.errors import ConfigError, EngineError, MissingDependencyError, SotError
from sot.terminal import INTERRUPTED, one_line


class Failed(BaseModel):
    """The job cannot be done; ``bad_use`` where the caller asked for something that makes no sense."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["failed"] = "failed"
    reason: str
    bad_use: bool

    @property
    def error(self) -> SotError:
        """The same as an error."""
        return ConfigError(self.reason) if self.bad_use else EngineError(self.reason)


def child_command(module: str) -> list[str]:
    """What starts a module in this Python.

    Args:
        module: Its whole name.
    """
    return [sys.executable, "-P", "-m", module]


def child_environment() -> dict[str, str]:
    """This process's environment, and its search path: the child finds what this one finds, in any folder."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def died(log: str, code: int | None) -> EngineError:
    """The error of a process that ended without saying why.

    Args:
        log: What it wrote to standard error.
        code: Its exit code; below 0, the signal that ended it.
    """
    lines = [line for line in log.splitlines() if line.strip()]
    how = f"ended by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    return EngineError(f"the engine's process failed: {one_line(lines[-1]) if lines else how}")


def run_child(do: Callable[[str, Callable[[str], None]], None]) -> int:
    """The main program of such a process; returns the exit code, 0 also for a failure that was told.

    Args:
        do: Takes the job and what tells a line.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(line: str) -> None:
        try:
            out.write(line + "\n")
            out.flush()
        except OSError:  # whoever started this has gone; an error could be lost in the job's tasks
            os._exit(1)

    try:
        do(sys.stdin.buffer.read().decode(), tell)
    except SotError as error:
        bad_use = isinstance(error, (ConfigError, MissingDependencyError))
        tell(Failed(reason=str(error), bad_use=bad_use).model_dump_json())
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0
