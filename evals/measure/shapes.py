"""Answers of given lengths, simulated or on a real engine whose text is scripted."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Any

from sot.backends.replay.script import FIELD, pieces, script_of
from sot.errors import ConfigError
from sot.types import Backend, BackendInfo, Chunk, GenerateConfig, Load, Message, Usage

SHAPES = 997  # different ones, used in turn
_LINE = 5  # tokens of a line of the skeleton


@dataclass(frozen=True)
class Shape:
    """One answer's lengths in tokens. Written normally it is as long as its points together."""

    points: tuple[int, ...] = (40,) * 8

    @property
    def normal(self) -> int:
        """Tokens of the normal answer."""
        return sum(self.points)

    @property
    def skeleton(self) -> int:
        """Tokens of the skeleton."""
        return _LINE * len(self.points)

    @cached_property
    def lines(self) -> tuple[int, ...]:
        """Tokens of every line of the skeleton."""
        return (_LINE,) * len(self.points)

    @property
    def last(self) -> int:
        """Tokens of the point that is ready last, where all are written at once."""
        ends = [start + tokens for start, tokens in zip(accumulate(self.lines), self.points, strict=True)]
        return self.points[ends.index(max(ends))]

    @property
    def extra(self) -> dict[str, Any]:
        """The request field that makes the replay engine write such an answer."""
        return {FIELD: {"normal": self.normal, "skeleton": self.skeleton, "points": list(self.points)}}


def shapes(seed: int, count: int) -> Sequence[Shape]:
    """Draw answers as they vary: five to nine points of 42 tokens, give or take ten."""
    draw = Random(seed)
    return [
        Shape(tuple(max(12, round(draw.gauss(42, 10))) for _ in range(draw.randint(5, 9))))
        for _ in range(count)
    ]


class ForcedLengths:
    """A real engine that writes answers of given lengths, as the simulated one does.

    The engine decodes every request to the length that the answer's shape says (``ignore_eos``), and the
    reader gets a scripted text, a piece for each token at the moment it came. So nothing depends on what a
    model happens to write, and a load measurement can be laid beside its simulation.

    Args:
        inner: The engine that decodes. The requests' ``extra["replay"]`` holds the lengths.
    """

    def __init__(self, inner: Backend) -> None:
        self._inner = inner

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
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
        return await self._inner.info()

    async def load(self) -> Load:
        return await self._inner.load()

    async def aclose(self) -> None:
        await self._inner.aclose()


def _check(usage: Usage, tokens: int) -> None:
    if usage.completion_tokens != tokens:
        raise ConfigError(
            f"the engine wrote {usage.completion_tokens} tokens where {tokens} were forced: it does not take "
            "ignore_eos, or its context is too short"
        )
