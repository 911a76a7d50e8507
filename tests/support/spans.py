"""Spans kept in memory by OpenTelemetry's own SDK, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

WORKFLOW = "invoke_workflow skeleton_of_thought"


class KeptSpans:
    """A tracer of its own, and the spans that it made and that have ended; its provider is nobody else's."""

    def __init__(self) -> None:
        self._kept = InMemorySpanExporter()
        self._begun: list[ReadableSpan] = []
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._kept))
        provider.add_span_processor(_Begun(self._begun))
        self.tracer = provider.get_tracer("tests")

    @property
    def all(self) -> Sequence[ReadableSpan]:
        """The spans that have ended, which must be all that have begun."""
        ended = self._kept.get_finished_spans()
        assert len(ended) == len(self._begun), [span.name for span in self._begun]
        return ended

    @property
    def answers(self) -> list[ReadableSpan]:
        """The spans of answers."""
        return [span for span in self.all if span.name == WORKFLOW]

    def below(self, answer: ReadableSpan) -> list[ReadableSpan]:
        """The spans whose parent is that of an answer."""
        return [span for span in self.all if parent_of(span) == id_of(answer)]


class _Begun(SimpleSpanProcessor):
    def __init__(self, begun: list[ReadableSpan]) -> None:
        self._list = begun

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        self._list.append(span)

    def on_end(self, span: ReadableSpan) -> None:
        del span

    def shutdown(self) -> None: ...


def told(span: ReadableSpan) -> Mapping[str, Any]:
    """A span's attributes."""
    return dict(span.attributes or {})


def id_of(span: ReadableSpan) -> int:
    """A span's number."""
    known = span.get_span_context()
    assert known is not None
    return known.span_id


def trace_of(span: ReadableSpan) -> str:
    """The number of a span's trace, as a header has it."""
    known = span.get_span_context()
    assert known is not None
    return f"{known.trace_id:032x}"


def parent_of(span: ReadableSpan) -> int | None:
    """The number of a span's parent."""
    return None if span.parent is None else span.parent.span_id


def head_of(span: ReadableSpan) -> str:
    """A span as the header ``traceparent``, without its flags."""
    return f"00-{trace_of(span)}-{id_of(span):016x}"
