"""Forced lengths, ``normal=320,skeleton=40,points=8x40``: **the text is scripted, the time is real**.

A ratio of two ways to answer says little while one of them writes less. Here the engine decodes every request
for a fixed number of tokens, whatever the model would have written (``ignore_eos``). What it wrote is then of
no use as a skeleton, so the reader and the parser get a text that was written beforehand, a piece for each
token that the engine really decoded, at the moment it came.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

from sot.backends.replay.script import filler
from sot.errors import ConfigError
from sot.types import Backend, Chunk, GenerateConfig, Message, Usage

from .recorder import Around

MOST_POINTS = 24
_FAR = 100
_FORM = (
    "normal=320,skeleton=40,points=8x40 (uneven points: points=4x30+2x80; point 2 needs 1: needs=2:1; "
    "half of the skeletons unusable: bad=50%)"
)
_TITLES = (
    *("Start small", "Plan ahead", "Ask friends", "Stay calm", "Rest well", "Keep notes", "Move often"),
    *("Eat slowly", "Read daily", "Set limits", "Share work", "Learn skills", "Watch costs", "Test ideas"),
    *("Drop habits", "Look back", "Cook lunch", "Open windows", "Write letters", "Borrow tools"),
    *("Sort papers", "Greet neighbours", "Repair things", "Train memory"),
)
assert len(_TITLES) == MOST_POINTS


@dataclass(frozen=True, slots=True)
class Lengths:
    """Completion tokens of every request.

    Args:
        needs: Pairs of points: the first is written after the second, whose text it gets.
        bad: Share of questions whose skeleton is prose, so that it cannot be used, from 0 to 1.
    """

    normal: int = 320
    skeleton: int = 40
    points: tuple[int, ...] = (40,) * 8
    needs: tuple[tuple[int, int], ...] = ()
    bad: float = 0.0

    def __str__(self) -> str:
        even = len(set(self.points)) == 1
        points = f"{len(self.points)}x{self.points[0]}" if even else "+".join(map(str, self.points))
        needs = "+".join(f"{point}:{other}" for point, other in self.needs)
        lengths = f"normal={self.normal},skeleton={self.skeleton},points={points}"
        lengths += f",needs={needs}" if needs else ""
        return f"{lengths},bad={self.bad:.0%}" if self.bad else lengths


def parse_lengths(text: str) -> Lengths:
    """Parse lengths such as ``normal=320,skeleton=40,points=8x40``; others are the usual ones."""
    values: dict[str, Any] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, value = map(str.strip, part.partition("="))
        if not equals or name not in _READ or name in values:
            raise ConfigError(f"--lengths: {part!r} is not understood; write {_FORM}")
        try:
            values[name] = _READ[name](value)
        except ValueError:
            raise ConfigError(f"--lengths: {name} is {value!r}; write {_FORM}") from None
    lengths = Lengths(**values)
    if not 2 <= len(lengths.points) <= MOST_POINTS:
        raise ConfigError(f"--lengths: there must be 2 to {MOST_POINTS} points, not {len(lengths.points)}")
    if lengths.skeleton < len(lengths.points):
        raise ConfigError("--lengths: the skeleton needs a token or more for each point")
    if any(not 1 <= other < point <= len(lengths.points) for point, other in lengths.needs):
        raise ConfigError("--lengths: a point can need earlier points only, such as needs=2:1")
    return lengths


def room_for(lengths: Lengths, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of the answers that leave room for forced lengths, far from usual ones."""
    count = len(lengths.points)
    # Near its limit a point's text is held back.
    limit = max(settings.get("max_point_tokens", 0), max(lengths.points) + _FAR)
    room = {"max_points": count + 1, "max_point_tokens": limit, "max_parallel": count + 1}
    return {**room, "max_in_flight": 2 * count + 2}


def _number(text: str, most: int = 1_000_000, least: int = 1) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ValueError
    return int(text)


def _points(text: str) -> tuple[int, ...]:
    lengths: list[int] = []
    for group in text.split("+"):
        times, many, tokens = group.strip().translate(str.maketrans("X*×", "xxx")).rpartition("x")
        lengths += [_number(tokens)] * (_number(times, most=1000) if many else 1)
    return tuple(lengths)


def _needs(text: str) -> tuple[tuple[int, int], ...]:
    pairs: list[tuple[int, int]] = []
    for pair in text.split("+") if text else ():
        point, other = map(int, pair.split(":"))
        pairs.append((point, other))
    return tuple(dict.fromkeys(pairs))


def _share(text: str) -> float:
    if not text.endswith("%"):
        raise ValueError
    return _number(text[:-1], most=100, least=0) / 100


_READ: Mapping[str, Callable[[str], Any]] = {
    "normal": _number,
    "skeleton": _number,
    "points": _points,
    "needs": _needs,
    "bad": _share,
}


