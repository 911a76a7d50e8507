"""Sleep mode of a vLLM server, through the endpoints that it has in its development mode.

``/is_sleeping`` shows whether there are such endpoints at all; elsewhere nothing here does anything. Other
clients of the server may put it to sleep or wake it as well: it is asked before each request that finds this
backend idle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sot.errors import BackendConnectionError
from sot.types import Load

from .discovery.asking import NOTHING, Asker, Reply
from .discovery.sleep_words import can_sleep
from .transport.http_session import HttpSession
from .transport.server import OpenAIServer

_ASK_S = 5.0
_INFO_S = 60.0
_TURN_S = 300.0  # for a large model on its way between GPU and host memory
_PATH = "/is_sleeping"


class RemoteSleep:
    """Sleep and waking of one server.

    Args:
        server: The server.
        load: Returns its load, with the requests of other clients.

    Attributes:
        asleep: Whether it slept when it was last seen.
        wakes: Number of times that this object woke it.
    """

    def __init__(self, server: OpenAIServer, load: Callable[[], Awaitable[Load]]) -> None:
        self._server, self._load = server, load
        self.asleep = False
        self.wakes = 0
        self.sure = False  # that it is awake, while requests are in flight
        self._there = True  # the endpoints, as far as is known
        self._can: bool | None = None  # whether sleep mode is on; `None`: it has not told yet
        self._reply: Reply = NOTHING
        self._lock: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    async def sleep(self, session: HttpSession, *, idle: Callable[[], bool]) -> bool:
        """Put the server to sleep if it can and has no requests; returns whether it sleeps.

        Args:
            session: The session of the running event loop.
            idle: Whether this backend has no request either; asked again right before.
        """
        able = await self._may_sleep(session)  # outside the lock: it may take seconds
        async with self._turn():
            if not await self._sleeps(session) and able:
                load = await self._load()
                if not load.running and not load.waiting and idle():
                    # `wait`: requests that slip in are answered first, not aborted.
                    reply = await self._asker(session, _TURN_S).post("/sleep?level=1&mode=wait", {})
                    self.asleep = reply.status == 200
            return self.asleep

    async def wake(self, session: HttpSession) -> None:
        """Wake the server if it sleeps.

        Raises:
            BackendConnectionError: It sleeps, and cannot be woken; the next call tries again.
        """
        if self.sure or not self._there:
            return
        async with self._turn():
            if self.sure or not self._there:
                return
            if await self._sleeps(session):
                reply = await self._asker(session, _TURN_S).post("/wake_up", {})
                if reply.status != 200 or await self._sleeps(session):
                    said = f"HTTP {reply.status}" if reply.status else "no answer in time"
                    raise BackendConnectionError(
                        f"{self._server.shown} sleeps and cannot be woken: {said}", retryable=True
                    )
                self.wakes += 1
            self.sure = True

    async def _sleeps(self, session: HttpSession) -> bool:
        """Ask whether the server sleeps."""
        self._reply = await self._asker(session, _ASK_S).get(_PATH)
        if isinstance(says := self._reply.fields.get("is_sleeping"), bool):
            self.asleep = says
        elif can_sleep(self._reply, NOTHING) is False:
            self.asleep, self._there = False, False
        return self.asleep

    async def _may_sleep(self, session: HttpSession) -> bool:
        """Ask how the server was started, until it has told."""
        if self._can is None:  # the first time the server looks at its whole machine
            await self._sleeps(session)
            info = await self._asker(session, _INFO_S).get("/server_info?config_format=json")
            self._can = can_sleep(self._reply, info)
        return bool(self._can)

    def _asker(self, session: HttpSession, seconds: float) -> Asker:
        return Asker(self._server, session, session.loop.time() + seconds)

    def _turn(self) -> asyncio.Lock:
        """Return the lock of the running event loop, so that sleep and waking do not overlap."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._lock[0] is not loop:
            self._lock = loop, asyncio.Lock()
        return self._lock[1]


__all__ = ["RemoteSleep"]
