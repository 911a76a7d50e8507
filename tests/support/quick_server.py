"""uvicorn's server for tests, which ends at once when it is told to."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import uvicorn

_TICKS_PER_SECOND = 10  # as uvicorn counts them
_LOOK_S = 0.002


class QuickServer(uvicorn.Server):
    """A server that is told of its end: uvicorn's own looks ten times a second, and so again for each step.

    A run of the tests ends hundreds of servers, and each would wait 0.2 seconds for nothing.
    """

    _loop: asyncio.AbstractEventLoop | None = None

    def leave(self) -> None:
        """End it, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # its loop is closed: it has ended
                self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        """Serve until told to end; the header with the date is renewed every second, as by uvicorn."""
        self._told = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += _TICKS_PER_SECOND
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close idle connections, and give the others and their answers the time that uvicorn gives them."""
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
                    await asyncio.sleep(_LOOK_S)
                for server in self.servers:
                    await server.wait_closed()
        except TimeoutError:
            for task in state.tasks:
                task.cancel()
