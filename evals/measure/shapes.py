"""Answers of given lengths, simulated or on a real engine whose text is scripted."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random
from typing import Any, Protocol

from sot.backends.replay.script import FIELD, pieces, script_of
from sot.errors import ConfigError
from sot.types import Chunk, GenerateConfig, Message

from .forced_lengths import force
from .lengths import Lengths
from .recorder import Around

SHAPES = 997  # different ones, used in turn
_LINE = 5  # tokens of a line of the skeleton


class Scripted(Protocol):
    """Lengths of an answer that a request can carry."""

    @property
    def extra(self) -> dict[str, Any]:
        """The request field that makes an engine write such an answer."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """Lengths as the user gave them, of every answer alike.

    Raises:
        ConfigError: They ask for what a script has not: points that need others, unusable skeletons, other
            parts than points.
    """

    lengths: Lengths

    def __post_init__(self) -> None:
        if self.lengths.needs or self.lengths.bad:
            raise ConfigError("--lengths: needs and bad are for sot bench latency; here they change nothing")
        if self.lengths.kind != "points":
            raise ConfigError(f"--lengths: {self.lengths.kind} are for sot bench latency; here are points")

    @property
    def extra(self) -> dict[str, Any]:
        """The request field that makes the replay engine write such an answer."""
        lengths = self.lengths
        script = {"normal": lengths.normal, "skeleton": lengths.skeleton, "points": list(lengths.points)}
        return {FIELD: script}


@dataclass(frozen=True, slots=True)
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

    @property
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


class ForcedLengths(Around):
    """A real engine that writes answers of the lengths in the requests' ``extra``, as the simulated one does.

    So nothing depends on what a model happens to write, and a load measurement can be laid beside its
    simulation.
    """

    def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        script = pieces(script_of(config.extra, messages, prefill), messages, prefill)
        extra = {name: value for name, value in config.extra.items() if name != FIELD}
        return force(self._inner, script, messages, replace(config, extra=extra), prefill)

    async def aclose(self) -> None:
        await self._inner.aclose()
