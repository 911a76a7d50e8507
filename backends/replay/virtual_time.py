"""An asyncio event loop whose clock jumps: what would sleep for an hour is done at once.

The same program runs on it unchanged, as long as it waits only for time and itself: no network, no threads.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Its `time` begins at 0 and goes on to the next timer whenever nothing else is to be done."""

    def __init__(self) -> None:
        self._jumps = _Jumps()
        super().__init__(self._jumps)

    def time(self) -> float:
        """Seconds since the loop was made, in its own time."""
        return self._jumps.now


class _Jumps(selectors.DefaultSelector):
    """Lets the time pass at once that the loop wants to wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            # A real wait would never end: only this program can wake itself.
            raise RuntimeError("the simulated time has come to a stop: everything waits, and for no timer")
        if timeout > 0:
            self.now += timeout
        return super().select(0)


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Like ``asyncio.run``, in simulated time.

    Args:
        main: What to run.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
