"""Errors of an engine replica as plain values: an exception's own constructor need not survive pickling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sot import errors
from sot.errors import EngineError, SotError
from sot.terminal import one_line

_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Failed:
    """Error in place of a request's further chunks.

    Args:
        kind: Name of its class in `sot.errors`.
        words: Arguments that it prints.
        fields: Its attributes that are plain values.
    """

    kind: str
    words: tuple[str, ...]
    fields: Mapping[str, Any]


def failed(error: Exception) -> Failed:
    """Convert an engine's error; one that is not of this project becomes an `EngineError`."""
    if not isinstance(error, SotError):
        error = EngineError(f"the engine replica failed: {type(error).__name__}: {one_line(str(error))}")
    fields = {name: value for name, value in vars(error).items() if isinstance(value, _PLAIN)}
    return Failed(type(error).__name__, tuple(str(word) for word in error.args), fields)


def error_of(failure: Failed) -> SotError:
    """Make the error anew; of a class that this side does not know, an `EngineError`."""
    kind = getattr(errors, failure.kind, None)
    if not (isinstance(kind, type) and issubclass(kind, SotError)):
        return EngineError(" ".join(failure.words))
    error = kind.__new__(kind, *failure.words)
    vars(error).update(failure.fields)
    return error


__all__ = ["Failed", "error_of", "failed"]
