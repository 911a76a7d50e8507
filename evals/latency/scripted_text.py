"""Forced lengths: the engine decodes so many tokens for real, and only the text is replaced by a script.

A ratio of two ways to answer says little while one of them writes less. Here every request is decoded for
a fixed number of tokens, whatever the model would have written (``ignore_eos``). What it wrote is then of no
use as a skeleton, so the reader and the parser get a text that was written beforehand, a piece for each
token that the engine really decoded, at the moment it came: **the text is scripted, the time is real**.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import accumulate, pairwise
from random import Random

from sot.backends.replay.script import filler
from sot.errors import ConfigError
from sot.types import Backend, BackendInfo, Chunk, GenerateConfig, Load, Message

from .lengths import MOST_POINTS, Lengths

_TITLES = (
    "Start small",
    "Plan ahead",
    "Ask friends",
    "Stay calm",
    "Rest well",
    "Keep notes",
    "Move often",
    "Eat slowly",
    "Read daily",
    "Set limits",
    "Share work",
    "Learn skills",
    "Watch costs",
    "Test ideas",
    "Drop habits",
    "Look back",
)
assert len(_TITLES) == MOST_POINTS


class ScriptedText:
    """An engine with forced lengths and scripted text. Answers one question at a time.

    Args:
        inner: The engine that decodes; it stays its owner's to close.
        lengths: Completion tokens of every request.

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
        """The requests that follow are those of one answer.

        Args:
            skeleton: Of a skeleton and its points, or of a normal answer.
            question: The question. A request of a skeleton answer for it alone, which opens the answer, is as
                long as a normal answer unless it is left early.
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

    def check(self) -> None:
        """The answer is complete.

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

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Decode the next request of the answer to its forced length.

        Raises:
            BackendError: The engine failed.
            ConfigError: There is no further request.
        """
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
        """What the engine says of itself."""
        return await self._inner.info()

    async def load(self) -> Load:
        """How busy the engine is."""
        return await self._inner.load()

    async def aclose(self) -> None:
        """Nothing: the engine is its owner's to close."""


def skeleton_pieces(
    tokens: int, points: int, prefill: str | None, *, needs: Sequence[tuple[int, int]] = ()
) -> list[str]:
    """A skeleton of fixed titles in as many pieces as there are tokens; each line takes its share of them.

    Args:
        tokens: Completion tokens of the skeleton, at least one for each point.
        points: How many points.
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
    """Sentences without meaning, a word or full stop for each token; none is said twice, the last one ends.

    Args:
        tokens: How many.
        seed: Of the words.
    """
    return filler(tokens, Random(seed))


def _shares(total: int, parts: int) -> list[int]:
    """Where each of some equal parts of a whole begins, and where the last one ends."""
    return [0, *accumulate(total * (part + 1) // parts - total * part // parts for part in range(parts))]