async def force(
    inner: Backend,
    script: Sequence[str],
    messages: Sequence[Message],
    config: GenerateConfig,
    prefill: str | None,
) -> AsyncGenerator[Chunk, None]:
    """Have an engine decode to the length of a script, and send a piece of it for each token as it comes."""
    forced = replace(config, max_tokens=len(script), stop=(), extra={**config.extra, "ignore_eos": True})
    shown = told = 0
    usage: Usage | None = None
    async with aclosing(inner.stream(messages, forced, prefill=prefill)) as chunks:
        async for chunk in chunks:
            usage = chunk.usage or usage
            # An engine that does not count while it writes sends a token in each piece.
            counted = 0 if chunk.usage is None else chunk.usage.completion_tokens
            told = counted or told + bool(chunk.text)
            ended = chunk.finish_reason is not None
            if ended and chunk.usage is not None:
                _check(chunk.usage, len(script))
            upto = len(script) if ended else min(told, len(script))
            text, shown = "".join(script[shown:upto]), max(shown, upto)
            if text or ended or chunk.usage is not None:
                yield Chunk(text, finish_reason="stop" if ended else None, usage=chunk.usage)
    if usage is not None:  # servers may tell it after the end alone
        _check(usage, len(script))


def _check(usage: Usage, tokens: int) -> None:
    if usage.completion_tokens != tokens:
        raise ConfigError(
            f"the engine wrote {usage.completion_tokens} tokens where {tokens} were forced: it does not take "
            "ignore_eos, or its context is too short"
        )


class ScriptedText(Around):
    """Backend with forced lengths and scripted text around an engine. Answers one question at a time."""

    def __init__(self, inner: Backend, lengths: Lengths) -> None:
        super().__init__(inner)
        self._lengths = lengths
        self.begin(skeleton=False)

    def begin(self, *, skeleton: bool, question: str | None = None) -> None:
        """Begin an answer, of a skeleton and its points or a normal one.

        A skeleton answer's request for the question alone, which opens it, is as long as a normal answer.
        """
        lengths = self._lengths
        self._skeleton = skeleton
        self._opening = question if skeleton else None
        self.bad = skeleton and Random(question).random() < lengths.bad
        points = lengths.points if skeleton and not self.bad else ()
        # Tokens of the requests that are still to come: 0 is the skeleton or the normal answer.
        self._coming = dict(enumerate((lengths.skeleton if skeleton else lengths.normal, *points)))
        self._planned = len(self._coming)
        self._wrong: str | None = None

    def check(self, fell_back: str | None = None) -> None:
        """Refuse the complete answer if it took other requests than planned, or a length was not kept."""
        if self._wrong is not None:
            raise ConfigError(self._wrong)
        if self._coming:
            raise ConfigError(
                f"the answer took {self._planned - len(self._coming)} requests where {self._planned} were "
                "planned: the lengths are not those that were forced"
            )
        if fell_back is not None and not self.bad:
            raise ConfigError(f"the scripted skeleton was not followed: {fell_back}")

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        script = self._script(messages, prefill)
        try:
            async with aclosing(force(self._inner, script, messages, config, prefill)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except ConfigError as error:
            self._wrong = self._wrong or str(error)
            raise

    def _script(self, messages: Sequence[Message], prefill: str | None) -> list[str]:
        lengths, asked = self._lengths, messages[-1].content
        if asked == self._opening:
            return words(lengths.normal)
        if not self._coming:
            self._wrong = self._wrong or "the answer asked for more requests than it was planned to take"
            raise ConfigError(self._wrong)
        place = min(self._coming)
        if place and lengths.needs:
            # Points come out of order. The last title in the turn is that of the point; an outline and
            # needed texts come before it.
            turn = f"{asked} {prefill or ''}"
            place = max(self._coming, key=lambda left: turn.rfind(_TITLES[left - 1]))
        tokens = self._coming.pop(place)
        if place == 0 and self._skeleton and not self.bad:
            return skeleton_pieces(tokens, len(lengths.points), prefill, needs=lengths.needs)
        return words(tokens, seed=place + 1)  # or one request would repeat another's sentences


def skeleton_pieces(
    tokens: int, points: int, prefill: str | None, *, needs: Sequence[tuple[int, int]] = ()
) -> list[str]:
    """Return a skeleton of fixed titles in as many pieces as tokens; each line takes its share of them."""
    pieces: list[str] = []
    for number, (begin, end) in enumerate(pairwise(_borders(tokens, points)), 1):
        title = _TITLES[number - 1]
        if needed := ", ".join(str(other) for point, other in needs if point == number):
            title += f" (needs {needed})"
        line = f" {title}\n" if number == 1 and prefill else f"{number}. {title}\n"
        pieces += [line[start:stop] for start, stop in pairwise(_borders(len(line), end - begin))]
    return pieces


def words(tokens: int, *, seed: int = 0) -> list[str]:
    """Return sentences without meaning, a word or full stop a token; none comes twice, the last one ends."""
    return filler(tokens, Random(seed))


def _borders(total: int, parts: int) -> list[int]:
    return [total * part // parts for part in range(parts + 1)]
