"""Registry of open connections: a cap, time limits for silent ones, and which one gives way to a new one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

log = logging.getLogger("sot.server")

_LEAST, _MOST = 16, 4096
_OTHER_FILES = 64  # what the process has open besides connections
_UNLIMITED = 1024  # assumed where the system tells no limit
_LOG_AGAIN_S = 60.0


class Connection(Protocol):
    """Connection as the registry sees it."""

    def is_closing(self) -> bool:
        """Return whether it was closed, though data may still have to be sent."""
        ...

    def cut(self, *, crowded: bool) -> None:
        """Close it; its client gets a response where a request has begun."""
        ...

    def abort(self) -> None:
        """Close it at once, whatever was still to be sent."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of connections.

    Args:
        most: Most open connections.
        head_s: Longest time until a request's headers are complete, in seconds.
        unread_s: Longest time in which a client takes nothing of what it was sent, in seconds.
    """

    most: int
    head_s: float = 15.0
    unread_s: float = 60.0

    @property
    def busy(self) -> int:
        """Most connections with a request; the rest is room for probes such as ``/health``."""
        return self.most - max(2, self.most // 8)


class Connections:
    """Registry of open connections.

    A connection is *silent* until the headers of its next request are complete, *idle* between two requests,
    and otherwise has a request. At the cap the one that has been silent for longest is closed for a new one,
    then the one that has been idle for longest.

    Args:
        limits: Limits.
        clock: Clock in seconds.
    """

    def __init__(self, limits: ConnectionLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._open: set[Connection] = set()
        self._silent: dict[Connection, float] = {}  # since when, the longest first
        self._idle: dict[Connection, None] = {}
        self._closing: dict[Connection, float] = {}
        self._logged = float("-inf")

    @property
    def crowded(self) -> bool:
        """Whether so many connections have a request that only probes are answered."""
        return len(self._open) - len(self._silent) - len(self._idle) > self.limits.busy

    def opened(self, connection: Connection) -> None:
        """Take in a new connection, for which another one may have to give way."""
        self._open.add(connection)
        self._silent[connection] = self._clock()
        if len(self._open) > self.limits.most:
            self.relieve()

    def relieve(self) -> None:
        """Close the connection that can be missed most easily; where all have a request, the newest."""
        self.warn("%d connections are open: silent ones are closed for new ones", len(self._open))
        for kind in (self._silent, self._idle):
            for connection in kind:
                self._cut(connection, crowded=True)
                return

    def awaits_head(self, connection: Connection) -> None:
        """Note that a request must come now; its time runs from the first of such notes."""
        if connection in self._open and connection not in self._silent:
            self._idle.pop(connection, None)
            self._silent[connection] = self._clock()

    def works(self, connection: Connection) -> None:
        """Note that a request has come."""
        self._silent.pop(connection, None)
        self._idle.pop(connection, None)

    def rests(self, connection: Connection) -> None:
        """Note that a request was answered, and that another one may come."""
        if connection in self._open:
            self._silent.pop(connection, None)
            self._idle[connection] = None

    def closed(self, connection: Connection) -> None:
        """Forget a connection."""
        self.works(connection)
        self._open.discard(connection)
        self._closing.pop(connection, None)

    def sweep(self) -> None:
        """Close the connections whose time is over."""
        now = self._clock()
        late = [each for each, since in self._silent.items() if now - since >= self.limits.head_s]
        for connection in late:
            self._cut(connection, crowded=False)
        for connection in self._open:
            if connection.is_closing():
                self._closing.setdefault(connection, now)
        for connection in [c for c, since in self._closing.items() if now - since >= self.limits.unread_s]:
            connection.abort()

    def warn(self, message: str, *values: object) -> None:
        """Write a line about connections to the log, once a minute at most."""
        now = self._clock()
        if now - self._logged >= _LOG_AGAIN_S:
            self._logged = now
            log.warning(message, *values)

    def _cut(self, connection: Connection, *, crowded: bool) -> None:
        """Close a connection; it counts no longer, though its end may take a moment."""
        self.works(connection)
        self._open.discard(connection)
        self._closing[connection] = self._clock()
        connection.cut(crowded=crowded)


def most_connections() -> int:
    """Return the cap that fits the limit of open files: half of them; the engine gets the others."""
    try:
        import resource  # not on every system
    except ImportError:
        files = _UNLIMITED
    else:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files == resource.RLIM_INFINITY:
            files = 2 * _MOST
    return max(_LEAST, min(_MOST, (files - _OTHER_FILES) // 2))
