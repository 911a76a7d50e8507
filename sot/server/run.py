"""Server process: listening socket, signals, graceful shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import uvicorn

from ..api import SkeletonOfThought
from ..errors import BackendError, ConfigError, SotError
from ..terminal import one_line
from ..types import BackendInfo, Checks
from .app import create_app
from .connections import ConnectionLimits, Connections, most_connections
from .guarded import guarded_protocol
from .listener import Listener
from .merged_metrics import MetricsOfAll
from .room import RoomForProbes
from .service import Service, log
from .settings import ServerSettings
from .worker import CUT, Word, Worker

_CUT_S = 5.0  # for sending the error events of answers that were cut at shutdown


async def serve(
    sot: SkeletonOfThought | Mapping[str, SkeletonOfThought],
    settings: ServerSettings,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None] = lambda line: None,
    loaded: Callable[[], None] = lambda: None,
    ready: Callable[[tuple[str, int], BackendInfo], None] = lambda address, info: None,
    worker: Worker | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; a second signal ends the server at once.

    Args:
        sot: Core that answers, or several by the name of their model; the caller closes them.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        announce: Called with lines for the operator: the address, the engine.
        loaded: Called once everything is loaded that answers need.
        ready: Called once the engine answers, with the IP address and the port of the socket, and the engine
            as clients may see it.
        worker: Place among the processes of one server, which has the socket and says when to stop.

    Raises:
        ConfigError: The address cannot be used, or the engine is misconfigured.
        SotError: The engine in this process cannot be started.
    """
    app = create_app(sot, settings)
    service: Service = app.state.service
    most = settings.max_connections or most_connections()
    guard = Connections(ConnectionLimits(most, settings.head_s), time.monotonic)
    config = uvicorn.Config(
        RoomForProbes(app, guard),
        http=guarded_protocol(guard),
        log_config=None,
        log_level="error",  # not a line for every piece of garbage that somebody sends
        access_log=False,
        server_header=False,
        # Longer than clients keep idle connections (5 s is usual), or one side closes a connection just when
        # the other reuses it.
        timeout_keep_alive=75,
        lifespan="off",
        ws="none",
        # After that uvicorn itself drops what is left, without an error for its client.
        timeout_graceful_shutdown=int(settings.grace_s + _CUT_S) + 1,
    )
    with listening(host, port) if worker is None else worker.listener() as listener:
        listener.watch(guard, at_once=None if worker is None else 1)
        server = _Server(config, service, guard, worker)
        if worker is None:
            announce(f"listening on {address_of(host, listener)}")
        else:
            service.metrics_of_all = MetricsOfAll(worker.folder, worker.number, service.metrics.text)
        async with asyncio.TaskGroup() as group:
            address: tuple[str, int] = listener.getsockname()[:2]
            starting = group.create_task(
                _start_engine(service, server, announce, loaded, partial(ready, address))
            )
            try:
                await server.serve(sockets=[listener])
            finally:
                starting.cancel()
        if server.failure is not None:
            raise server.failure


async def _start_engine(
    service: Service,
    server: _Server,
    announce: Callable[[str], None],
    loaded: Callable[[], None],
    ready: Callable[[BackendInfo], None],
) -> None:
    """Start the engine while the server listens already; a failure that no wait can cure ends the server.

    A server elsewhere may come up later; an engine in this process that does not start never will.
    """
    await asyncio.to_thread(service.sot.warm_up)
    try:
        info = await service.start()
        loaded()
    except SotError as error:
        if isinstance(error, BackendError) and error.retryable:
            loaded()
            announce(f"the engine does not answer yet: {one_line(str(error))}")
            return
        server.failure = error
        server.should_exit = True
        return
    try:
        if isinstance(service.sot.backend, Checks):  # `info` does without a server where the model is named
            await service.sot.backend.check()
    except SotError as error:
        announce(f"the engine does not answer yet: {one_line(str(error))}")
    else:
        ready(replace(info, backend=service.view.backend(info)))
        announce(f"ready: {one_line(info.model)} on {one_line(info.backend)}")


class _Server(uvicorn.Server):
    """uvicorn server with a graceful shutdown: running answers get the grace time, then an error event."""

    def __init__(
        self, config: uvicorn.Config, service: Service, guard: Connections, worker: Worker | None
    ) -> None:
        super().__init__(config)
        self._service = service
        self._guard = guard
        self._worker = worker
        self.failure: SotError | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # uvicorn's own method raises the signal again after a clean end, and the process would look killed.
        loop, worker = asyncio.get_running_loop(), self._worker
        handlers: dict[int, Callable[[], None]] = dict.fromkeys(
            (signal.SIGINT, signal.SIGTERM), self._told_to_stop
        )
        first = None
        if worker is not None:  # a service manager tells all processes, and the first one tells its workers
            handlers = {signal.SIGTERM: self._stop, CUT: self._cut}
            if (first := worker.end_of_first) is not None:
                loop.add_reader(first, self._first_ended, first)
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)
            if first is not None:
                loop.remove_reader(first)

    def _stop(self) -> None:
        self.should_exit = True

    def _cut(self) -> None:
        self.should_exit = True
        self._told_to_stop()

    def _first_ended(self, first: int) -> None:
        asyncio.get_running_loop().remove_reader(first)
        self._stop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if (metrics := self._service.metrics_of_all) is not None:
            await metrics.start()
        await super().startup(sockets)
        if self._worker is not None:
            self._worker.tell(Word("up"))

    def _told_to_stop(self) -> None:
        if self.should_exit:
            self.force_exit = True
            self._service.cut()
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        self._guard.sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.stop_accepting()
        running = self._service.capacity.running
        if running:
            log.info("stopping: %d answers have %g s to finish", running, self._service.settings.grace_s)
        loop = asyncio.get_running_loop()
        end = loop.call_later(self._service.settings.grace_s, self._service.cut)
        try:
            await super().shutdown(sockets)
        finally:
            end.cancel()
            if (metrics := self._service.metrics_of_all) is not None:
                await metrics.stop()


def address_of(host: str, listener: Listener) -> str:
    """Return the address of a listening socket, for people."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


@contextlib.contextmanager
def listening(host: str, port: int) -> Generator[Listener, None, None]:
    """Open the listening socket.

    Raises:
        ConfigError: The address cannot be used.
    """
    try:
        found: list[Any] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        # The protocol is named, or asyncio leaves Nagle's algorithm on and each delta may wait 40 ms.
        listener = Listener(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"cannot listen on {one_line(host)}: {one_line(reason)}") from None
    with listener:
        try:
            if sys.platform != "win32":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(2048)
        except OSError as error:
            raise ConfigError(f"cannot listen on {one_line(host)} port {port}: {error.strerror}") from None
        yield listener
