"""Listening socket that takes in connections a few at a time and survives the end of open files."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from contextlib import suppress
from typing import Any

from .connections import Connections

_AT_ONCE = 64  # most connections in one turn of the event loop
_SHARE = 8  # of the cap may come in one turn, so that it is heeded between them
_NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener(socket.socket):
    """Listening socket for asyncio, which calls `accept` until nobody waits any more.

    asyncio itself logs every connection that it cannot take in for want of open files, thousands a second.
    Here a spare file is given up for the moment, so that the connection can be taken in and closed.
    """

    guard: Connections | None = None
    _spare: int | None = None
    _most = _AT_ONCE
    _taken = 0

    def watch(self, guard: Connections, *, at_once: int | None = None) -> None:
        """Report to a registry of connections.

        Args:
            at_once: Most connections in one turn, where other processes take theirs from the same socket.
        """
        self.guard = guard
        self._most = at_once or max(1, min(_AT_ONCE, guard.limits.most // _SHARE))
        self._keep_spare()

    def accept(self) -> tuple[socket.socket, Any]:
        """Take in a connection.

        Raises:
            BlockingIOError: Nobody waits, or it is another task's turn.
        """
        if self._taken >= self._most:
            raise BlockingIOError
        if self._taken == 0:
            with suppress(RuntimeError):  # outside of an event loop nobody counts
                asyncio.get_running_loop().call_soon(self._next_turn)
        self._taken += 1
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in _NO_FILES or self.guard is None:
                raise
            self._turn_away(self.guard)
            raise BlockingIOError from None

    def close(self) -> None:
        """Close it, and the spare file."""
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
        super().close()

    def _next_turn(self) -> None:
        self._taken = 0

    def _turn_away(self, guard: Connections) -> None:
        guard.warn("no more files can be opened: connections are turned away")
        guard.relieve()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
            with suppress(OSError):
                super().accept()[0].close()
        self._keep_spare()

    def _keep_spare(self) -> None:
        with suppress(OSError):
            self._spare = os.open(os.devnull, os.O_RDONLY)
