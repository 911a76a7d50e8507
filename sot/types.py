"""Core data types and the backend protocol, shared by callers, strategies and engines."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

Role = Literal["system", "user", "assistant"]
StrategyName = str
"""Name of a strategy in the registry `sot.strategies`."""
PrefixCaching = Literal["running", "idle", "no", "unknown"]
"""Whose prefixes an engine's prefix cache serves: also those of running requests (``running``), only those of
finished requests (``idle``), or none (``no``)."""
FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "error"]
PointStatus = Literal["done", "trimmed", "repaired", "missing"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class GenerateConfig:
    """Decoding settings of one request. ``None`` leaves a setting to the engine.

    Args:
        temperature: Sampling temperature; 0 is greedy decoding.
        top_p: Nucleus sampling: the probability mass to sample from, in (0, 1].
        max_tokens: Most completion tokens.
        stop: Stop sequences that end the completion; they are not part of it.
        seed: Random seed of the sampling, for engines that can repeat it.
        repetition_penalty: Penalty on tokens that already occurred, above 0; 1 is none, above 1 makes them
            less likely. Engines that do not know it ignore it.
        think: Whether a reasoning model thinks before it writes; ``None`` leaves it to the model.
        extra: Further request fields by their JSON names, for engines that take them (``--extra-body``). They
            win over the fields that ``think`` stands for.
        stage: Stage of an answer that the request belongs to, by which an engine may choose an adapter:
            ``route``, ``skeleton``, ``point``, ``closing``, ``normal``, ``cot``, ``plan``, ``values``,
            ``field`` or ``item``; empty where it is none of these. No engine sends it on.
        schema: JSON schema of the text, which an engine that can constrain its decoding enforces
            (``BackendInfo.constrains``); the others ignore it.
        adapter: Name of the adapter (LoRA) that decodes the request; ``None`` leaves it to the engine.
        answer: Key that all requests of one answer carry, by which an engine router can send them to one
            replica; empty: none.
        priority: Rank among waiting requests, the smallest first, for engines that were found to take one.
        tenant: Owner of the request, whose prefixes no other one may share; ``None``: all share them.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    repetition_penalty: float | None = None
    think: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stage: str = ""
    schema: Mapping[str, Any] | None = None
    adapter: str | None = None
    answer: str = ""
    priority: int = 0
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Token usage of one or more requests; usages can be added.

    Args:
        prompt_tokens: All tokens of the prompts.
        cached_tokens: Those of ``prompt_tokens`` that the prefix cache served.
        completion_tokens: Decoded tokens.
        requests: Number of requests.
        reasoning_tokens: Those of ``completion_tokens`` that a reasoning model spent on thoughts.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0
    reasoning_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.requests + other.requests,
            self.reasoning_tokens + other.reasoning_tokens,
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed completion.

    Args:
        text: New text of the completion; may be empty.
        reasoning: New text of a reasoning model's thoughts; never part of the answer.
        finish_reason: Sent once, with the last chunk that carries text or after it.
        usage: Cumulative usage of the request, with ``requests`` 1; the last one sent is final. Engines that
            can, send it from the first chunk on, so that a request left early is counted too.
    """

    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """Identity and capabilities of an engine.

    Strategies, routers and the server go by the capabilities, never by the engine's name.

    Args:
        backend: The backend spec, without any key, for example ``torch:SmolLM2-135M-Instruct``.
        model: The model's name.
        name: The engine's own name, such as ``vllm``; empty where unknown.
        context_length: Most tokens of prompt and completion together; ``None`` where unknown.
        parameters: Number of the model's parameters; ``None`` where unknown.
        continues_turn: Whether it continues an assistant turn that the request starts (``prefill``).
        caches_prefixes: Whose prefixes its prefix cache serves.
        parallel: Most requests in one batch; ``None`` where unknown.
        thinks: Whether the model reasons before it answers; ``None`` where unknown.
        stops_thinking: Whether ``GenerateConfig.think = False`` keeps it from thinking; ``None`` where
            unknown.
        opens_thinking: Whether the chat template itself opens the thinking block, so that thoughts that the
            engine does not take out end in a closing mark without an opening one; ``None`` where unknown.
        takes_think: Whether the engine is known to accept the fields that ``think`` stands for; to others
            they are sent once the model has been seen to think.
        sampling_fields: Names of request fields that ``GenerateConfig.extra`` may carry; ``None``: any.
        refuses: Names of request fields that the engine refused, such as ``stop``; they are left out from
            then on.
        forwards: Whether the backend implements `Forwards`.
        constrains: Whether its decoding follows a JSON schema (``GenerateConfig.schema``); ``None`` where
            unknown.
        evidence: Evidence for the capabilities, in words, by field name.
    """

    backend: str
    model: str
    name: str = ""
    context_length: int | None = None
    parameters: int | None = None
    continues_turn: bool = False
    caches_prefixes: PrefixCaching = "unknown"
    parallel: int | None = None
    thinks: bool | None = None
    stops_thinking: bool | None = None
    opens_thinking: bool | None = None
    takes_think: bool = False
    sampling_fields: frozenset[str] | None = frozenset()
    refuses: tuple[str, ...] = ()
    forwards: bool = False
    constrains: bool | None = None
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def reuses_prefixes(self) -> bool:
        """Whether requests of one answer are known to share their prefix, so that a long one is cheap.

        A cache of finished requests alone (``idle``) does not help: points run beside one another, each in a
        place of its own.
        """
        return self.caches_prefixes == "running"

    @property
    def takes_stop(self) -> bool:
        """Whether it accepts stop sequences."""
        return "stop" not in self.refuses


@dataclass(frozen=True, slots=True)
class Load:
    """Load of an engine, in requests.

    Args:
        running: Requests in the batch.
        waiting: Requests in the engine's queue.
        capacity: Most requests in the batch; ``None`` where the engine does not tell.
    """

    running: int = 0
    waiting: int = 0
    capacity: int | None = None


@runtime_checkable
class Backend(Protocol):
    """Protocol of engines: any object with these four methods; no base class is needed."""

    def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Send a completion request and yield its chunks.

        Closing the generator, or cancelling the task that reads it, ends the request at the engine.

        Args:
            messages: The conversation; the last turn is the user's.
            config: Decoding settings.
            prefill: The start of the assistant's turn, which the engine continues and does not
                repeat. Only given when ``info().continues_turn``.

        Raises:
            BackendError: The engine failed.
            ContextLengthError: The prompt exceeds the context length.
        """
        ...

    async def info(self) -> BackendInfo:
        """Return the engine's identity and capabilities; loads or contacts it if need be.

        Raises:
            SotError: The engine cannot be used.
        """
        ...

    async def load(self) -> Load:
        """Return the engine's current load."""
        ...

    async def aclose(self) -> None:
        """Release all resources. Requests in flight end with an error. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Forwarded:
    """HTTP response of the engine's server to a forwarded request.

    Args:
        status: The HTTP status code.
        headers: The headers to pass on to the caller, by lower-case name.
        pieces: The body, as it arrives.
    """

    status: int
    headers: Mapping[str, str]
    pieces: AsyncGenerator[bytes, None]


@runtime_checkable
class Forwards(Protocol):
    """Optional protocol of backends that can forward a caller's own request to their server."""

    def forward(self, body: Mapping[str, Any]) -> AbstractAsyncContextManager[Forwarded]:
        """Send a chat-completion request unchanged, except for the model's name.

        Leaving the context ends the request at the engine.

        Args:
            body: The request's JSON object.

        Raises:
            BackendError: The server cannot be reached.
            ConfigError: No model is chosen, and the server has not exactly one.
        """
        ...


