"""Ending of tasks whose requests are no longer wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel the tasks that still run, and wait until all their requests have ended."""
    if not (ending := list(tasks)):
        return
    for task in ending:
        task.cancel()
    await asyncio.wait(ending)
    for task in ending:
        if not task.cancelled():
            task.exception()  # retrieved: it has been raised where it matters
