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
        task.add_done_callback(retrieve)
        task.cancel()
    await asyncio.wait(ending)


def retrieve(task: asyncio.Task[Any]) -> None:
    """Take note of a task's exception, which has been raised where it matters.

    As a callback it does so also where a second cancel ends the wait for the task.
    """
    if not task.cancelled():
        task.exception()
