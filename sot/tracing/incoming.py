"""Traces of callers, which a server's answers continue (W3C ``traceparent`` and ``tracestate``)."""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from .current import traceparent_of

_NAMES = (b"traceparent", b"tracestate")
_LONGEST = 512  # characters of `traceparent`
# A member of `tracestate`, as W3C has it.
_MEMBER = re.compile(
    r"(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
_MOST_MEMBERS = 32


@contextmanager
def continued(headers: Sequence[tuple[bytes, bytes]]) -> Generator[None, None, None]:
    """Continue the trace that a request's headers name, if this process makes traces.

    Args:
        headers: The request's headers, with names in lower case.
    """
    given = {name.decode(): value.decode("latin-1") for name, value in headers if name in _NAMES}
    parent, state = given.get("traceparent"), given.get("tracestate")
    if parent is None or len(parent) > _LONGEST or "opentelemetry.trace" not in sys.modules:
        yield
        return
    if state is not None and not _is_state(state):  # OpenTelemetry would write it to the log
        del given["tracestate"]
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


def _is_state(value: str) -> bool:
    """Return whether a ``tracestate`` is one; else it is left out, as W3C says."""
    members = [member for each in value.split(",") if (member := each.strip(" \t"))]
    return len(members) <= _MOST_MEMBERS and all(map(_MEMBER.fullmatch, members))
