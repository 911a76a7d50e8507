"""Request handed from an event loop to an engine's thread, and its channel back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sot.types import Chunk, GenerateConfig, Message


@dataclass(eq=False, slots=True)
class EngineRequest:
    """One completion request, made in the event loop that reads its chunks.

    Args:
        config: Decoding settings; no field is ``None`` that the engine needs.
        wake: Tells the engine that something changed.

    Attributes:
        cancelled: The reader has left, or its loop is closed.
        abort: The error for a reader that still waits, where the request was ended from outside.
        freed: Set once the engine has let go of the request.
        answers: Chunks for the reader, or the error that ends the request.
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
        """Cancel the request, from any thread; the engine frees its place in the batch at the next step.

        Args:
            error: Raised to a reader that still waits.
        """
        self.abort = self.abort or error
        self.cancelled = True
        self.wake()

    def send(self, answer: Chunk | Exception) -> None:
        """Hand a chunk or an error to the reader, from the engine's thread."""
        self._call(self.answers.put_nowait, answer)

    def free(self) -> None:
        """Tell the reader's loop, from the engine's thread, that the engine no longer holds the request."""
        self._call(self.freed.set)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        try:
            self.loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # the loop is closed: nobody reads any more
            self.cancelled = True
