"""Ctrl-C while the program ``sot`` loads its own package: one line, as later, in place of a traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

_NAMES = ("sot", "sot.exe", "-m")  # the last is what `python -m` says until it has found the module


@contextmanager
def quiet_interrupt() -> Generator[None]:
    """End the process at Ctrl-C while the context lasts, with a line and 130, if it is the program ``sot``.

    Programs that import the package, and those that handle the signal themselves, are left alone.
    """
    is_program = os.path.basename(str(next(iter(getattr(sys, "argv", ())), ""))).lower() in _NAMES
    in_main = threading.current_thread() is threading.main_thread()
    if not (is_program and in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler):
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    with suppress(OSError):  # standard error may be closed
        os.write(2, b"sot: interrupted\n")
    os._exit(130)


__all__ = ["quiet_interrupt"]
