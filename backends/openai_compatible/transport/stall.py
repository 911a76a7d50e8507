"""Deadline of the reads of one response body, at next to no cost for each.

A timeout around every read costs more than passing a piece on. Here one timer looks from time to time whether
the read that is waiting now has waited too long, and if so cuts the connection, which ends the read.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx


class StallWatch:
    """Deadline of one response's reads.

    Args:
        cut: Breaks the connection, which ends a read that waits.

    Attributes:
        waiting: A read is waiting; the reader clears it while it handles a piece.
        expired: A read has waited too long, and the connection was cut.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, cut: Callable[[], None]) -> None:
        self.cut = cut
        self.waiting = False
        self.expired = False
        self._loop = loop
        self._deadline = 0.0
        self._looks_at = float("inf")
        self._timer: asyncio.TimerHandle | None = None

    def waits(self, deadline: float) -> None:
        """Note that a read begins to wait, until a time on the loop's clock."""
        self.waiting = True
        self._deadline = deadline
        if deadline < self._looks_at:
            self._look_at(deadline)

    def end(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _look_at(self, when: float) -> None:
        self.end()
        self._looks_at = when
        self._timer = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        self._looks_at = float("inf")
        if not self.waiting:  # the next read sets the timer again
            return
        if self._loop.time() < self._deadline:
            self._look_at(self._deadline)
        else:
            self.expired = True
            self.cut()


def cut_of(response: httpx.Response) -> Callable[[], None]:
    """Return what breaks the connection of an open response of httpcore's."""
    stream: Any = response.extensions.get("network_stream")
    found = stream.get_extra_info("socket") if stream else None

    def cut() -> None:
        if found is None:
            return
        # uvloop and asyncio give out sockets that only look: a twin can be shut down as well. An error: it is
        # closed already.
        with suppress(OSError), socket.socket(fileno=os.dup(found.fileno())) as twin:
            twin.shutdown(socket.SHUT_RDWR)

    return cut
