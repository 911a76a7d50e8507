"""Event loop with virtual time: its clock jumps to the next timer, so an hour's sleep takes no time.

Any asyncio program runs on it unchanged that waits only for time and for itself: no network, no threads.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Event loop whose `time` starts at 0 and jumps to the next timer whenever nothing else is ready.

    Timers of the same moment, which virtual time has many of, fire in the order in which they were set. The
    heap of asyncio's own loop keeps no such order, and of two requests sent together either would be first.
    """

    def __init__(self) -> None:
        self._virtual = _VirtualTimeSelector()
        self._timers = count()
        super().__init__(self._virtual)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Set a timer; see `asyncio.loop.call_at`."""
        return super().call_at(_Moment(when, next(self._timers)), callback, *args, context=context)

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._virtual.now


class _Moment(float):
    """Time of a timer, before an equal time of a later timer."""

    __slots__ = ("_number",)
    _number: int

    def __new__(cls, when: float, number: int) -> _Moment:
        made = super().__new__(cls, when)
        made._number = number
        return made

    def __lt__(self, other: float, /) -> bool:
        if isinstance(other, _Moment) and float.__eq__(self, other):
            return self._number < other._number
        return float.__lt__(self, other)


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
