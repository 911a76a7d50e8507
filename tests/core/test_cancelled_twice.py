"""An answer that is cancelled again while it ends."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from scripted import Script, ScriptedBackend, by_stage, made

from sot.errors import BackendConnectionError


async def test_an_answer_cancelled_twice_while_it_fails_leaves_no_exception_behind() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    for turns in range(60):
        points = {1: [Script(BackendConnectionError("gone"))] * 2, 2: "Some words that take a while to come."}
        backend = ScriptedBackend(by_stage(skeleton="1. Regular hours\n2. Dark room\n", points=points))
        task = asyncio.create_task(made(backend, on_missing="raise").answer("How can I sleep better?"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        del task
        for _ in range(20):
            await asyncio.sleep(0)
    gc.collect()
    assert told == []
