"""Sleep and waking of vLLM in its sleep mode, one after the other in the engine's own event loop.

Not tried on a GPU so far: sleep mode is for CUDA, ROCm and XPU, and on a CPU vLLM refuses it. The tests drive
this with a double of ``AsyncLLM``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Rests:
    """Sleep and waking of one ``AsyncLLM``, whose last wish counts.

    Used in the engine's event loop alone.

    Args:
        llm: The ``AsyncLLM``.
        level: 1 keeps the weights in host memory; 2 drops them, and they are read again.
        awake: Called once it is awake.
        failed: Called with the error if it can neither sleep nor wake.
    """

    def __init__(
        self, llm: Any, level: int, awake: Callable[[], None], failed: Callable[[Exception], None]
    ) -> None:
        self._llm, self._level, self._awake, self._failed = llm, level, awake, failed
        self._wanted = self._sleeps = False
        self._task: asyncio.Task[None] | None = None

    def turn(self, *, asleep: bool) -> None:
        """Put it to sleep, or wake it; returns at once."""
        self._wanted = asleep
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        try:
            while self._wanted != self._sleeps:
                if self._wanted:
                    await self._llm.sleep(level=self._level)
                else:
                    await self._wake()
                self._sleeps = not self._sleeps
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._failed(error)
            return
        if not self._sleeps:
            self._awake()

    async def _wake(self) -> None:
        if self._level == 1:
            await self._llm.wake_up()
            return
        await self._llm.wake_up(tags=["weights"])  # room for them, which `reload_weights` then fills
        await self._llm.collective_rpc("reload_weights")
        await self._llm.wake_up(tags=["kv_cache"])


__all__ = ["Rests"]
