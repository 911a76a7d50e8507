"""Ctrl-C while the program ``sot`` loads its own package: one line, as later, in place of a traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

_NAMES = ("sot", "sot.exe")
_MODULES = ("sot", "-msot")  # after `python -m`, or in one with it


@contextmanager
def quiet_interrupt() -> Generator[None]:
    """End the process at Ctrl-C while the context lasts, with a line and 130, if it is the program ``sot``.

    Programs that import the package, and those that handle the signal themselves, are left alone.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not (in_main and _is_program() and signal.getsignal(signal.SIGINT) is signal.default_int_handler):
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is _end:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_program() -> bool:
    given = [str(argument) for argument in getattr(sys, "argv", ())]
    name = os.path.basename(given[0]).lower() if given else ""
    if name != "-m":  # as `python -m` has it until it has found the module, whose package may import this one
        return name in _NAMES
    of_python = sys.orig_argv[: len(sys.orig_argv) - len(given) + 1]
    return bool(of_python) and of_python[-1] in _MODULES


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    with suppress(OSError):  # standard error may be closed
        os.write(2, b"sot: interrupted\n")
    os._exit(130)


__all__ = ["quiet_interrupt"]
