"""Garbage collection of a server's process: garbage is still found, and all is as before at the end."""

from __future__ import annotations

import gc
import weakref

from sot.server.collection import rare_collection


class Node:
    """Object that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_cycles_are_collected_and_the_settings_come_back() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with rare_collection() as loaded:
        assert gc.get_threshold()[0] > before[0]
        loaded()
        assert gc.get_freeze_count() > frozen
        gone = weakref.ref(Node())
        nodes = [Node() for _ in range(2 * gc.get_threshold()[0])]
        assert gone() is None  # without anybody's call
        del nodes
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
