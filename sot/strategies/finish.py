"""Finish reason of an answer that several requests wrote."""

from __future__ import annotations

from collections.abc import Iterable

from ..types import FinishReason

_GRAVEST_FIRST: tuple[FinishReason, ...] = ("content_filter", "error", "length")


def gravest_finish(reasons: Iterable[FinishReason | None]) -> FinishReason:
    """Return the finish reason of an answer from those of its parts: the gravest of them.

    A content filter comes before a failure of the engine, that before a token limit; ``stop`` if there is
    none of these.
    """
    found = set(reasons)
    for reason in _GRAVEST_FIRST:
        if reason in found:
            return reason
    return "stop"


def is_whole(reason: FinishReason | None) -> bool:
    """Whether a finish reason says that nothing was cut or failed."""
    return reason not in _GRAVEST_FIRST
