"""Trace of the answer that is being made, for the code that makes it."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from ..types import Answer, BackendInfo, FinishReason, GenerateConfig, Message, Usage

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""Environment variable that puts questions and texts into spans; a name of OpenTelemetry's own."""
_INSTRUMENT = "skeleton-of-thought"


class TracedRequest(Protocol):
    """Protocol of requests to an engine, as far as traces and logs tell of them."""

    purpose: str
    finish_reason: FinishReason | None
    queued_s: float
    sent_at: float | None
    first_at: float | None
    ended_at: float | None

    @property
    def config(self) -> GenerateConfig: ...
    @property
    def info(self) -> BackendInfo | None: ...
    @property
    def messages(self) -> Sequence[Message]: ...
    @property
    def usage(self) -> Usage: ...


class RequestSpan(Protocol):
    """Protocol of the span of one request."""

    @property
    def traceparent(self) -> str:
        """Its identity for the engine, as a W3C header; empty where it has none."""
        ...

    def kept(self, pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
        """Return the pieces of the text, which it keeps where it is to hold content."""
        ...

    def end(self, request: TracedRequest, error: BaseException | None) -> None:
        """End it with what became of the request."""
        ...


class AnswerTrace(Protocol):
    """Protocol of the trace of one answer."""

    def active(self) -> AbstractContextManager[None]:
        """Make it the parent of all that runs inside the context."""
        ...

    def request(self, request: TracedRequest) -> RequestSpan:
        """Begin the span of a request."""
        ...

    def forwarding(self, info: BackendInfo) -> str:
        """Begin the span of the answer's one request, which the caller forwards; returns its header."""
        ...

    def forwarded(self, usage: Usage) -> None:
        """Take note of the forwarded request's usage."""
        ...

    def finished(self, answer: Answer) -> None:
        """Take note of the finished answer."""
        ...

    def leaving(self) -> None:
        """Take note that the answer ends now: what still runs is cut off, unless it is finished."""
        ...

    def end(self, error: BaseException | None) -> None:
        """End it, and what of it has not ended yet."""
        ...


_current: ContextVar[AnswerTrace | None] = ContextVar("sot_answer_trace", default=None)


def current_trace() -> AnswerTrace | None:
    """Return the trace that `traced` set for what runs now."""
    return _current.get()


@contextmanager
def traced(trace: AnswerTrace | None) -> Generator[None, None, None]:
    """Set the trace of the requests that are made inside the context, also by its tasks."""
    if trace is None:
        yield
        return
    token = _current.set(trace)
    try:
        with trace.active():
            yield
    finally:
        _current.reset(token)


def begin_trace(
    tracer: Tracer | None, messages: Sequence[Message], key: str, session: str
) -> AnswerTrace | None:
    """Begin the trace of an answer; ``None`` where nobody wants one.

    Args:
        tracer: The caller's tracer; without one, that of the program's own tracer provider, if it has one.
        messages: The conversation.
        key: Key of the answer's requests.
        session: The session key that the caller gave; empty: none.
    """
    used = tracer or _programs_tracer()
    if used is None:
        return None
    from .spans import SpanTrace  # only then, for OpenTelemetry is installed

    return SpanTrace(used, messages, key, session)


def traceparent_of(span: Span) -> str:
    """Return a span's identity as a W3C header; empty where it has none."""
    known = span.get_span_context()
    if not known.is_valid:
        return ""
    return f"00-{known.trace_id:032x}-{known.span_id:016x}-{known.trace_flags:02x}"


def _programs_tracer() -> Tracer | None:
    """Return the tracer of a program that has set a provider up, and so has imported OpenTelemetry."""
    api: Any = sys.modules.get("opentelemetry.trace")
    if api is None:
        return None
    provider = api.get_tracer_provider()
    return None if isinstance(provider, api.ProxyTracerProvider) else provider.get_tracer(_INSTRUMENT)
