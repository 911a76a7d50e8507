"""Notices that a response stalls, at next to no cost for each piece of it.

A time limit around every read costs more than passing a piece on. Here one timer looks from time to time
whether the read that is waiting now has waited too long, and if so shuts the socket, which ends the read.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

import httpx


class StallWatch:
    """Watches the reading of one response.

    Args:
        loop: The event loop.
        response: The response; open.
        seconds: Most seconds that one read may wait.
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
        """A read begins to wait."""
        self._since = self._loop.time()
        self.waiting = True

    def cut(self) -> None:
        """End the read that waits, and the response with it."""
        if self._socket is not None:
            with suppress(OSError):  # it is closed already
                self._socket.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Watch no longer."""
        self._timer.cancel()

    def _look(self) -> None:
        end = self._since + self._seconds if self.waiting else self._loop.time() + self._seconds
        if self._loop.time() < end:
            self._timer = self._loop.call_at(end, self._look)
        else:
            self.expired = True
            self.cut()
