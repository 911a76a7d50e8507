"""An answer that is cancelled again while it ends."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from rows import rows
from scripted import Script, ScriptedBackend, by_stage, made

from sot.errors import BackendConnectionError

ANSWERED = {"question": "How can I sleep better?", "points": [{"title": "Quiet", "text": "It helps."}]}


@rows("revised", [False, True])
async def test_an_answer_cancelled_twice_while_it_fails_leaves_no_exception_behind(revised: bool) -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    for turns in range(60):
        points = {1: [Script(BackendConnectionError("gone"))] * 2, 2: "Some words that take a while to come."}
        backend = ScriptedBackend(by_stage(skeleton="1. Regular hours\n2. Dark room\n", points=points))
        sot = made(backend, on_missing="raise")
        answer = sot.revise(ANSWERED, ["Regular hours", "Dark room"]) if revised else sot.answer("How?")
        task = asyncio.create_task(answer)
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
