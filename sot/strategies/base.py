"""What a strategy gets, does and gives back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..admission import Limits
from ..completion import Completion
from ..events import Event, TextDelta
from ..options import Options
from ..prompting.packs import PromptPack
from ..text.stops import StopFilter, StopReached
from ..types import (
    Backend,
    BackendInfo,
    FinishReason,
    GenerateConfig,
    Message,
    PointAnswer,
    Skeleton,
    Usage,
)


@dataclass(slots=True)
class Run:
    """One answer in the making: what strategies need, and where they report to.

    Args:
        messages: The caller's conversation; the last turn is the question.
        backend: The engine.
        info: What the engine says of itself.
        pack: The prompt pack.
        foreign: Whether the question's language is not the pack's.
        options: The caller's settings.
        limits: Where requests wait for a place.
        emit: Takes every event, in order.
        started: The event loop's time when the question arrived.
        first_text_s: When the reader's first text came, once it has.
        stops: Ends the ordered text where the engine cannot, because several requests make it up.
    """

    messages: Sequence[Message]
    backend: Backend
    info: BackendInfo
    pack: PromptPack
    foreign: bool
    options: Options
    limits: Limits
    emit: Callable[[Event], None]
    started: float
    first_text_s: float | None = None
    stops: StopFilter | None = None
    _text: list[str] = field(default_factory=list[str])
    _requests: list[Completion] = field(default_factory=list[Completion])

    @property
    def text(self) -> str:
        """The ordered text so far."""
        return "".join(self._text)

    @property
    def spent(self) -> Usage:
        """What all requests so far cost, as far as it is known."""
        return sum((request.usage for request in self._requests), Usage())

    def now(self) -> float:
        """Seconds since the question arrived."""
        # The loop's clock, not the wall's: under a simulated loop the times are simulated, too.
        return asyncio.get_running_loop().time() - self.started

    def write(self, piece: str) -> None:
        """Give the reader the next piece of the ordered text.

        Raises:
            StopReached: `stops` is set, and a stop sequence has come; what stands before it is written.
        """
        if self.stops is not None:
            piece = self.stops.feed(piece)
        self._show(piece)
        if self.stops is not None and self.stops.reached:
            raise StopReached

    def end_text(self) -> None:
        """The ordered text is complete: show what `stops` has held back."""
        if self.stops is not None:
            self._show(self.stops.close())

    def room(self, limit: int) -> int:
        """A request's token limit, so that the whole answer keeps within ``max_answer_tokens``.

        Args:
            limit: What the request may have otherwise.
        """
        whole = self.options.max_answer_tokens
        return limit if whole is None else max(1, min(limit, whole - self.spent.completion_tokens))

    def _show(self, piece: str) -> None:
        if not piece:
            return
        if self.first_text_s is None:
            self.first_text_s = self.now()
        self._text.append(piece)
        self.emit(TextDelta(piece))

    def config(self, *, max_tokens: int, stop: tuple[str, ...] = ()) -> GenerateConfig:
        """The decoding settings of a request, from the caller's."""
        options = self.options
        return GenerateConfig(
            temperature=options.temperature,
            top_p=options.top_p,
            max_tokens=max_tokens,
            stop=stop,
            seed=options.seed,
            repetition_penalty=options.repetition_penalty,
            extra=options.extra,
        )

    def complete(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> Completion:
        """A request to the engine; it is sent when its text is read."""
        request = Completion(self.backend, self.limits, messages, config, prefill=prefill)
        self._requests.append(request)
        return request


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a strategy made, besides the events and the text."""

    usage: Usage
    skeleton: Skeleton = field(default_factory=Skeleton)
    points: tuple[PointAnswer, ...] = ()
    skeleton_usage: Usage = field(default_factory=Usage)
    skeleton_s: float | None = None
    fell_back: str | None = None
    final_answer: str | None = None
    finish_reason: FinishReason | None = None


class Strategy(Protocol):
    """A way to answer. Small, without state of its own."""

    async def run(self, run: Run) -> Outcome:
        """Answer the question of a run: write its text, emit its events.

        Raises:
            SotError: The question cannot be answered.
        """
        ...
