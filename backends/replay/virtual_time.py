"""Event loop with virtual time: its clock jumps to the next timer, so an hour's sleep takes no time.

Any asyncio program runs on it unchanged that waits only for time and for itself: no network, no threads.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Event loop whose `time` starts at 0 and jumps to the next timer whenever nothing else is ready."""

    def __init__(self) -> None:
        self._virtual = _VirtualTimeSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._virtual.now


class _VirtualTimeSelector(selectors.DefaultSelector):
    """Selector that adds the loop's timeout to the virtual clock in place of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            # A real wait would never end: nothing outside the program can wake it.
            raise RuntimeError("the simulated time has come to a stop: everything waits, and for no timer")
        if timeout > 0:
            self.now += timeout
        return super().select(0)


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine like ``asyncio.run``, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
