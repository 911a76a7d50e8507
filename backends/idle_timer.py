"""Timer of an engine that nobody uses: counts its uses, and acts once it has been idle for long enough."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

from sot.errors import ConfigError


class IdleTimer:
    """Timer that acts once nothing has used an engine for a while.

    The engine may be used in several event loops.

    Args:
        seconds: Idle time after which it acts, above 0; ``None`` never does.
        act: What it does then, in the event loop of the last use; it has to see for itself whether another
            one has begun in that moment.

    Attributes:
        uses: Number of uses at this moment.

    Raises:
        ConfigError: The idle time is not above 0.
    """

    def __init__(self, seconds: float | None, act: Callable[[], object]) -> None:
        if seconds is not None and not seconds > 0:
            raise ConfigError(f"sleep_after is {seconds} seconds; it must be above 0")
        self.uses = 0
        self._seconds, self._act = seconds, act
        self._lock = threading.Lock()  # over `uses`
        self._waits: tuple[asyncio.AbstractEventLoop, asyncio.TimerHandle] | None = None

    @property
    def is_set(self) -> bool:
        """True where the engine may be put to sleep at all."""
        return self._seconds is not None

    @contextmanager
    def use(self) -> Generator[None, None, None]:
        """Count a use until the context is left; the idle time begins with the end of the last one."""
        self._count(1)
        self.stop()
        try:
            yield
        finally:
            self._count(-1)
            self.start()

    def start(self) -> None:
        """Begin the idle time anew, unless the engine is in use."""
        self.stop()
        if not self.uses and self._seconds is not None and math.isfinite(self._seconds):
            loop = asyncio.get_running_loop()
            self._waits = loop, loop.call_later(self._seconds, self._act)

    def stop(self) -> None:
        """Do not act until the next use has ended."""
        waits, self._waits = self._waits, None
        if waits is None:
            return
        loop, handle = waits
        if loop is _running_loop():
            handle.cancel()
            return
        with suppress(RuntimeError):  # that loop is closed
            loop.call_soon_threadsafe(handle.cancel)

    def _count(self, more: int) -> None:
        with self._lock:
            self.uses += more


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


__all__ = ["IdleTimer"]
