"""The command ``sot``."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

from ..terminal import INTERRUPTED, complain


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments after the program's name; those of the process unless given.

    Returns:
        The exit code: 0, 1 when an engine failed, 2 for bad use, 130 after Ctrl-C.
    """
    try:
        from .app import run

        return run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # while the program itself is loaded
        return complain("interrupted", INTERRUPTED)


def console() -> None:
    """The entry point of the program: run the command line and end the process."""
    code = main()
    if code == INTERRUPTED:
        # A model that is being loaded cannot be stopped, and the end of the interpreter would wait for it.
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code)
    gc.freeze()  # looking for garbage among torch's objects while the process ends took most of a second
    sys.exit(code)
