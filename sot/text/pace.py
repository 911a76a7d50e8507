"""Pace of reading from an engine: turns for others after a few pieces, and an end at a deadline.

An engine that has all its text ready, or a whole buffer of it, never makes its reader wait, so that nothing
else would run meanwhile: no other answer, no health check. Its reader therefore steps back by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

from ..types import Chunk

PIECES_A_TURN = 16
"""Most pieces of text read between two turns of the event loop."""

CHARACTERS_A_TURN = 512
"""Characters between two turns, beyond which no further piece is begun."""

_PIECE = 256  # most characters of a piece; a longer chunk is cut


class Pace:
    """Measure of what has been read since the event loop had its last turn."""

    def __init__(self) -> None:
        self._pieces = 0
        self._characters = 0

    async def step(self, characters: int) -> None:
        """Count a piece of so many characters; lets other tasks run where enough have come."""
        self._pieces += 1
        self._characters += characters
        if self._pieces >= PIECES_A_TURN or self._characters >= CHARACTERS_A_TURN:
            self._pieces = self._characters = 0
            await asyncio.sleep(0)


def parts_of(chunk: Chunk) -> Iterator[tuple[str, str]]:
    """Cut a chunk's reasoning and text into pieces of limited length; at least one, which may be empty."""
    if len(chunk.text) <= _PIECE and len(chunk.reasoning) <= _PIECE:
        yield chunk.text, chunk.reasoning
        return
    for at in range(0, len(chunk.reasoning), _PIECE):
        yield "", chunk.reasoning[at : at + _PIECE]
    for at in range(0, len(chunk.text), _PIECE):
        yield chunk.text[at : at + _PIECE], ""


class Late(Exception):
    """Signal that the deadline has come, which never leaves the reader of a request."""


@asynccontextmanager
async def until(deadline: float | None) -> AsyncGenerator[None, None]:
    """Limit what is awaited inside.

    Args:
        deadline: The end, in the event loop's time; ``None``: no limit.

    Raises:
        Late: The deadline has come, perhaps before anything was awaited.
    """
    if deadline is None:
        yield
        return
    if asyncio.get_running_loop().time() >= deadline:
        raise Late
    limit = asyncio.timeout_at(deadline)
    try:
        async with limit:
            yield
    except TimeoutError:
        if limit.expired():
            raise Late from None
        raise
