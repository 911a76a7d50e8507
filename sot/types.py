"""The values that pass between callers, strategies and engines."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

Role = Literal["system", "user", "assistant"]
StrategyName = Literal["skeleton", "normal", "cot", "plan"]
STRATEGIES: tuple[StrategyName, ...] = ("skeleton", "normal", "cot", "plan")
FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]
PointStatus = Literal["done", "trimmed", "repaired", "missing"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class GenerateConfig:
    """How one request is decoded. ``None`` leaves the choice to the engine.

    Args:
        temperature: 0 is greedy; above 0 samples.
        top_p: Nucleus sampling: the share of probability kept, in (0, 1].
        max_tokens: Most completion tokens.
        stop: Texts that end the completion; they are not part of it.
        seed: Makes sampling repeatable where the engine can.
        repetition_penalty: Above 1 makes tokens that already occurred less likely (engines that
            do not know it ignore it).
        extra: Further request fields, for engines that take them (``--extra-body``).
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    repetition_penalty: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and requests spent; usages add up.

    ``cached_tokens`` are those of ``prompt_tokens`` that the engine served from its prefix cache.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.requests + other.requests,
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed completion.

    Args:
        text: New text of the answer; may be empty.
        reasoning: New text of a reasoning model's private thoughts; never part of the answer.
        finish_reason: Set once, on the last chunk that carries text or after it.
        usage: Tokens of the request so far; the latest counts, and the last is that of the whole request.
            Engines that know it early send it early, so that a request left early can be counted too.
            ``requests`` is 1.
    """

    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What an engine says of itself.

    Args:
        backend: The backend spec, without any key, for example ``torch:SmolLM2-135M-Instruct``.
        model: The model's name.
        context_length: Prompt and completion together, in tokens; ``None`` where unknown.
        can_prefill: Whether it continues a started assistant turn.
        caches_prefixes: Whether a prompt's known beginning is served from a cache.
        max_batch: Requests decoded together at most; ``None`` where unknown.
    """

    backend: str
    model: str
    context_length: int | None = None
    can_prefill: bool = False
    caches_prefixes: bool = False
    max_batch: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """How busy an engine is, in requests; ``capacity`` is ``None`` where the engine does not tell."""

    running: int = 0
    waiting: int = 0
    capacity: int | None = None


@runtime_checkable
class Backend(Protocol):
    """An engine. Anything with these four methods works; nothing needs to be subclassed."""

    def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Start a completion and yield it piece by piece.

        Closing the generator, or cancelling the task that reads it, ends the request at the engine.

        Args:
            messages: The conversation; the last turn is the user's.
            config: How to decode.
            prefill: The start of the assistant's turn, which the engine continues and does not
                repeat. Only given when ``info().can_prefill``.

        Raises:
            BackendError: The engine failed.
            ContextLengthError: The prompt does not fit.
        """
        ...

    async def info(self) -> BackendInfo:
        """What the engine is and can do. Loads or contacts it if need be.

        Raises:
            SotError: The engine cannot be used.
        """
        ...

    async def load(self) -> Load:
        """How busy the engine is now."""
        ...

    async def aclose(self) -> None:
        """Release everything. Requests in flight end with an error. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Forwarded:
    """An engine's own answer to a forwarded request.

    Args:
        status: The HTTP status.
        headers: The headers that concern the caller, names in small letters.
        pieces: The body, as it comes.
    """

    status: int
    headers: Mapping[str, str]
    pieces: AsyncGenerator[bytes, None]


@runtime_checkable
class Forwards(Protocol):
    """What a backend may also offer: to pass a caller's own request on to its server, unchanged."""

    def forward(self, body: Mapping[str, Any]) -> AbstractAsyncContextManager[Forwarded]:
        """Send a chat-completion request as it is, except for the model's name.

        Leaving the context ends the request at the engine.

        Args:
            body: The request's JSON object.

        Raises:
            BackendError: The server cannot be reached.
            ConfigError: No model is chosen.
        """
        ...


@runtime_checkable
class Checks(Protocol):
    """What a backend may also offer: to find out whether its engine answers right now."""

    async def check(self) -> None:
        """Ask the engine for a sign of life.

        Raises:
            SotError: It gives none.
        """
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a skeleton.

    Args:
        index: 1, 2, 3 … in order, whatever numbers the model wrote.
        title: The point in a few words, without number, bullet or bold marks.
        depends_on: Indexes of points that must be written first (none, today).
    """

    index: int
    title: str
    depends_on: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The points of an answer, in order."""

    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """How a question is answered, and why.

    Args:
        strategy: The strategy chosen.
        confidence: From 0 to 1.
        reason: One line for people.
        router: The name of the router that decided (``caller`` when the strategy was forced).
        usage: What the decision cost at the engine; nothing where a local router decided.
        parallel: Points at once at most, where the engine's load limits them.
        instead_of: What the question would have got on an idle engine, where the load changed it.
    """

    strategy: StrategyName
    confidence: float
    reason: str
    router: str
    usage: Usage = Usage()
    parallel: int | None = None
    instead_of: StrategyName | None = None


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """A point, written out. Times are seconds since the question arrived."""

    index: int
    title: str
    text: str
    status: PointStatus
    usage: Usage
    started_s: float
    first_text_s: float | None
    finished_s: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """When things happened, in seconds since the question arrived.

    Args:
        route_s: The route was known.
        skeleton_s: The skeleton was complete; ``None`` without one.
        first_text_s: The reader's first text (TTFT as the reader sees it).
        total_s: The answer was complete.
    """

    route_s: float = 0.0
    skeleton_s: float | None = None
    first_text_s: float | None = None
    total_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer.

    Args:
        question: The last user turn.
        text: What the reader saw, in order.
        route: How it was made. After a fall-back still the route first chosen; see ``fell_back``.
        skeleton: The skeleton, empty without one.
        points: The points, written out.
        usage: All requests of this answer together.
        skeleton_usage: The skeleton request alone.
        timing: When things happened.
        model: The model's name.
        backend: The backend spec.
        fell_back: Why the skeleton was given up for normal decoding; ``None`` if it was not.
        final_answer: The result alone, told apart from the steps (``cot`` and ``plan``).
        finish_reason: How the last request ended (``length``: a limit cut the answer).
    """

    question: str
    text: str
    route: Route
    skeleton: Skeleton
    points: tuple[PointAnswer, ...]
    usage: Usage
    skeleton_usage: Usage
    timing: Timing
    model: str
    backend: str
    fell_back: str | None = None
    final_answer: str | None = None
    finish_reason: FinishReason | None = None
