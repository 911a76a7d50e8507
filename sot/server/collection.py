"""Garbage collection of a server's process: rarer, and without what stays for as long as it runs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager

_YOUNG = 10_000  # objects made and not freed, after which the young ones are looked through; else 700


@contextmanager
def rare_collection() -> Generator[Callable[[], None]]:
    """Look for garbage more rarely within the block, for a process that serves and does nothing else.

    Answers leave next to no cycles, but many objects that live for some seconds: with Python's own thresholds
    a tenth of the processor time of answers over HTTP went into looking through them again and again.

    Yields:
        Callable that leaves all objects that there are now out of further collections: for the moment at
        which everything is loaded.
    """
    before = gc.get_threshold()
    gc.set_threshold(_YOUNG, *before[1:])
    try:
        yield _settle
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def _settle() -> None:
    gc.collect()
    gc.freeze()
