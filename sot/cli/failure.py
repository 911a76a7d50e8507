"""Turns every way a command can fail into one clear line and the right exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress

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
        _abandon_output()
        return PIPE_CLOSED
    except OSError as error:  # a full disk, a file that cannot be written
        _abandon_output()
        where = f"{error.filename}: " if error.filename else ""
        return complain(f"{where}{error.strerror or error}", FAILED)
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    return 0


def _abandon_output() -> None:
    """Let what is still buffered go nowhere, or Python would try again at exit, and complain."""
    with suppress(OSError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(message: str, code: int) -> int:
    """Print one line on standard error; returns the exit code."""
    print(f"sot: {one_line(message)}", file=sys.stderr, flush=True)
    return code
