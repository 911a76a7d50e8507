"""Log line of each request to an engine, without any of its text (logger ``sot.requests``, level INFO)."""

from __future__ import annotations

import asyncio
import logging

from ..terminal import one_line
from .current import TracedRequest

LOGGER = "sot.requests"
_log = logging.getLogger(LOGGER)
_PARTS = ("point", "field", "item")  # whose rank is their number


def log_request(request: TracedRequest, error: BaseException | None) -> None:
    """Log a request that has ended, if anybody listens."""
    if _log.isEnabledFor(logging.INFO):
        _log.info("%s", request_line(request, error))


def request_line(request: TracedRequest, error: BaseException | None) -> str:
    """Describe a request that has ended in one line: stage, model, tokens, times and end."""
    usage, config = request.usage, request.config
    name = f"{request.purpose} {config.priority}" if part_number(request) else request.purpose or "request"
    sent = request.sent_at or 0.0
    first = "-" if request.first_at is None else f"{request.first_at - sent:.3f} s"
    total = "-" if request.ended_at is None else f"{request.ended_at - sent:.3f} s"
    model = "?" if request.info is None else one_line(request.info.model)
    return (
        f"{name}: {model}, prompt {usage.prompt_tokens} (cached {usage.cached_tokens}), "
        f"completion {usage.completion_tokens}, TTFT {first}, total {total}, {ending(request, error)}"
    )


def part_number(request: TracedRequest) -> int | None:
    """Return the number of the part that a request writes, from 1; ``None`` where it writes none."""
    rank = request.config.priority
    return rank if rank and request.purpose in _PARTS else None


def ending(request: TracedRequest, error: BaseException | None) -> str:
    """Return how a request ended: its finish reason, or what kept it from one."""
    if isinstance(error, (GeneratorExit, asyncio.CancelledError)):
        return "left early"  # its reader has what it needs, or is gone
    if error is not None:
        return type(error).__name__
    return request.finish_reason or "no finish reason"
