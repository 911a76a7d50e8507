"""The application in a thread, as `ServedApp`, behind the guarded protocol that ``sot serve`` runs on."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import uvicorn
from quick_server import QuickServer
from server_process import ServedApp

from sot.server import create_app
from sot.server.connections import ConnectionLimits, Connections
from sot.server.guarded import guarded_protocol
from sot.server.room import RoomForProbes

QUIET = 1000.0  # seconds: no limit passes within a test


class GuardedApp(ServedApp):
    """Use it as a context manager.

    Args:
        engine: The engine's address.
        base: uvicorn's protocol class.
        limits: Limits of connections.
        more: As those of `ServedApp`.
    """

    def __init__(
        self, engine: str, base: type[asyncio.Protocol], limits: ConnectionLimits, **more: Any
    ) -> None:
        super().__init__(engine, **more)
        self.guard = Connections(limits, time.monotonic)
        self._base = base

    async def _run(self) -> None:
        async with self._make() as sot:
            app = self.app = create_app(sot, self._settings)
            self.service = app.state.service
            self._watch(self.service)
            config = uvicorn.Config(
                RoomForProbes(app, self.guard),
                http=guarded_protocol(self.guard, self._base),
                ws="none",
                lifespan="off",
                log_config=None,
                timeout_graceful_shutdown=1,
            )
            self._server = QuickServer(config)
            self._loop = asyncio.get_running_loop()
            self._sweeping = self._loop.create_task(self._sweep())
            self._own = asyncio.all_tasks()
            self._loop.call_soon(self._begun.set)
            await self._server.serve(sockets=[self._socket])

    async def _sweep(self) -> None:
        while not self._server.should_exit:
            self.guard.sweep()
            await asyncio.sleep(0.05)
