"""A backend around another one that notes when each piece of each request came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import pairwise

from sot.types import Backend, BackendInfo, Chunk, GenerateConfig, Load, Message


@dataclass(slots=True)
class Recorded:
    """One request.

    Args:
        times: When each piece of text came, by the event loop's clock.
        tokens: Completion tokens, as far as the engine told.
    """

    times: list[float] = field(default_factory=list[float])
    tokens: int = 0

    @property
    def gaps(self) -> list[float]:
        """Seconds between one piece and the next."""
        return [after - before for before, after in pairwise(self.times)]

    @property
    def token_s(self) -> float | None:
        """Seconds for each token after the first; ``None`` of a request of one token."""
        tokens = self.tokens or len(self.times)
        if tokens < 2 or len(self.times) < 2:
            return None
        return (self.times[-1] - self.times[0]) / (tokens - 1)


class RecordingBackend:
    """Passes everything on and takes the times.

    Args:
        inner: The engine; it stays its owner's to close.
    """

    def __init__(self, inner: Backend) -> None:
        self._inner = inner
        self._requests: list[Recorded] = []

    def take(self) -> list[Recorded]:
        """The requests since the last call, in the order in which they were sent."""
        taken, self._requests = self._requests, []
        return taken

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Start a completion; see `sot.types.Backend`.

        Raises:
            BackendError: The engine failed.
        """
        recorded = Recorded()
        self._requests.append(recorded)
        now = asyncio.get_running_loop().time
        async with aclosing(self._inner.stream(messages, config, prefill=prefill)) as chunks:
            async for chunk in chunks:
                if chunk.text or chunk.reasoning:
                    recorded.times.append(now())
                if chunk.usage is not None:
                    recorded.tokens = chunk.usage.completion_tokens
                yield chunk

    async def info(self) -> BackendInfo:
        """What the engine says of itself."""
        return await self._inner.info()

    async def load(self) -> Load:
        """How busy the engine is."""
        return await self._inner.load()

    async def aclose(self) -> None:
        """Nothing: the engine is its owner's to close."""
