"""Observation of one request to an engine: its span, where the answer has a trace, and its log line."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self

from .current import TracedRequest, current_trace
from .request_log import log_request


class Observed:
    """Context of one request that is being sent; its span and its log line end with it.

    Args:
        request: The request.
    """

    def __init__(self, request: TracedRequest) -> None:
        self._request = request
        trace = current_trace()
        self._span = None if trace is None else trace.request(request)

    @property
    def traceparent(self) -> str:
        """W3C header by which the engine continues the trace; empty without one."""
        return "" if self._span is None else self._span.traceparent

    def kept(self, pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
        """Return the pieces of its text, which the span keeps where it is to hold content."""
        return pieces if self._span is None else self._span.kept(pieces)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._span is not None:
            self._span.end(self._request, error)
        log_request(self._request, error)
