"""Turns every way a command can fail into one clear line and the right exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from ..errors import ConfigError, MissingDependencyError, SotError
from ..terminal import one_line

BAD_USE = 2
FAILED = 1
INTERRUPTED = 130
PIPE_CLOSED = 141


def guarded(command: Callable[[], None]) -> int:
    """Run a command; returns its exit code.

    Args:
        command: What to run.
    """
    try:
        command()
        sys.stdout.flush()
    except (ConfigError, MissingDependencyError) as error:
        return complain(str(error), BAD_USE)
    except SotError as error:
        return complain(str(error), FAILED)
    except BrokenPipeError:
        # The reader of a pipe has left; that is its right. Nothing more can be written there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    return 0


def complain(message: str, code: int) -> int:
    """Print one line on standard error; returns the exit code."""
    print(f"sot: {one_line(message)}", file=sys.stderr, flush=True)
    return code
