"""Pace of reading from an engine: turns for others after a few pieces, and an end at a deadline.

An engine that has all its text ready, or a whole buffer of it, never makes its reader wait, so that nothing
else would run meanwhile: no other answer, no health check. Its reader therefore steps back by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
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

    def is_due(self, characters: int) -> bool:
        """Count a piece of so many characters; returns whether other tasks are to run after it."""
        self._pieces += 1
        self._characters += characters
        if self._pieces < PIECES_A_TURN and self._characters < CHARACTERS_A_TURN:
            return False
        self._pieces = self._characters = 0
        return True


def parts_of(chunk: Chunk) -> Iterable[tuple[str, str]]:
    """Cut a chunk's reasoning and text into pieces of limited length; at least one, which may be empty."""
    if len(chunk.text) <= _PIECE and len(chunk.reasoning) <= _PIECE:
        return ((chunk.text, chunk.reasoning),)
    return _cut(chunk)


def _cut(chunk: Chunk) -> Iterator[tuple[str, str]]:
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
