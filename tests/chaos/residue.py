"""Residue of a run: tasks, connections, requests and objects that answers have left behind; memory."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpcore

from sot.backends.openai_compatible.transport.plain_stream import PlainTransport
from sot.completion import Completion
from sot.strategies.base import Run

_PATIENCE = 30.0  # seconds for what is under way to end
_NUMBERS = re.compile(r"Requests: (\d+) active, (\d+) queued \| Connections: (\d+) active, (\d+) idle")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


async def tasks_left(known: set[asyncio.Task[Any]]) -> list[str]:
    """Wait until no task is left but this one and known ones; returns those that stay."""
    others = asyncio.all_tasks() - known - {asyncio.current_task()}
    if others:
        _, others = await asyncio.wait(others, timeout=_PATIENCE)
    return [repr(task) for task in others]


Pool = httpcore.AsyncConnectionPool | PlainTransport
"""Holder of connections: httpcore's, or our own of a single one without TLS."""


def pools_now() -> list[Pool]:
    """Return all connection pools of the process, so that they can be told from those of a run."""
    gc.collect()  # a pool that was thrown away holds nothing
    return [each for each in gc.get_objects() if issubclass(type(each), Pool)]


def pool_figures(before: list[Pool]) -> Counter[str]:
    """Return what the connection pools hold that were made since: requests, and connections by state."""
    found: Counter[str] = Counter()
    for pool in pools_now():
        if any(pool is other for other in before):
            continue
        if isinstance(pool, PlainTransport):
            found += Counter(requests=pool.busy, busy=pool.busy, idle=pool.resting)
            continue
        numbers = _NUMBERS.search(repr(pool))
        assert numbers, f"httpcore shows its pools in another way: {pool!r}"
        active, queued, busy, idle = map(int, numbers.groups())
        found += Counter(requests=active + queued, busy=busy, idle=idle)
    return found


async def pools_left(before: list[Pool]) -> Counter[str]:
    """Wait until no pool has a request or a busy connection; returns what stays, as `pool_figures` does."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _PATIENCE
    # A pool that was thrown away tells nobody when it is freed.
    while (found := pool_figures(before))["requests"] + found["busy"] and loop.time() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return found


def answers_now() -> list[Run | Completion]:
    """Return all answers in progress, and requests of them, so that they can be told from those of a run."""
    gc.collect()
    return [each for each in gc.get_objects() if issubclass(type(each), Run | Completion)]


def answers_alive(before: Sequence[Run | Completion]) -> int:
    """Return how many answers in progress, and requests of them, are in memory that were made since."""
    known = {id(each) for each in before}
    return sum(id(each) not in known for each in answers_now())


def memory_mb() -> float:
    """Return the memory of this process after a full collection, in MB; 0 where the system does not say."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # freed memory that glibc keeps would count otherwise
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * _PAGE / 1e6 if statm.exists() else 0.0