@runtime_checkable
class ForwardsPaths(Protocol):
    """Optional protocol of backends that can pass a request on to any address of their server's API."""

    def forward_path(
        self, method: str, path: str, content: bytes | None = None
    ) -> AbstractAsyncContextManager[Forwarded]:
        """Send a request as it is, with this backend's own key.

        Leaving the context ends the request at the engine.

        Args:
            method: ``GET`` or ``POST``.
            path: Address below the server's base address, such as ``/embeddings``: plain names between
                slashes, which leads nowhere else.
            content: The body, JSON; ``None``: none.

        Raises:
            BackendError: The server cannot be reached.
            ConfigError: The path is none of that kind.
        """
        ...


@runtime_checkable
class RemembersThinking(Protocol):
    """Optional protocol of backends that learn from the completions how the model thinks."""

    def note_thinking(self, *, told: bool | None, thought: bool, bare: bool) -> None:
        """Take note of how one completion began; `info` tells it from then on.

        Args:
            told: The request's ``GenerateConfig.think``.
            thought: Whether any thoughts came, apart from the text or marked in it.
            bare: Whether they ended in a closing mark without an opening one.
        """
        ...


@runtime_checkable
class Checks(Protocol):
    """Optional protocol of backends with a health check."""

    async def check(self) -> None:
        """Check that the engine answers now.

        Raises:
            SotError: It does not.
        """
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a skeleton.

    Args:
        index: Position in the skeleton, from 1, whatever number the model wrote.
        title: The point in a few words, without number, bullet or bold marks.
        depends_on: Indexes of the points whose texts this one needs; it is written after them.
        covers: What the point covers, in a few words, where the model said so; never shown.
    """

    index: int
    title: str
    depends_on: tuple[int, ...] = ()
    covers: str = ""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Skeleton of an answer: its points, in order."""

    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Decision of a router: the strategy that answers a question, and why.

    Args:
        strategy: The chosen strategy.
        confidence: The router's confidence, from 0 to 1.
        reason: The reason, in one line for people.
        router: Name of the router; ``caller`` where the caller set the strategy.
        usage: Usage of the decision itself; zero for a local router.
        instead_of: The strategy that the question alone would have got, where the engine's load or batch size
            changed it.
    """

    strategy: StrategyName
    confidence: float
    reason: str
    router: str
    usage: Usage = Usage()
    instead_of: StrategyName | None = None


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """A written point.

    Args:
        index: Position in the skeleton, from 1.
        title: The point in a few words.
        text: Its text in the answer.
        status: ``done``; ``trimmed`` at its token limit or where its request broke; ``repaired`` by a second
            request; ``missing`` where both failed.
        usage: Usage of all its requests.
        started_s: Seconds from the question's arrival until its first request was ready to be sent.
        first_text_s: Seconds until the engine sent its first text; ``None`` without any.
        finished_s: Seconds until it was complete.
        reason: Error of the last request, in one line, why the point is missing, or that a filter cut it; may
            quote the engine.
    """

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
    """Times of an answer, in seconds since the question arrived.

    Args:
        route_s: Time until the route was decided.
        skeleton_s: Time until the skeleton was complete; ``None`` without one.
        first_text_s: Time to the reader's first text (TTFT); ``None`` without text.
        total_s: Time until the answer was complete.
    """

    route_s: float = 0.0
    skeleton_s: float | None = None
    first_text_s: float | None = None
    total_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StageUse:
    """Requests of one stage of an answer to one model.

    Args:
        stage: The stage, by the names of ``GenerateConfig.stage``.
        model: The model's name.
        backend: The backend spec.
        usage: Usage of the requests.
        first_s: Seconds from the question's arrival until the first of them was sent.
        last_s: Seconds until the last of them ended.
    """

    stage: str
    model: str
    backend: str
    usage: Usage
    first_s: float
    last_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer.

    Args:
        question: The last user turn.
        text: The ordered text, exactly as it was streamed.
        route: The route. After a fallback still the one first chosen; see ``fell_back``.
        skeleton: The skeleton; empty without one.
        points: The written points.
        usage: Usage of all requests of this answer.
        skeleton_usage: Usage of the skeleton request alone.
        timing: Times of the answer.
        model: The model's name.
        backend: The backend spec.
        fell_back: Reason for the fallback from the skeleton to normal decoding; ``None`` without one. Points
            that had been shown before it stay, and normal decoding goes on after them.
        final_answer: The result without the steps (``cot`` and ``plan``); ``None`` where none is marked.
        finish_reason: ``stop``: it ended by itself; a point that ``max_point_tokens`` ended at a whole
            sentence counts as such. ``length``: a token limit took text away: that of the answer, of normal
            decoding or of the skeleton, or that of a point which it cut in the middle of a sentence or left
            without text; or ``max_seconds`` ended it. ``content_filter``: the engine's filter cut or refused
            the answer or a part of it.
            ``error``: a point is missing or broke off, or the skeleton did. The gravest counts: filter,
            error, length.
        complete: Whether nothing of it is missing or cut; never with ``length``, ``content_filter`` or
            ``error``.
        opening: The beginning of ``text`` that normal decoding wrote before the points; may be empty.
        closing: The end of ``text`` that was written beside the points; may be empty.
        messages: The conversation that it answers, ``question`` last; empty where it is not known.
        stages: Usage and times by stage and model, in the order in which they began.
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
    complete: bool = True
    opening: str = ""
    closing: str = ""
    messages: tuple[Message, ...] = ()
    stages: tuple[StageUse, ...] = ()


__all__ = [
    "Answer",
    "Backend",
    "BackendInfo",
    "Checks",
    "Chunk",
    "FinishReason",
    "Forwarded",
    "Forwards",
    "ForwardsPaths",
    "GenerateConfig",
    "Load",
    "Message",
    "Point",
    "PointAnswer",
    "PointStatus",
    "PrefixCaching",
    "RemembersThinking",
    "Role",
    "Route",
    "Skeleton",
    "StageUse",
    "StrategyName",
    "Timing",
    "Usage",
]
