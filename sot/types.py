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
NO_ADAPTER = "off"
"""Name that stands for no adapter: the model itself."""
FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "error"]
_REPR_CHARS = 40
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
        adapter: Name of the adapter (LoRA) that decodes the request, or ``off``: the model itself; ``None``
            leaves it to the engine.
        answer: Key that all requests of one answer carry, by which an engine router can send them to one
            replica; empty: none.
        priority: Rank among waiting requests, the smallest first, for engines that were found to take one.
        tenant: Owner of the request, whose prefixes no other one may share; ``None``: all share them.
        traceparent: W3C header by which a server continues the answer's trace; empty: there is none.
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
    traceparent: str = ""


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
        adapters: Names that ``GenerateConfig.adapter`` may have beside ``off``; ``None`` where unknown.
        takes_priority: Whether waiting requests are ranked by ``GenerateConfig.priority``.
        separates_tenants: Whether prefixes are shared only among requests of one ``GenerateConfig.tenant``.
        sleeps: Whether the backend can give the model's memory back and take it again (`Sleeps`); ``None``
            where unknown.
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
    adapters: tuple[str, ...] | None = None
    takes_priority: bool = False
    separates_tenants: bool = False
    sleeps: bool | None = None
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

    def forward(
        self,
        body: Mapping[str, Any],
        *,
        adapter: str | None = None,
        answer: str = "",
        tenant: str | None = None,
        traceparent: str = "",
    ) -> AbstractAsyncContextManager[Forwarded]:
        """Send a chat-completion request unchanged, except for the model's name and the keys.

        Leaving the context ends the request at the engine.

        Args:
            body: The request's JSON object.
            adapter: Name of the adapter that decodes it; only given where one was asked for.
            answer: Key by which an engine router can send it to one replica, as ``GenerateConfig.answer``;
                not given to a method without it.
            tenant: Owner of its prefixes, as ``GenerateConfig.tenant``; only given where there is one, which
                needs ``BackendInfo.separates_tenants``.
            traceparent: W3C header of its trace; only given where there is one.

        Raises:
            BackendError: The server cannot be reached.
            ConfigError: No model is chosen, and the server has not exactly one.
        """
        ...


@runtime_checkable
class ForwardsPaths(Protocol):
    """Optional protocol of backends that can pass a request on to any address of their server's API."""

    def forward_path(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        answer: str = "",
        traceparent: str = "",
    ) -> AbstractAsyncContextManager[Forwarded]:
        """Send a request as it is, with this backend's own key.

        Leaving the context ends the request at the engine.

        Args:
            method: ``GET`` or ``POST``.
            path: Address below the server's base address, such as ``/embeddings``: plain names between
                slashes, which leads nowhere else.
            content: The body, JSON; ``None``: none.
            answer: Key by which an engine router can send it to one replica, as ``GenerateConfig.answer``.
            traceparent: W3C header of its trace; only given where there is one.

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
class CountsTokens(Protocol):
    """Optional protocol of backends that have the model's tokenizer at hand."""

    async def count_tokens(
        self, prompts: Sequence[tuple[Sequence[Message], str | None]]
    ) -> Sequence[int] | None:
        """Return the prompt tokens of requests that are not sent; ``None`` where they cannot be counted yet.

        Args:
            prompts: Messages of each request, and the start of the assistant's turn (``prefill``).
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


@runtime_checkable
class Sleeps(Protocol):
    """Optional protocol of backends that can give the model's memory back while nobody asks.

    A model that sleeps is woken by its next request, which is answered and not refused. `Backend.info` does
    not wake it.
    """

    @property
    def wakes(self) -> int:
        """Number of times that the model was woken."""
        ...

    @property
    def asleep(self) -> bool:
        """Whether the model is not in memory now: it sleeps, or has not been used yet."""
        ...

    async def sleep(self) -> bool:
        """Give the memory back, unless a request is in flight; returns whether the model sleeps."""
        ...

    async def wake(self) -> None:
        """Take the memory again; without effect on a model that is awake.

        Raises:
            SotError: The model cannot be woken; the next call tries again.
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
class Estimate:
    """Expected cost of an answer at the prices given, before it is written.

    Args:
        currency: Sign or name of the currency.
        cost: By the strategy that was chosen.
        normal: By normal decoding.
        usage: Expected usage by the strategy that was chosen.
        normal_usage: Expected usage of normal decoding.
        unpriced: Models of stages without a price, whose requests are in the usage and not in the cost.
    """

    currency: str
    cost: float
    normal: float
    usage: Usage
    normal_usage: Usage
    unpriced: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """Cost by the chosen strategy over that of normal decoding; 1 where neither costs anything."""
        if self.normal > 0:
            return self.cost / self.normal
        return 1.0 if self.cost <= 0 else float("inf")


@dataclass(frozen=True, slots=True)
class StageCost:
    """Cost of the requests of one stage to one model; ``None``: the model has no price."""

    stage: str
    model: str
    spent: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of an answer at the prices given.

    Args:
        currency: Sign or name of the currency.
        spent: Cost of all requests whose model has a price.
        cached_saved: What the engine's prompt cache saved of it; below 0 where writing to the cache cost more
            than reading from it saved.
        estimated: Cost expected when the strategy was chosen; ``None`` without an estimate.
        normal_estimated: Cost of normal decoding expected then.
        assumed_tokens: Prompt tokens in ``spent`` that were counted here, by the text: of requests that were
            left before the engine told their usage.
        stages: Cost by stage and model, where several models were asked.
        unpriced: Models without a price; their requests are not in ``spent``.
    """

    currency: str
    spent: float
    cached_saved: float = 0.0
    estimated: float | None = None
    normal_estimated: float | None = None
    assumed_tokens: int = 0
    stages: tuple[StageCost, ...] = ()
    unpriced: tuple[str, ...] = ()


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
            or the cost changed it.
        estimate: Expected cost of the answer; ``None`` without prices.
    """

    strategy: StrategyName
    confidence: float
    reason: str
    router: str
    usage: Usage = Usage()
    instead_of: StrategyName | None = None
    estimate: Estimate | None = None


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
class StageFailure:
    """Failure of a stage's own engine, for which the main engine took over.

    Args:
        stage: The stage, as it is named where engines are given: ``skeleton`` or ``points``.
        model: The engine's model, else its spec.
        reason: Its error, in one line; may quote the engine.
    """

    stage: str
    model: str
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A whole answer; as a string it is its text, and a notebook shows it as Markdown.

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
        stage_failures: Failures of stages' own engines, for which the main engine took over.
        cost: Cost at the prices given; ``None`` without prices.
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
    stage_failures: tuple[StageFailure, ...] = ()
    cost: Cost | None = None

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        points = f", {len(self.points)} points" if self.points else ""
        cut = "" if self.complete else f", {self.finish_reason or 'incomplete'}"
        begins = self.text if len(self.text) <= _REPR_CHARS else f"{self.text[:_REPR_CHARS]}…"
        return (
            f"<Answer {begins!r}: {len(self.text)} characters{points} by {self.route.strategy} "
            f"in {self.timing.total_s:.1f} s{cut}>"
        )

    def _repr_markdown_(self) -> str:
        return self.text


__all__ = [
    "NO_ADAPTER",
    "Answer",
    "Backend",
    "BackendInfo",
    "Checks",
    "Chunk",
    "Cost",
    "CountsTokens",
    "Estimate",
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
    "Sleeps",
    "StageCost",
    "StageFailure",
    "StageUse",
    "StrategyName",
    "Timing",
    "Usage",
]
