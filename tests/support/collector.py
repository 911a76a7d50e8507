"""A test double for a collector of traces: it takes spans by OTLP over HTTP, and remembers them."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector(ThreadingHTTPServer):
    """The collector, on a free port."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.taken: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.changed = threading.Condition()

    @classmethod
    @contextmanager
    def running(cls) -> Generator[Self, None, None]:
        """Run one in a thread."""
        with cls() as collector:
            thread = threading.Thread(target=collector.serve_forever, args=(0.02,))
            thread.start()
            try:
                yield collector
            finally:  # or the thread would keep a run that fails from ending
                collector.shutdown()
                thread.join()

    @property
    def address(self) -> str:
        """Its address without a path; every path takes spans."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spans(self) -> list[Span]:
        """Return all spans that it was sent."""
        found = [
            scope for export in list(self.taken) for one in export.resource_spans for scope in one.scope_spans
        ]
        return [span for scope in found for span in scope.spans]

    def wait_for(self, name: str, trace: str, seconds: float) -> Span:
        """Wait until it was sent a span of this name in a trace."""
        found: list[Span] = []

        def came() -> bool:
            found[:] = [span for span in self.spans() if (span.name, span.trace_id.hex()) == (name, trace)]
            return bool(found)

        with self.changed:
            assert self.changed.wait_for(came, seconds), [span.name for span in self.spans()]
        return found[0]


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        raw, collector = self.rfile.read(int(self.headers["content-length"])), self.server
        assert isinstance(collector, Collector)
        with collector.changed:
            collector.taken.append(ExportTraceServiceRequest.FromString(raw))
            collector.headers.append(dict(self.headers))
            collector.changed.notify_all()
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...
