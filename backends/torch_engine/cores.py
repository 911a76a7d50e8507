"""Adaptive number of CPU threads: fewer while other programs use the cores.

Two threads on two free cores decode a batch of eight a quarter quicker than one and read prompts a third
quicker. With a core taken by somebody else the same two threads are two to ten times slower than one,
because each operation waits for the thread that is not running. So the engine looks, a few times a
second, how many cores the rest of the machine leaves free.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

_LOOK_S = 0.2
_FREE_ENOUGH = 0.8  # of a core: the little work of an open browser does not count


def others_cpu_seconds() -> float | None:
    """Return the CPU seconds of all other processes since the system's start; ``None`` where unknown."""
    try:
        with Path("/proc/stat").open(encoding="ascii") as file:
            fields = [int(field) for field in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    busy = sum(fields) - fields[3] - fields[4]  # all but idle and iowait
    return busy / os.sysconf("SC_CLK_TCK") - time.process_time()


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class BusyCores:
    """Meter of the cores that other processes take, as an average since its last reading.

    Args:
        others: Returns the CPU seconds of all other processes so far.
        clock: Returns seconds.
    """

    def __init__(
        self,
        others: Callable[[], float | None] = others_cpu_seconds,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._others = others
        self._clock = clock
        self._looked = clock()
        self._seen = others()

    @property
    def age(self) -> float:
        """Seconds since the last reading, or since the meter was made."""
        return self._clock() - self._looked

    def taken(self) -> float:
        """Read the meter: the number of cores; 0 where the system does not tell."""
        seen, now = self._others(), self._clock()
        if seen is None or self._seen is None or now <= self._looked:
            return 0.0
        taken = (seen - self._seen) / (now - self._looked)
        self._seen, self._looked = seen, now
        return taken


class Threads:
    """Thread count that follows the load of other programs.

    Args:
        most: Threads on an idle machine.
        cores: Cores this process may use.
        busy: Meter of the cores that others take.
    """

    def __init__(self, most: int, cores: int, busy: BusyCores | None = None) -> None:
        self._most = most
        self._cores = cores
        self._busy = busy or BusyCores()
        self._now = most

    def now(self) -> int:
        """Return the number of threads for the next step."""
        if self._most > 1 and self._busy.age >= _LOOK_S:
            free = self._cores - self._busy.taken()
            self._now = max(1, min(self._most, int(free + 1 - _FREE_ENOUGH)))
        return self._now
