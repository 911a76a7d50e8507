"""Keyboard of the terminal while an answer is written: its echo, and what is typed ahead."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

_changed: list[list[Any]] = []  # the terminal's modes before `no_echo`


@contextmanager
def no_echo() -> Generator[None]:
    """Keep what is typed meanwhile, Ctrl-C too, from pushing a live view out of its place."""
    if sys.platform == "win32" or not _at_keyboard():
        yield
        return
    import termios

    before = termios.tcgetattr(0)
    # NOFLSH: a terminal otherwise throws away at Ctrl-C what it has not shown yet, and the view, which then
    # moves the cursor up to where it began, would erase lines above it.
    modes = before[3] & ~termios.ECHO | termios.NOFLSH
    _changed.append(before)
    termios.tcsetattr(0, termios.TCSADRAIN, [*before[:3], modes, *before[4:]])
    try:
        yield
    finally:
        restore_keyboard()


def restore_keyboard() -> None:
    """Give the terminal its modes back, if `no_echo` has changed them."""
    if sys.platform == "win32" or not _changed:
        return
    import termios

    before = _changed.pop()
    if _at_keyboard():
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def forget_typed() -> None:
    """Forget what was typed meanwhile: without echo the terminal keeps it at Ctrl-C."""
    if sys.platform != "win32":
        import termios

        with suppress(termios.error):
            termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _at_keyboard() -> bool:
    """Whether this is a terminal's foreground job: another one that touches its modes is stopped."""
    return sys.platform != "win32" and os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
