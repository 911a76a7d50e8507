"""A real engine that writes answers of given lengths, as the simulated one does: only the text is scripted.

The engine decodes every request to the length that the answer's shape says (``ignore_eos``), and the reader
gets a scripted text, a piece for each token at the moment it came. So nothing depends on what a model happens
to write, and a load measurement can be laid beside its simulation.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from sot.backends.replay.script import FIELD, pieces, script_of
from sot.errors import ConfigError
from sot.types import Backend, BackendInfo, Chunk, GenerateConfig, Load, Message, Usage


class ForcedLengths:
    """An engine with forced lengths. The requests' ``extra["replay"]`` holds them, as for the replay engine.

    Args:
        inner: The engine that decodes.
    """

    def __init__(self, inner: Backend) -> None:
        self._inner = inner

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Decode a request to its length.

        Raises:
            BackendError: The engine failed.
            ConfigError: The engine does not keep the length.
        """
        texts = pieces(script_of(config.extra, messages, prefill), messages, prefill)
        extra = {name: value for name, value in config.extra.items() if name != FIELD}
        forced = replace(config, max_tokens=len(texts), stop=(), extra={**extra, "ignore_eos": True})
        shown = told = 0
        usage: Usage | None = None
        async with aclosing(self._inner.stream(messages, forced, prefill=prefill)) as chunks:
            async for chunk in chunks:
                usage = chunk.usage or usage
                told = chunk.usage.completion_tokens if chunk.usage is not None else told + bool(chunk.text)
                ended = chunk.finish_reason is not None
                if ended and chunk.usage is not None:
                    _check(chunk.usage, len(texts))
                upto = len(texts) if ended else min(told, len(texts))
                text, shown = "".join(texts[shown:upto]), max(shown, upto)
                if text or ended or chunk.usage is not None:
                    yield Chunk(text, finish_reason="stop" if ended else None, usage=chunk.usage)
        if usage is not None:  # servers may tell it after the end alone
            _check(usage, len(texts))

    async def info(self) -> BackendInfo:
        """What the engine says of itself."""
        return await self._inner.info()

    async def load(self) -> Load:
        """How busy the engine is."""
        return await self._inner.load()

    async def aclose(self) -> None:
        """Release the engine."""
        await self._inner.aclose()


def _check(usage: Usage, tokens: int) -> None:
    if usage.completion_tokens != tokens:
        raise ConfigError(
            f"the engine wrote {usage.completion_tokens} tokens where {tokens} were forced: it does not take "
            "ignore_eos, or its context is too short"
        )
