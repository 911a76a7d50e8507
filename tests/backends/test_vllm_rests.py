"""Sleep mode of vLLM in process, with a double of ``AsyncLLM``: the real one needs a GPU for it."""

from __future__ import annotations

import asyncio
from typing import Any

from sot.backends.vllm_engine.rests import Rests


class SleepyLLM:
    """Double of ``AsyncLLM`` that records what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.fails = False

    async def sleep(self, level: int) -> None:
        await asyncio.sleep(0)
        if self.fails:
            raise RuntimeError("no memory")
        self.told.append(("sleep", level))

    async def wake_up(self, tags: list[str] | None = None) -> None:
        await asyncio.sleep(0)
        self.told.append(("wake", tags))

    async def collective_rpc(self, method: str) -> None:
        self.told.append(method)


async def settle(rests: Rests) -> None:
    assert rests._task is not None
    await rests._task


async def test_each_level_is_woken_as_vllm_wants_it() -> None:
    waking = {
        1: [("wake", None)],
        2: [("wake", ["weights"]), "reload_weights", ("wake", ["kv_cache"])],
    }
    for level, woken in waking.items():
        llm, awake = SleepyLLM(), asyncio.Event()
        rests = Rests(llm, level, awake.set, lambda error: None)
        rests.turn(asleep=True)
        await settle(rests)
        assert (llm.told, awake.is_set()) == ([("sleep", level)], False)
        rests.turn(asleep=False)
        await settle(rests)
        assert llm.told[1:] == woken
        assert awake.is_set()


async def test_a_wish_that_comes_while_it_falls_asleep_counts() -> None:
    llm, awake = SleepyLLM(), asyncio.Event()
    rests = Rests(llm, 1, awake.set, lambda error: None)
    rests.turn(asleep=True)
    await asyncio.sleep(0)
    rests.turn(asleep=False)
    await settle(rests)
    assert llm.told == [("sleep", 1), ("wake", None)]
    assert awake.is_set()


async def test_a_failure_is_told() -> None:
    llm, errors = SleepyLLM(), list[Exception]()
    llm.fails = True
    rests = Rests(llm, 1, lambda: None, errors.append)
    rests.turn(asleep=True)
    await settle(rests)
    assert [str(error) for error in errors] == ["no memory"]
