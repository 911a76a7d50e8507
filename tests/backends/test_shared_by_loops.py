"""One backend object in the event loops of several threads, and the engine that it holds: a double."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from scripted import PATIENCE

from sot.backends.in_process.engine_request import EngineRequest
from sot.backends.in_process.shared_engine import EnginePool, SharedEngineBackend
from sot.types import BackendInfo, Chunk, GenerateConfig, Load, Message, Usage

THREADS, QUESTIONS = 8, 30


class Engine:
    """Engine double that answers at once."""

    def __init__(self) -> None:
        self.thread = threading.Thread(target=lambda: None, daemon=True)
        self.ready: Future[Any] = Future()
        self.ready.set_result(None)
        self.stopped: Future[None] = Future()
        self.over = False

    def submit(self, request: EngineRequest) -> None:
        request.send(Chunk("word", finish_reason="stop", usage=Usage(1, 0, 1, 1)))
        request.free()

    def wake(self) -> None: ...

    def stop(self) -> None:
        self.over = True
        self.stopped.set_result(None)

    def load(self) -> Load:
        return Load()


class Doubled(SharedEngineBackend[Engine]):
    """Backend on the double."""

    async def _describe(self, engine: Engine) -> BackendInfo:
        return BackendInfo("double", "m")


def test_it_holds_one_engine_once_and_lets_go_of_it() -> None:
    engines: list[Engine] = []
    all_here = threading.Barrier(THREADS)

    def make() -> Engine:
        engines.append(Engine())
        return engines[-1]

    backend = Doubled(EnginePool[Engine](1.0), "key", make, "closed", 3600.0)

    async def ask() -> None:
        for number in range(QUESTIONS):
            async for chunk in backend.stream([Message("user", "Hi")], GenerateConfig(max_tokens=1)):
                assert chunk.text == "word"
            if number % 3 == 2:
                await backend.sleep()

    def loop(_: int) -> None:
        all_here.wait(PATIENCE)
        asyncio.run(ask())

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(loop, range(THREADS)))
    assert asyncio.run(backend.sleep())
    assert engines
    assert all(engine.over for engine in engines), "a reference was taken and never given back"
    asyncio.run(backend.aclose())
