"""Fingerprint of what a router was trained on, by which stale weights are noticed without training again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ..corpus import Entry
from ..hybrid import RouterModel

_EVERY = 20  # of so many questions one is read for its features, which change with the rules


def fingerprint(model: RouterModel, entries: Sequence[Entry]) -> str:
    """Return a digest of training questions, their labels, and the features of a sample of them.

    Args:
        model: The model, or one that is still empty: only its kind of features counts.
        entries: The questions, in their order.
    """
    digest = hashlib.sha256()
    for number, entry in enumerate(entries):
        digest.update(f"{entry.route}\n".encode())
        for turn in entry.messages:
            digest.update(f"{turn.role}: {turn.content}\n".encode("utf-8", "replace"))
        if number % _EVERY == 0:
            digest.update(repr(model.question(entry.messages)).encode())
    return digest.hexdigest()[:32]
