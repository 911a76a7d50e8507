"""Event loop with virtual time: its clock jumps to the next timer, so an hour's sleep takes no time.

Any asyncio program runs on it unchanged that waits only for time, for itself and for work in executors'
threads, which takes no virtual time: no network.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
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

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Do work in a thread, during which the clock stands still; see `asyncio.loop.run_in_executor`."""
        working = super().run_in_executor(executor, func, *args)
        self._virtual.threads += 1
        working.add_done_callback(self._worked)
        return working

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """End the executor's threads, for which a thread waits; see `asyncio.loop`."""
        self._virtual.threads += 1
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._virtual.threads -= 1

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._virtual.now

    def _worked(self, _: object) -> None:
        self._virtual.threads -= 1


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
    threads = 0  # that work for the loop and will wake it

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.threads:
            return super().select(0 if timeout == 0 else None)  # else the work's own seconds would count
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
