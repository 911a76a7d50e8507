"""Forced lengths, ``normal=320,skeleton=40,points=8x40``: **the text is scripted, the time is real**.

A ratio of two ways to answer says little while one of them writes less. Here the engine decodes every request
for a fixed number of tokens, whatever the model would have written (``ignore_eos``). What it wrote is then of
no use as a skeleton, so the reader and the parser get a text that was written beforehand, a piece for each
token that the engine really decoded, at the moment it came.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from random import Random

from sot.backends.replay.script import filler
from sot.errors import ConfigError
from sot.types import Backend, BackendInfo, Chunk, GenerateConfig, Load, Message

MOST_POINTS = 16
_FORM = (
    "normal=320,skeleton=40,points=8x40 (uneven points: points=4x30+2x80; point 2 needs 1: needs=2:1; "
    "half of the skeletons unusable: bad=50%)"
)
_NAMES = ("normal", "skeleton", "points", "needs", "bad")
_NEED = re.compile(r"(\d{1,3}):(\d{1,3})")
_POINTS = re.compile(r"(?:(\d+)[xX*×])?(\d+)")
_TITLES = (
    *("Start small", "Plan ahead", "Ask friends", "Stay calm", "Rest well", "Keep notes", "Move often"),
    *("Eat slowly", "Read daily", "Set limits", "Share work", "Learn skills", "Watch costs", "Test ideas"),
    *("Drop habits", "Look back"),
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
    """Parse lengths such as ``normal=320,skeleton=40,points=8x40``; what is not named has its usual length.

    Raises:
        ConfigError: It is written otherwise, or makes no sense.
    """
    values: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or name.strip() not in _NAMES or name.strip() in values:
            raise ConfigError(f"--lengths: {part!r} is not understood; write {_FORM}")
        values[name.strip()] = value.strip()
    usual = Lengths()
    lengths = Lengths(
        normal=_number("normal", values.get("normal"), usual.normal),
        skeleton=_number("skeleton", values.get("skeleton"), usual.skeleton),
        points=_points(values["points"]) if "points" in values else usual.points,
        needs=_needs(values.get("needs", "")),
        bad=_share(values.get("bad", "0%")),
    )
    if not 2 <= len(lengths.points) <= MOST_POINTS:
        raise ConfigError(f"--lengths: there must be 2 to {MOST_POINTS} points, not {len(lengths.points)}")
    if lengths.skeleton < len(lengths.points):
        raise ConfigError("--lengths: the skeleton needs a token or more for each point")
    if any(not 1 <= other < point <= len(lengths.points) for point, other in lengths.needs):
        raise ConfigError("--lengths: a point can need earlier points only, such as needs=2:1")
    return lengths


def _number(name: str, text: str | None, usual: int) -> int:
    if text is None:
        return usual
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise ConfigError(f"--lengths: {name} is {text!r}; it must be a number of tokens from 1 on")
    return int(text)


def _share(text: str) -> float:
    number = text.removesuffix("%")
    if number == text or not number.isdecimal() or int(number) > 100:
        raise ConfigError(f"--lengths: bad is {text!r}; it must be a share from 0% to 100%")
    return int(number) / 100


def _points(text: str) -> tuple[int, ...]:
    lengths: list[int] = []
    for group in text.split("+"):
        found = _POINTS.fullmatch(group.strip())
        if found is None or not int(found[2]) or int(found[1] or 1) > MOST_POINTS:
            raise ConfigError(f"--lengths: points is {text!r}; write {_FORM}")
        lengths += [_number("points", found[2], 0)] * int(found[1] or 1)
    return tuple(lengths)


def _needs(text: str) -> tuple[tuple[int, int], ...]:
    pairs: list[tuple[int, int]] = []
    for pair in text.split("+") if text else ():
        found = _NEED.fullmatch(pair.strip())
        if found is None:
            raise ConfigError(f"--lengths: needs is {text!r}; write {_FORM}")
        pairs.append((int(found[1]), int(found[2])))
    return tuple(dict.fromkeys(pairs))


class ScriptedText:
    """Backend with forced lengths and scripted text around an engine. Answers one question at a time.

    Attributes:
        bad: Whether the skeleton of the answer that was begun is one that cannot be used.
    """

    def __init__(self, inner: Backend, lengths: Lengths) -> None:
        self._inner = inner
        self._lengths = lengths
        self._coming: list[tuple[int, bool]] = []  # tokens, and whether it is the skeleton
        self._left: list[int] = []  # the places in it that no request has taken yet
        self._question: str | None = None  # of a skeleton answer, whose opening is asked for by it alone
        self.bad = False
        self._sent = 0
        self._wrong: str | None = None

    def begin(self, *, skeleton: bool, question: str | None = None) -> None:
        """Begin an answer.

        Args:
            skeleton: Whether the requests that follow are those of a skeleton and its points.
            question: A skeleton answer's request for it alone, which opens the answer, is as long as a normal
                answer unless it is left early.
        """
        lengths = self._lengths
        points = [(tokens, False) for tokens in lengths.points]
        self._coming = [(lengths.skeleton, True), *points] if skeleton else [(lengths.normal, False)]
        self._left = list(range(len(self._coming)))
        self._question = question if skeleton else None
        self.bad = skeleton and Random(question).random() < lengths.bad
        if self.bad:
            self._coming, self._left = self._coming[:1], [0]
        self._sent, self._wrong = 0, None

    def check(self, fell_back: str | None = None) -> None:
        """Check the answer that is complete now; ``fell_back`` is why its skeleton was given up.

        Raises:
            ConfigError: It took other requests than it should have, or the engine did not keep a length.
        """
        if self._wrong is not None:
            raise ConfigError(self._wrong)
        if self._sent != len(self._coming):
            raise ConfigError(
                f"the answer took {self._sent} requests where {len(self._coming)} were planned: "
                "the lengths are not those that were forced"
            )
        if fell_back is not None and not self.bad:
            raise ConfigError(f"the scripted skeleton was not followed: {fell_back}")

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        lengths = self._lengths
        if messages[-1].content == self._question:
            tokens, is_skeleton = lengths.normal, False
        elif self._sent < len(self._coming):
            tokens, is_skeleton = self._coming[self._place(messages, prefill)]
            self._sent += 1
        else:
            self._wrong = "the answer asked for more requests than it was planned to take"
            raise ConfigError(self._wrong)
        if is_skeleton and not self.bad:
            pieces = skeleton_pieces(tokens, len(lengths.points), prefill, needs=lengths.needs)
        else:
            pieces = words(tokens, seed=self._sent)  # or one point would repeat another's sentences
        forced = replace(config, max_tokens=tokens, stop=(), extra={**config.extra, "ignore_eos": True})
        shown, told = 0, 0
        async with aclosing(self._inner.stream(messages, forced, prefill=prefill)) as chunks:
            async for chunk in chunks:
                if chunk.usage is not None:
                    told = chunk.usage.completion_tokens
                if chunk.finish_reason is not None:
                    upto = tokens
                else:  # an engine that does not count while it writes sends a token in each piece
                    upto = min(max(told, shown + (1 if chunk.text and not told else 0)), tokens)
                text, shown = "".join(pieces[shown:upto]), max(shown, upto)
                finish = "stop" if chunk.finish_reason is not None else None
                if text or finish or chunk.usage:
                    yield Chunk(text, finish_reason=finish, usage=chunk.usage)
        if told and told != tokens:  # known at the very end of some streams, when all text is out
            self._wrong = (
                f"the engine wrote {told} tokens where {tokens} were forced: it does not take ignore_eos, "
                "or its context is too short"
            )

    def _place(self, messages: Sequence[Message], prefill: str | None) -> int:
        """Which of the planned requests this is: points that need others come out of order."""
        place = self._left[0]
        if place and self._lengths.needs:
            # The last title in the turn is that of the point; an outline and needed texts come before it.
            asked = f"{messages[-1].content} {prefill or ''}"
            place = max(self._left, key=lambda left: asked.rfind(_TITLES[left - 1]))
        self._left.remove(place)
        return place

    async def info(self) -> BackendInfo:
        return await self._inner.info()

    async def load(self) -> Load:
        return await self._inner.load()

    async def aclose(self) -> None: ...


def skeleton_pieces(
    tokens: int, points: int, prefill: str | None, *, needs: Sequence[tuple[int, int]] = ()
) -> list[str]:
    """Return a skeleton of fixed titles in as many pieces as tokens; each line takes its share of them.

    Args:
        tokens: At least one for each point.
        prefill: The start of the assistant's turn, which holds the first point's number.
        needs: Pairs of points: the first needs the second.
    """
    pieces: list[str] = []
    for number, (begin, end) in enumerate(pairwise(_shares(tokens, points)), 1):
        title = _TITLES[number - 1]
        if needed := ", ".join(str(other) for point, other in needs if point == number):
            title += f" (needs {needed})"
        line = f" {title}\n" if number == 1 and prefill else f"{number}. {title}\n"
        pieces += [line[start:stop] for start, stop in pairwise(_shares(len(line), end - begin))]
    return pieces


def words(tokens: int, *, seed: int = 0) -> list[str]:
    """Return sentences without meaning, a word or full stop a token; none comes twice, the last one ends."""
    return filler(tokens, Random(seed))


def _shares(total: int, parts: int) -> list[int]:
    """Where each of some equal parts of a whole begins, and where the last one ends."""
    return [0, *accumulate(total * (part + 1) // parts - total * part // parts for part in range(parts))]
