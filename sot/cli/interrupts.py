"""Ctrl-C while one answer is made: the first press ends it in order, the second ends the program at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import FrameType

from ..terminal import INTERRUPTED, complain
from .keyboard import restore_keyboard

_SHOW_CURSOR = b"\x1b[?25h\r\n"


def run_interruptible(work: Coroutine[None, None, None], describe: Callable[[], str | None]) -> None:
    """Run a command's work on an event loop of its own.

    Args:
        work: The work; the first Ctrl-C cancels it.
        describe: Returns in one line how far the work has come, for the message of an interrupt.

    Raises:
        KeyboardInterrupt: It was interrupted, with the line as its argument.
    """
    presses = _Presses(describe)
    before = signal.getsignal(signal.SIGINT)
    handled = before is signal.default_int_handler and threading.current_thread() is threading.main_thread()
    if handled:
        signal.signal(signal.SIGINT, presses.take)
    try:
        asyncio.run(presses.watch(work))
    except asyncio.CancelledError:
        said = describe()
        raise KeyboardInterrupt(*[said] if said else []) from None
    finally:
        work.close()  # an interrupt may have come before it was begun
        if handled:
            signal.signal(signal.SIGINT, before)


class _Presses:
    """Handler of the interrupts of one run."""

    def __init__(self, describe: Callable[[], str | None]) -> None:
        self._describe = describe
        self._number = 0
        self._cancel: Callable[[], object] | None = None

    async def watch(self, work: Coroutine[None, None, None]) -> None:
        """Do the work, which the first interrupt cancels."""
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        await work

    def take(self, number: int, frame: FrameType | None) -> None:
        """Handle the signal of an interrupt."""
        del number, frame
        self._number += 1
        if self._number == 1:
            if self._cancel is None:
                raise KeyboardInterrupt
            self._cancel()
            return
        # The work is still ending: an engine does not let go, or the loop is blocked.
        restore_keyboard()
        if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
            with suppress(OSError):
                os.write(sys.stdout.fileno(), _SHOW_CURSOR)  # around what may be half written in a buffer
        with suppress(Exception):  # the handler may have come in the middle of a write
            said = self._describe()
            complain(": ".join(("interrupted", *([said] if said else []))), INTERRUPTED)
        os._exit(INTERRUPTED)
