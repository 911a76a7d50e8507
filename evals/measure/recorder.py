"""Backends around an engine: one that passes everything on, and one that notes when each piece came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import pairwise

from sot.types import Backend, BackendInfo, Chunk, GenerateConfig, Load, Message


class Around:
    """Backend that passes everything on; the engine stays its owner's to close."""

    def __init__(self, inner: Backend) -> None:
        self._inner = inner

    def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        return self._inner.stream(messages, config, prefill=prefill)

    async def info(self) -> BackendInfo:
        return await self._inner.info()

    async def load(self) -> Load:
        return await self._inner.load()

    async def aclose(self) -> None: ...


@dataclass(slots=True)
class Recorded:
    """One request: when each piece of text came (event loop's clock), its tokens as far as told, its text."""

    stage: str = ""
    times: list[float] = field(default_factory=list[float])
    tokens: int = 0
    text: str = ""

    @property
    def gaps(self) -> list[float]:
        """Seconds between one piece and the next."""
        return [after - before for before, after in pairwise(self.times)]

    @property
    def token_s(self) -> float | None:
        """Inter-token latency in seconds; ``None`` of a request of one token."""
        tokens = self.tokens or len(self.times)
        if tokens < 2 or len(self.times) < 2:
            return None
        return (self.times[-1] - self.times[0]) / (tokens - 1)

    @property
    def decode_s(self) -> float:
        """Seconds of its decode steps alone: a step for each token."""
        return (self.tokens or len(self.times)) * (self.token_s or 0.0)


class RecordingBackend(Around):
    """Backend that takes the times of all pieces."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._requests: list[Recorded] = []

    def take(self) -> list[Recorded]:
        """Return the requests since the last call, in the order in which they were sent."""
        taken, self._requests = self._requests, []
        return taken

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        recorded = Recorded(config.stage)
        self._requests.append(recorded)
        now = asyncio.get_running_loop().time
        async with aclosing(super().stream(messages, config, prefill=prefill)) as chunks:
            async for chunk in chunks:
                if chunk.text or chunk.reasoning:
                    recorded.times.append(now())
                    recorded.text += chunk.text
                if chunk.usage is not None:
                    recorded.tokens = chunk.usage.completion_tokens
                yield chunk
