"""Addresses below ``/v1`` that requests are passed on to: those that only read the request and answer it."""

from __future__ import annotations

import re
from collections.abc import Iterable

# An allowlist, because engines have addresses that change them (adapters, caches, sleep, weights, profiles),
# or that keep what clients gave them (files, batches, stored answers), under names that nobody can list.
INFERENCE = frozenset(
    {
        *("completions", "embeddings", "rerank", "reranking", "score", "classify", "pooling", "moderations"),
        *("tokenize", "detokenize", "infill", "images/generations"),
        *("audio/speech", "audio/transcriptions", "audio/translations"),
    }
)
# One name after the other: nothing that an engine, or a proxy before it, could take for a way upwards.
_NAME = r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*"
_PATH = re.compile(rf"{_NAME}(?:/{_NAME})*")
_BELOW = "/*"


def is_passed_on(path: str, further: Iterable[str]) -> bool:
    """Return whether requests to a path below ``/v1`` are passed on.

    Args:
        path: The path.
        further: What the operator lets through as well: paths, or ``PATH/*`` for all below one.
    """
    if not _PATH.fullmatch(path):
        return False
    if path in INFERENCE:
        return True
    return any(
        path.startswith(each.removesuffix("*")) if each.endswith(_BELOW) else path == each for each in further
    )


def is_path(given: str) -> bool:
    """Return whether an operator's path is one: names between slashes, ``/*`` at the end or not."""
    return _PATH.fullmatch(given.removesuffix(_BELOW)) is not None
