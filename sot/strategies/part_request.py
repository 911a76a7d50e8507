"""Requests of an answer whose parts are known beforehand: what a strategy tells the runner of each.

A strategy makes one `PartRequest` for each request to the engine, and `sot.strategies.parts` runs them. A
request may write several parts; its `PartReader` tells their texts apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import SotError
from ..prompting.conversation import WrittenPoint
from ..stages.engines import EngineOfAnswer
from ..text.point_text import Ending
from ..types import FinishReason, GenerateConfig, Message, Point


@dataclass(frozen=True, slots=True)
class PartDelta:
    """New text of a part that may be shown now, and is never taken back."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class PartText:
    """Final text of a part.

    Args:
        index: The part's number.
        text: The whole text, which starts with all that was shown of it.
        ending: How it ends; ``empty``: there is none.
        problem: Why the text is of no use, in one line; empty where it is.
    """

    index: int
    text: str
    ending: Ending = "whole"
    problem: str = ""


class PartReader(Protocol):
    """Reader of one request's text, which becomes the texts of the request's parts."""

    @property
    def full(self) -> bool:
        """Whether the rest of the text does not matter; the request is then left."""
        ...

    @property
    def slow(self) -> bool:
        """Whether `finish` may take long; it then runs in another thread, and `feed` has shown nothing."""
        return False

    def feed(self, piece: str, tokens: int) -> Iterable[PartDelta | PartText]:
        """Take in the next piece of so many tokens; returns what it shows and which parts it ends."""
        ...

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterable[PartText]:
        """End the text; returns the parts that were not over before. A part left out is empty.

        Args:
            reason: Finish reason of the completion; ``None`` where it broke off or was left.
            shown: Gives the characters of a part's text that the reader of the answer has seen; they stay.
        """
        ...


@dataclass(frozen=True, slots=True)
class PartFailure:
    """Part that a request left without a text that is of use.

    Args:
        point: The part.
        reason: The cause, in one line, perhaps in the engine's words.
        public: The same in words that may stand in an answer.
        text: What there is of it.
        error: The engine's error; ``None`` where the engine completed the request.
        limited: Whether a token limit cut it, as it would again.
        thought: Whether the model spent tokens on thoughts.
        engine: The engine for another request, where it must not be that of the stage, which failed.
    """

    point: Point
    reason: str
    public: str
    text: str
    error: SotError | None
    limited: bool = False
    thought: bool = False
    engine: EngineOfAnswer | None = None


GiveUp = Callable[[PartFailure], str]
"""Gives the placeholder of a part that failed for good, or raises the error that ends the answer."""


def _no_repair(failures: Sequence[PartFailure]) -> Sequence[PartRequest]:
    return ()


@dataclass(frozen=True, slots=True)
class PartRequest:
    """One request that writes one or more parts.

    Args:
        points: The parts, in order.
        config: Decoding settings of the request.
        messages: Builds its prompt from the parts that it waits for, as far as they have a text.
        reader: Makes the reader of its text.
        after: Numbers of the parts that it waits for; those that ``depends_on`` of its points names need not
            be repeated. Circles must not arise.
        repair: Makes the requests that write failed parts again, once; those without one stay as they are.
        prefill: Start of the model's turn, only where the engine continues one (``continues_turn``). It is
            read as the beginning of the text, unless the engine refuses it.
        engine: The engine that it is laid out for; unless given, that of its stage.
    """

    points: tuple[Point, ...]
    config: GenerateConfig
    messages: Callable[[Sequence[WrittenPoint]], Sequence[Message]]
    reader: Callable[[], PartReader]
    after: tuple[int, ...] = ()
    repair: Callable[[Sequence[PartFailure]], Sequence[PartRequest]] = field(default=_no_repair)
    prefill: str | None = None
    engine: EngineOfAnswer | None = None

    @property
    def needs(self) -> tuple[int, ...]:
        """Numbers of all parts that it waits for, ascending."""
        own = {point.index for point in self.points}
        named = {index for point in self.points for index in point.depends_on}
        return tuple(sorted({*self.after, *named} - own))


class PartOutput(Protocol):
    """Merger of the parts' texts into one ordered text; `sot.text.ordered.OrderedStream` is one."""

    def open(self) -> str:
        """Open the output; returns the text released by it."""
        ...

    def released(self, index: int) -> int:
        """Return the number of released characters of a part's text."""
        ...

    def restart(self, index: int) -> None:
        """Discard the text of a part of which nothing is released."""
        ...

    def feed(self, index: int, text: str) -> str:
        """Append text to a part; returns the text released by it."""
        ...

    def finish(self, index: int, text: str, *, placeholder: bool = False) -> str:
        """Set a part's final text, which starts with its released part; returns the text released by it."""
        ...
