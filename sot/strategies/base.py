"""Strategy protocol: the run that a strategy works on, and the outcome that it returns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import uuid4

from ..admission import Turn
from ..completion import Completion
from ..events import Event, TextDelta
from ..options import Options, Thinking
from ..prompting.packs import PromptPack
from ..prompting.plan import NO_WISHES, Plan
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
from . import strategy_entry

Stage = Literal["skeleton", "point", "closing", "values", "field", "item", "normal", "cot", "plan"]
"""Stage of an answer that a request belongs to; the last three write a whole answer."""


@dataclass(slots=True)
class Run:
    """Context of one answer in progress: what a strategy reads, and what it writes text and events to.

    Args:
        messages: The caller's conversation; the last turn is the question.
        backend: The engine.
        info: The engine's identity and capabilities.
        pack: The prompt pack.
        foreign: Whether the answer is in the question's language, and that is not the pack's.
        options: The caller's settings.
        turn: The answer's turn, whose permits its requests need.
        emit: Event callback, called in order.
        started: Arrival of the question, in the event loop's time.
        first_text_s: Time to the reader's first text (TTFT), in seconds; ``None`` before it.
        plan: What the asker wishes of the points.
        language: Name of the language asked for, in the pack's language; empty: the question's.
        stops: Filter of stop sequences, for an ordered text made by several requests, where the engine cannot
            apply them.
        key: Key of the answer, which all its requests carry (``GenerateConfig.answer``).
    """

    messages: Sequence[Message]
    backend: Backend
    info: BackendInfo
    pack: PromptPack
    foreign: bool
    options: Options
    turn: Turn
    emit: Callable[[Event], None]
    started: float
    first_text_s: float | None = None
    plan: Plan = NO_WISHES
    language: str = ""
    stops: StopFilter | None = None
    key: str = field(default_factory=lambda: uuid4().hex)
    _text: list[str] = field(default_factory=list[str])
    _requests: list[Completion] = field(default_factory=list[Completion])

    @property
    def text(self) -> str:
        """The ordered text so far."""
        return "".join(self._text)

    @property
    def written(self) -> str:
        """The ordered text so far, with the end that `stops` holds back."""
        return self.text + (self.stops.held if self.stops is not None else "")

    @property
    def deadline(self) -> float | None:
        """When the answer ends in any case, in the event loop's time; ``None``: never (``max_seconds``)."""
        most = self.options.max_seconds
        return None if most is None else self.started + most

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the deadline, 0 after it; ``None``: there is none."""
        most = self.options.max_seconds
        return None if most is None else max(0.0, most - self.now())

    @property
    def spent(self) -> Usage:
        """Usage of all requests so far, as far as it is known."""
        return sum((request.usage for request in self._requests), Usage())

    def now(self) -> float:
        """Return the seconds since the question arrived."""
        # By the event loop's clock, so that a simulated loop gives simulated times.
        return asyncio.get_running_loop().time() - self.started

    def write(self, piece: str) -> None:
        """Emit the next piece of the ordered text.

        Raises:
            StopReached: `stops` has found a stop sequence; the text before it has been emitted.
        """
        if self.stops is not None:
            piece = self.stops.feed(piece)
        self._show(piece)
        if self.stops is not None and self.stops.reached:
            raise StopReached

    def end_text(self) -> None:
        """End the ordered text: emit the tail that `stops` has held back."""
        if self.stops is not None:
            self._show(self.stops.close())

    def token_limit(self, limit: int, *, spare: int = 0) -> int:
        """Return a request's token limit: ``limit``, or less where ``max_answer_tokens`` leaves less.

        Args:
            limit: Most tokens without it.
            spare: Tokens to leave for requests beside this one.
        """
        whole = self.options.max_answer_tokens
        if whole is None:
            return limit
        spent = self.spent
        return max(1, min(limit, whole - spare - (spent.completion_tokens - spent.reasoning_tokens)))

    def _show(self, piece: str) -> None:
        if not piece:
            return
        if self.first_text_s is None:
            self.first_text_s = self.now()
        self._text.append(piece)
        self.emit(TextDelta(piece))

    def config(
        self, *, max_tokens: int, stop: tuple[str, ...] = (), stage: Stage = "normal"
    ) -> GenerateConfig:
        """Return the decoding settings of a request, with the caller's sampling settings.

        Args:
            max_tokens: Most tokens of text.
            stop: Stop sequences.
            stage: Stage of the answer, which decides whether a reasoning model is to think.
        """
        options = self.options
        return GenerateConfig(
            temperature=options.temperature,
            top_p=options.top_p,
            max_tokens=max_tokens,
            stop=stop,
            seed=options.seed,
            repetition_penalty=options.repetition_penalty,
            think=_think(options.thinking, stage),
            extra=options.extra,
            stage=stage,
            answer=self.key,
        )

    def complete(
        self,
        messages: Sequence[Message],
        config: GenerateConfig,
        *,
        prefill: str | None = None,
        refuse_thoughts: bool = False,
        raw_marks: bool = False,
    ) -> Completion:
        """Create a request to the engine; reading its text sends it. See `Completion` for the arguments."""
        request = Completion(
            self.backend,
            self.turn,
            messages,
            config,
            info=self.info,
            prefill=prefill,
            max_thinking_tokens=self.options.max_thinking_tokens,
            refuse_thoughts=refuse_thoughts,
            raw_marks=raw_marks,
            deadline=self.deadline,
        )
        self._requests.append(request)
        return request


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a strategy, besides the text and the events.

    Args:
        usage: Usage of all its requests.
        skeleton: The skeleton; empty without one.
        points: The written points.
        skeleton_usage: Usage of the skeleton request alone.
        skeleton_s: Seconds until the skeleton was complete; ``None`` without one.
        fell_back: Reason for the fallback to normal decoding; ``None`` without one.
        final_answer: The result without the steps; ``None`` where none is marked.
        finish_reason: Finish reason of the answer.
        complete: Whether no part of it is missing or broke off.
        why_empty: Why the answer has no text; read only where it has none.
        opening: The beginning of the text, written by normal decoding before the points.
        closing: The end of the text, written beside the points.
    """

    usage: Usage
    skeleton: Skeleton = field(default_factory=Skeleton)
    points: tuple[PointAnswer, ...] = ()
    skeleton_usage: Usage = field(default_factory=Usage)
    skeleton_s: float | None = None
    fell_back: str | None = None
    final_answer: str | None = None
    finish_reason: FinishReason | None = None
    complete: bool = True
    why_empty: str = "the model wrote nothing"
    opening: str = ""
    closing: str = ""


def _think(thinking: Thinking, stage: Stage) -> bool | None:
    """Return whether a request is to think, by the setting ``thinking``; ``None``: as the model does."""
    if thinking == "on" or (thinking == "skeleton" and stage == "skeleton"):
        return True
    return None if thinking != "off" and stage in ("normal", "cot", "plan") else False


class Strategy(Protocol):
    """Protocol of strategies: stateless ways to answer a question with one or more requests."""

    async def run(self, run: Run) -> Outcome:
        """Answer the question of a run: write the text, emit the events.

        Raises:
            SotError: The question cannot be answered.
        """
        ...


def strategy_for(name: str) -> Strategy:
    """Make an instance of a strategy.

    Raises:
        ConfigError: There is no strategy of that name.
    """
    made: Strategy = strategy_entry(name).load()()
    return made


__all__ = [
    "Outcome",
    "Run",
    "Strategy",
    "strategy_for",
]
