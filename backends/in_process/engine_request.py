"""A request on its way between an event loop and the engine's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sot.types import Chunk, GenerateConfig, Message


@dataclass(eq=False, slots=True)
class Request:
    """One completion. Made in the event loop that reads it; the engine's thread answers through it.

    Args:
        messages: The conversation.
        config: How to decode; no field is ``None`` that the engine needs.
        prefill: Start of the assistant's turn.
        wake: Tells the engine that something changed.
    """

    messages: Sequence[Message]
    config: GenerateConfig
    prefill: str | None
    wake: Callable[[], None]
    cancelled: bool = False
    abort: Exception | None = None
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Queue[Chunk | Exception] = field(default_factory=asyncio.Queue)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def cancel(self, error: Exception | None = None) -> None:
        """From any thread: give up. The engine frees the row at its next step.

        Args:
            error: What a reader still waiting is told.
        """
        self.abort = self.abort or error
        self.cancelled = True
        self.wake()

    def send(self, answer: Chunk | Exception) -> None:
        """From the engine's thread: hand something to the reader."""
        self._call(self.answers.put_nowait, answer)

    def free(self) -> None:
        """From the engine's thread: the request no longer takes part in anything."""
        self._call(self.freed.set)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        try:
            self.loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # the loop is closed: nobody reads any more
            self.cancelled = True
