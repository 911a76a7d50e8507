"""Spans of an answer and of its requests, by OpenTelemetry's API."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import aclosing, contextmanager

from opentelemetry import context as otel_context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from ..errors import SotError
from ..types import Answer, BackendInfo, Message, Usage
from .attributes import (
    WORKFLOW,
    answer_attributes,
    encodable,
    ended_attributes,
    engine_attributes,
    finished_attributes,
    input_content,
    is_remote,
    output_content,
    request_attributes,
    usage_attributes,
)
from .current import CONTENT, TracedRequest, traceparent_of

_IN_SPANS = ("true", "1", "span_only", "span_and_event")


class SpanTrace:
    """Trace of one answer: its span, and one below it for each request.

    Args:
        tracer: Makes the spans.
        messages: The conversation.
        key: Key of the answer's requests.
        session: The session key that the caller gave; empty: none.
    """

    def __init__(self, tracer: Tracer, messages: Sequence[Message], key: str, session: str) -> None:
        self._tracer = tracer
        self._span = tracer.start_span(
            f"invoke_workflow {WORKFLOW}", attributes=answer_attributes(key, session)
        )
        self._context = set_span_in_context(self._span)
        self._content = self._span.is_recording() and holds_content()
        self._seen: Counter[tuple[str, int]] = Counter()
        self._forward: Span | None = None
        self._finished = self._leaving = False
        if self._content:
            self._span.set_attributes(input_content(messages))

    @contextmanager
    def active(self) -> Generator[None, None, None]:
        """Make its span the parent of all spans that begin inside the context."""
        token = otel_context.attach(self._context)
        try:
            yield
        finally:
            otel_context.detach(token)

    def request(self, request: TracedRequest) -> SpanOfRequest:
        """Begin the span of a request."""
        part = request.purpose, request.config.priority
        self._seen[part] += 1
        span = self._begin(request.info)
        if span.is_recording():
            span.set_attributes(request_attributes(request, self._seen[part]))
            if self._content:
                span.set_attributes(input_content(request.messages))
        return SpanOfRequest(span, self._cut_off, content=self._content)

    def forwarding(self, info: BackendInfo) -> str:
        """Begin the span of the one request that the caller forwards; returns its header."""
        self._forward = self._begin(info)
        self._forward.set_attributes({**engine_attributes(info), "sot.stage": "forwarded"})
        return traceparent_of(self._forward)

    def forwarded(self, usage: Usage) -> None:
        """Take note of the forwarded request's usage."""
        self._finished = True
        told = {**usage_attributes(usage), "sot.forwarded": True}
        self._span.set_attributes(told)
        if self._forward is not None:
            self._forward.set_attributes(usage_attributes(usage))

    def finished(self, answer: Answer) -> None:
        """Take note of the finished answer."""
        self._finished = True
        if self._span.is_recording():
            self._span.set_attributes(finished_attributes(answer))
            if self._content:
                self._span.set_attributes(output_content(answer.text, answer.finish_reason))

    def leaving(self) -> None:
        """Take note that the answer ends now: what still runs is cut off, unless it is finished."""
        self._leaving = True

    def end(self, error: BaseException | None) -> None:
        """End the answer's span; a reader that leaves after the last event cancels nothing."""
        shown = None if self._finished and _is_cancel(error) else error
        for span in (self._forward, self._span):
            if span is not None:
                _end(span, shown, content=self._content)

    def _cut_off(self) -> bool:
        return self._leaving and not self._finished

    def _begin(self, info: BackendInfo | None) -> Span:
        name = "chat" if info is None else f"chat {encodable(info.model)}"
        kind = SpanKind.CLIENT if is_remote(info) else SpanKind.INTERNAL
        return self._tracer.start_span(name, context=self._context, kind=kind)


class SpanOfRequest:
    """Span of one request to an engine.

    Args:
        span: The span.
        cut_off: Tells whether a cancelled request was cut off with its answer, or was not needed any more.
        content: Whether it holds the text that was written.
    """

    def __init__(self, span: Span, cut_off: Callable[[], bool], *, content: bool) -> None:
        self._span = span
        self._cut_off = cut_off
        self._pieces: list[str] | None = [] if content else None

    @property
    def traceparent(self) -> str:
        """Its identity for the engine, as a W3C header; empty where it has none."""
        return traceparent_of(self._span)

    def kept(self, pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
        """Return the pieces of the text, which it keeps where it is to hold content."""
        return pieces if self._pieces is None else self._keep(pieces, self._pieces)

    async def _keep(self, pieces: AsyncGenerator[str, None], kept: list[str]) -> AsyncGenerator[str, None]:
        async with aclosing(pieces):
            async for piece in pieces:
                kept.append(piece)
                yield piece

    def end(self, request: TracedRequest, error: BaseException | None) -> None:
        """End it with what became of the request; one whose reader has enough of it has not failed."""
        span, left = self._span, _is_cancel(error) and not self._cut_off()
        if span.is_recording():
            span.set_attributes(ended_attributes(request))
            if left:
                span.set_attribute("sot.left_early", True)
            if self._pieces is not None:
                span.set_attributes(output_content("".join(self._pieces), request.finish_reason))
        _end(span, None if left else error, content=self._pieces is not None)


def holds_content() -> bool:
    """True where spans are to hold questions and texts."""
    return os.environ.get(CONTENT, "").strip().lower() in _IN_SPANS


def _end(span: Span, error: BaseException | None, *, content: bool) -> None:
    """End a span; an error's words may quote a question or the engine, so they are content."""
    if error is not None:
        span.set_attribute("error.type", _error_type(error))
        said = error.public_message if content and isinstance(error, SotError) else None
        span.set_status(Status(StatusCode.ERROR, None if said is None else encodable(said)))
    span.end()


def _error_type(error: BaseException) -> str:
    if _is_cancel(error):
        return "cancelled"
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _is_cancel(error: BaseException | None) -> bool:
    return isinstance(error, (GeneratorExit, asyncio.CancelledError))
