"""Chunks that travel together: a message between two replicas costs far more than what one token weighs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from sot.types import Chunk


async def gathered(stream: AsyncGenerator[Chunk, None], wait_s: float) -> AsyncGenerator[list[Chunk], None]:
    """Yield a stream's chunks in lists: the first one at once, then those of every ``wait_s`` seconds.

    Closing the generator closes the stream.

    Args:
        stream: The chunks.
        wait_s: Longest time for which a chunk waits for others, in seconds; 0: none waits.

    Raises:
        SotError: What the stream raises, after the chunks that came before.
    """
    ready: list[Chunk] = []
    came = asyncio.Event()

    async def read() -> None:
        async with aclosing(stream):
            async for chunk in stream:
                ready.append(chunk)
                came.set()

    reading = asyncio.create_task(read())
    reading.add_done_callback(lambda _: came.set())
    try:
        while True:
            await came.wait()
            came.clear()
            if ready:
                chunks, ready[:] = list(ready), []
                yield chunks
            if reading.done() and not ready:
                break
            if wait_s and not reading.done():
                await asyncio.wait([reading], timeout=wait_s)
        reading.result()
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        if not reading.cancelled():
            reading.exception()  # retrieved: it was raised above, or nobody is left to read it


__all__ = ["gathered"]
