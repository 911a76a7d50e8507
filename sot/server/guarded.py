"""HTTP protocol of uvicorn with time limits, a cap on connections, and answers for half-closing clients."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, cast

from .connections import Connections
from .failures import Failure
from .openai_format import encoded

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as Base
else:
    Base = asyncio.Protocol

_MOST_HEAD = 128 * 1024  # bytes of a request before its headers are complete
_QUIET_S = 1.0  # that a client that has closed its side is taken for one that waits
_LOOK_S = 0.25  # between looks at it after that
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class GuardedProtocol(Base):
    """Mixin of a uvicorn protocol that reports to a registry of connections.

    uvicorn ends no connection on which nothing comes, and takes a client that closes its side after the
    request for one that has left.

    Attributes:
        guard: The registry.
    """

    guard: Connections
    _taken = 0  # bytes since the last complete headers
    _begun = False  # whether anything of a request has come that is not complete
    _unread: asyncio.TimerHandle | None = None
    _look: asyncio.TimerHandle | None = None
    _half_closed = False
    _probed = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.guard.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.guard.closed(self)
        for timer in (self._unread, self._look):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        if self._rests():
            self.guard.awaits_head(self)
            if not self._drops():
                self._begun = True
                self._taken += len(data)
        super().data_received(data)
        if self.cycle is not before:
            self._came()
        elif self._taken > _MOST_HEAD and self._rests() and not self.transport.is_closing():
            self._refuse(Failure(431, "the request's headers are too large", "headers_too_large"))

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if not self.cycle.response_complete:  # the next request was there already
            self._came()
        elif self._half_closed:
            self.transport.close()
        elif self._drops():
            self.guard.awaits_head(self)
        else:
            self.guard.rests(self)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Keep the connection of a client that has sent its request and waits, unless it is gone."""
        cycle = self.cycle
        if self.scheme == "https" or self._rests() or cycle.more_body or cycle.response_started:
            return super().eof_received()
        if not self._half_closed:
            self._half_closed = True
            self._look = self.loop.call_later(_QUIET_S, self._look_again)
        return True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self.guard.limits.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def is_closing(self) -> bool:
        return self.transport.is_closing()

    def abort(self) -> None:
        self.transport.abort()

    def cut(self, *, crowded: bool) -> None:
        if not self._begun:
            self.transport.close()
        elif crowded:
            message = "the server has too many connections"
            self._refuse(Failure(503, message, "too_many_connections", retry_after_s=1))
        else:
            self._refuse(Failure(408, "the request's headers did not come in time", "request_timeout"))

    def _rests(self) -> bool:
        """Return whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]

    def _drops(self) -> bool:
        """Return whether a request was answered before the end of its body, of which the rest is dropped."""
        cycle = self.cycle
        return cycle is not None and cycle.response_complete and cycle.more_body  # pyright: ignore[reportUnnecessaryComparison]

    def _came(self) -> None:
        """Note complete headers."""
        self._taken, self._begun = 0, False
        self.guard.works(self)

    def _refuse(self, failure: Failure) -> None:
        """Answer a request of which not even the headers are known, and close the connection."""
        body = encoded(failure.body())
        fields = {
            "content-type": "application/json",
            "content-length": str(len(body)),
            "connection": "close",
            **failure.headers(),
        }
        lines = [
            f"HTTP/1.1 {failure.status} {_PHRASES[failure.status]}",
            *(f"{n}: {v}" for n, v in fields.items()),
        ]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self.transport.close()

    def _look_again(self) -> None:
        """See whether a client that has closed its side is still there.

        If it has left, its system answers whatever it is sent with a reset. Before the response nothing but
        an interim response can be sent, which every client of HTTP/1.1 passes over; to one of HTTP/1.0
        nothing, so that it counts as gone.
        """
        cycle = self.cycle
        if self.transport.is_closing():
            return
        if not cycle.response_started:
            if self.scope["http_version"] == "1.0":
                self.transport.abort()
                return
            if not self._probed:
                self._probed = True
                self.transport.write(_CONTINUE)
        connection = cast("socket.socket", self.transport.get_extra_info("socket"))
        if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.transport.abort()
            return
        self._look = self.loop.call_later(_LOOK_S, self._look_again)


_PHRASES = {408: "Request Timeout", 431: "Request Header Fields Too Large", 503: "Service Unavailable"}


def guarded_protocol(
    guard: Connections, base: type[asyncio.Protocol] | None = None
) -> type[asyncio.Protocol]:
    """Make a protocol class for uvicorn.

    Args:
        guard: Registry of its connections.
        base: uvicorn's own class; unless given, the one that it would choose.
    """
    if base is None:
        from uvicorn.protocols.http.auto import AutoHTTPProtocol as base
    made: Any = type("GuardedProtocol", (GuardedProtocol, base), {"guard": guard})
    return made
