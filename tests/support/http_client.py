"""Requests of the OpenAI-compatible client to a `FaultServer`, in a few words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.errors import SotError
from sot.types import Backend, Chunk, GenerateConfig, Message

KEY = "secret-0123456789abcdef"  # not like OpenAI's: those are hidden whoever they belong to
NOW = 1_800_000_000.0
"""Wall clock of the client under test."""
QUESTION = [Message("user", "How are you?")]

Make = Callable[..., OpenAICompatibleBackend]


async def chunks(
    backend: Backend, config: GenerateConfig | None = None, *, prefill: str | None = None
) -> list[Chunk]:
    """All chunks of a completion."""
    return [chunk async for chunk in backend.stream(QUESTION, config or GenerateConfig(), prefill=prefill)]


async def text(backend: Backend, config: GenerateConfig | None = None) -> str:
    """The text of a completion."""
    return "".join(chunk.text for chunk in await chunks(backend, config))


async def failure(backend: Backend, config: GenerateConfig | None = None) -> SotError:
    """The error of a completion: ours, one line, without the key."""
    with pytest.raises(SotError) as caught:
        await chunks(backend, config)
    line = str(caught.value)
    assert line.isprintable()
    assert KEY not in line
    return caught.value
