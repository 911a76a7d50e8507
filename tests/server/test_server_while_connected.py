"""Work for a client that ends while it is cancelled."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, cast

from starlette.types import Message

from sot.server.reply import Reply, while_connected


class _Unread:
    """Double of a response whose client reads on."""

    async def unread(self) -> None:
        await asyncio.Event().wait()


async def _connected() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def _fails_slowly() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        for _ in range(5):
            await asyncio.sleep(0)
        raise ValueError("the engine went away")


async def test_work_cancelled_twice_while_it_fails_leaves_no_exception_behind() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    work = while_connected(_connected, cast(Reply, _Unread()), asyncio.Event(), _fails_slowly())
    task = asyncio.create_task(work)
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    del task
    for _ in range(20):
        await asyncio.sleep(0)
    gc.collect()
    assert told == []
