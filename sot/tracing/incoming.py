"""Traces of callers, which a server's answers continue (W3C ``traceparent`` and ``tracestate``)."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from .current import traceparent_of

_NAMES = (b"traceparent", b"tracestate")


@contextmanager
def continued(headers: Sequence[tuple[bytes, bytes]]) -> Generator[None, None, None]:
    """Continue the trace that a request's headers name, if this process makes traces.

    Args:
        headers: The request's headers, with names in lower case.
    """
    given = {name.decode(): value.decode("latin-1") for name, value in headers if name in _NAMES}
    if "traceparent" not in given or "opentelemetry.trace" not in sys.modules:
        yield
        return
    from opentelemetry import context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    token = context.attach(TraceContextTextMapPropagator().extract(given))
    try:
        yield
    finally:
        context.detach(token)


def outgoing() -> dict[str, str]:
    """Return the header of the trace that is being continued, for a request that is passed on; or nothing."""
    if "opentelemetry.trace" not in sys.modules:
        return {}
    from opentelemetry.trace import get_current_span

    header = traceparent_of(get_current_span())
    return {"traceparent": header} if header else {}
