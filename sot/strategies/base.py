"""Strategy protocol: the run that a strategy works on, and the outcome that it returns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from ..admission import Turn
from ..completion import Completion
from ..events import Event, StageReplaced, TextDelta
from ..options import Options, Thinking
from ..options.adapters import adapter_of, check_known
from ..prompting.packs import PromptPack
from ..prompting.plan import NO_WISHES, Plan
from ..stages.engines import AnswerEngines, EngineOfAnswer
from ..stages.usage import merged, use_of
from ..text.stops import StopFilter, StopReached
from ..types import (
    NO_ADAPTER,
    Backend,
    BackendInfo,
    FinishReason,
    GenerateConfig,
    Message,
    PointAnswer,
    Skeleton,
    StageUse,
    Usage,
)
from . import strategy_entry

Stage = Literal["skeleton", "point", "closing", "values", "field", "item", "normal", "cot", "plan"]
"""Stage of an answer that a request belongs to; the last three write a whole answer."""


@dataclass(slots=True)
class Run:
    """Context of one answer in progress: what a strategy reads, and what it writes text and events to.

    A request goes to the engine of its stage (`engine_for`), and its prompt follows that engine's
    capabilities. ``backend``, ``info`` and ``turn`` are the main engine's.

    Args:
        messages: The caller's conversation; the last turn is the question.
        backend: The main engine.
        info: The main engine's identity and capabilities.
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
        engines: Engines of the stages that are not on the main one; ``None``: all are.
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
    engines: AnswerEngines | None = None
    _text: list[str] = field(default_factory=list[str])
    _requests: list[tuple[Completion, str, BackendInfo]] = field(
        default_factory=list[tuple[Completion, str, BackendInfo]]
    )

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
    def requests(self) -> Sequence[Completion]:
        """All requests so far."""
        return [request for request, _, _ in self._requests]

    @property
    def asked(self) -> Sequence[tuple[Completion, str]]:
        """All requests so far, each with the model that it went to."""
        return [(request, info.model) for request, _, info in self._requests]

    @property
    def spent(self) -> Usage:
        """Usage of all requests so far, as far as it is known."""
        return sum((request.usage for request, _, _ in self._requests), Usage())

    @property
    def uses(self) -> tuple[StageUse, ...]:
        """Usage and times of all requests so far, by stage and model."""
        uses = (use_of(request, stage, info, self.started) for request, stage, info in self._requests)
        return merged(use for use in uses if use is not None)

    def engine_for(self, stage: Stage) -> EngineOfAnswer:
        """Return the engine that requests of a stage go to now; this run stands for the main engine."""
        return self._engine_of(stage)

    def replaces(self, engine: EngineOfAnswer, stage: Stage, error: Exception) -> bool:
        """Take note of a failed request, and tell whether the main engine takes it over.

        Args:
            engine: The engine that it went to.
            stage: Its stage.
            error: Its error.
        """
        if engine is self or self.engines is None:
            return False
        known = len(self.engines.failures)
        failure = self.engines.note_failure(engine, stage, error)
        if failure is not None and len(self.engines.failures) > known:
            self.emit(StageReplaced(failure))
        return failure is not None

    def note_failure(self, engine: EngineOfAnswer, error: Exception) -> None:
        """Take note of a failed request that needs no other engine; its own is left alone for a while."""
        if self.engines is not None:
            self.engines.cool(engine, error)

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
        self, *, max_tokens: int, stop: tuple[str, ...] = (), stage: Stage = "normal", priority: int = 0
    ) -> GenerateConfig:
        """Return the decoding settings of a request, with the caller's sampling settings.

        Args:
            max_tokens: Most tokens of text.
            stop: Stop sequences.
            stage: Stage of the answer, which decides whether a reasoning model is to think, and the adapter.
            priority: Rank among waiting requests, the smallest first: a part's place in the answer.
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
            adapter=adapter_of(options.adapter, stage),
            answer=options.session_key or self.turn.key,
            priority=priority,
            tenant=options.tenant,
        )

    def complete(
        self,
        messages: Sequence[Message],
        config: GenerateConfig,
        *,
        prefill: str | None = None,
        refuse_thoughts: bool = False,
        raw_marks: bool = False,
        engine: EngineOfAnswer | None = None,
    ) -> Completion:
        """Create a request to the engine of its stage; reading its text sends it.

        See `Completion` for the other arguments.

        Args:
            engine: The engine, where it is not that of the stage (``config.stage``).
        """
        served = self._engine_of(config.stage) if engine is None else engine
        if served is not self:
            check_known(config.adapter, served.info)
        elif self._lacks_adapter(config):
            config = replace(config, adapter=None)  # it was for the engine that failed
        request = Completion(
            served.backend,
            served.turn,
            messages,
            config,
            info=served.info,
            prefill=prefill,
            max_thinking_tokens=self.options.max_thinking_tokens,
            refuse_thoughts=refuse_thoughts,
            raw_marks=raw_marks,
            deadline=self.deadline,
        )
        self._requests.append((request, config.stage, served.info))
        return request

    def _lacks_adapter(self, config: GenerateConfig) -> bool:
        """Return whether a request names an adapter that only its stage's own engine has."""
        if config.adapter in (None, NO_ADAPTER) or self.engines is None:
            return False
        if not self.engines.are_elsewhere(config.stage):
            return False
        known = self.info.adapters
        if known is None:  # a name for all stages is one of the main engine's, too
            return isinstance(self.options.adapter, Mapping)
        return config.adapter not in known

    def _engine_of(self, stage: str) -> EngineOfAnswer:
        engine = None if self.engines is None else self.engines.of(stage)
        return self if engine is None else engine


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
