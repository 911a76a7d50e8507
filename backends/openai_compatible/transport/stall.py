"""Stall detector of a response body, at next to no cost for each piece.

A timeout around every read costs more than passing a piece on. Here one timer looks from time to time whether
the read that is waiting now has waited too long, and if so shuts the socket down, which ends the read.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

import httpx


class StallWatch:
    """Stall timer of one response.

    Args:
        response: Response whose body is being read.
        seconds: Most seconds that one read may wait.

    Attributes:
        waiting: A read is waiting; the reader clears it while it handles a piece.
        expired: A read has waited too long, and the connection was cut.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, response: httpx.Response, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        stream: Any = response.extensions.get("network_stream")
        self._socket: socket.socket | None = stream.get_extra_info("socket") if stream else None
        self._since = loop.time()
        self.waiting = True
        self.expired = False
        self._timer = loop.call_at(self._since + seconds, self._look)

    def waits(self) -> None:
        """Note that the next read begins to wait."""
        self._since = self._loop.time()
        self.waiting = True

    def cut(self) -> None:
        """Shut the connection down, which ends a read that waits."""
        if self._socket is not None:
            with suppress(OSError):  # already closed
                self._socket.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Stop the timer."""
        self._timer.cancel()

    def _look(self) -> None:
        end = self._since + self._seconds if self.waiting else self._loop.time() + self._seconds
        if self._loop.time() < end:
            self._timer = self._loop.call_at(end, self._look)
        else:
            self.expired = True
            self.cut()
