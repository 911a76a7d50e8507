"""The server under test: `ServeProcess`, the real program, and `ServedApp`, the application in a thread."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn
from cli_server import QUESTION, SOON, SOT, environment, reaches_interpreter
from engine_server import PATIENCE
from quick_server import QuickServer
from quick_start import QuickStart
from starlette.applications import Starlette
from starlette.types import ASGIApp

from sot import SkeletonOfThought
from sot.admission import Permits
from sot.server import ServerSettings, create_app
from sot.server.metrics import RequestRecord
from sot.server.service import Service

COMPLETIONS = "/v1/chat/completions"
_PATIENCE_S = 600  # the first of all starts with a real model converts it, and compiles
Served = SkeletonOfThought | Mapping[str, SkeletonOfThought]


def body(question: str = QUESTION, /, **fields: Any) -> dict[str, Any]:
    """A chat-completion request; a field that is ``None`` is left out."""
    whole = {"model": "skeleton", "messages": [{"role": "user", "content": question}], **fields}
    return {name: value for name, value in whole.items() if value is not None}


def events(stream: bytes) -> list[dict[str, Any]]:
    """The JSON objects of an event stream that ends with ``[DONE]``."""
    lines = [line.removeprefix(b"data: ") for line in stream.split(b"\n") if line]
    assert lines[-1] == b"[DONE]"
    return [json.loads(line) for line in lines[:-1]]


class ServeProcess:
    """``sot serve`` on a free port, whose answers have no opening, so that their texts are known.

    Use it as a context manager; it must have ended well at the end.

    Args:
        backend: The engine; ``None`` leaves the default.
        arguments: Further options.
        installed: Start the installed program itself, which compiles the router's patterns ahead.
        several: It starts processes of its own, and so needs an interpreter of its own.
        variables: Environment variables.
    """

    def __init__(
        self,
        backend: str | None,
        *arguments: str | Path,
        installed: bool = False,
        several: bool = False,
        **variables: str,
    ) -> None:
        chosen = [] if backend is None else ["--backend", backend]
        self._arguments = ["serve", "--port", "0", "--no-opening", *chosen, *arguments]
        own = installed or several or reaches_interpreter(variables)
        self._program = (SOT,) if installed else SOON if own else None
        self._variables = variables
        self._changed = threading.Condition()
        self.log = ""
        self._closed = False

    def __enter__(self) -> Self:
        pipe, env = subprocess.PIPE, environment(**self._variables)
        if self._program is None:
            self.process = QuickStart(self._arguments, stderr=pipe, text=True, env=env, soon=True)
        else:
            command = [*self._program, *self._arguments]
            self.process = subprocess.Popen(command, stderr=pipe, text=True, env=env)
        self._reader = threading.Thread(target=self._read, name="stderr of sot serve")
        self._reader.start()
        try:
            line = self.wait_for(r"sot: listening on (http://\S+)")
        except BaseException:
            self.process.kill()
            self._finish()
            raise
        self.address = line[1]
        return self

    @property
    def ended(self) -> bool:
        """Whether no process writes to its log any more."""
        return self._closed

    @property
    def url(self) -> str:
        """The address for a client, ending in ``/v1``."""
        return f"{self.address}/v1"

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until the program has said something that matches."""
        found: list[re.Match[str]] = []

        def said() -> bool:
            found[:] = re.finditer(pattern, self.log, re.MULTILINE)
            return bool(found) or self._closed

        with self._changed:
            assert self._changed.wait_for(said, _PATIENCE_S), f"it did not say {pattern!r}: {self.log}"
        assert found, f"it ended without saying {pattern!r}: {self.log}"
        return found[0]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Tell it to stop."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait until it has ended; returns its exit code."""
        code = self.process.wait(PATIENCE)
        self._finish()
        return code

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self._finish()
            raise
        if error is None:
            assert "Traceback" not in self.log, self.log
            assert code == 0, self.log

    def _finish(self) -> None:
        self._reader.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                self.log += line
                self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class ServedApp:
    """The application of `create_app` on a port, in a thread. Use it as a context manager.

    Args:
        engine: The engine's address, or what makes the object that answers.
        settings: Settings of the server.
        inside: Makes the application to serve of that of `create_app`, where it is mounted in another one.
        api_key: The key for the engine.
        options: Settings of answers, where the engine is an address; unless told otherwise they have no
            opening, so that every text and every request is known.
    """

    def __init__(
        self,
        engine: str | Callable[[], AbstractAsyncContextManager[Served]],
        settings: ServerSettings | None = None,
        *,
        inside: Callable[[ASGIApp], ASGIApp] = lambda app: app,
        api_key: str = "",
        **options: Any,
    ) -> None:
        if isinstance(engine, str):
            chosen = {"max_retries": 0, "api_key": api_key}
            self._make: Callable[[], AbstractAsyncContextManager[Served]] = partial(
                SkeletonOfThought, engine, backend_settings=chosen, **{"opening": False, **options}
            )
        else:
            self._make = engine
        self._inside = inside
        self._settings = settings or ServerSettings()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(512)
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.address}/v1"
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="served app")
        self._begun = threading.Event()
        self._changed = threading.Condition()
        self.outcomes: list[tuple[str | None, str]] = []  # strategy and outcome of every answer that ended
        self.app: Starlette
        self.service: Service

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.leave()
        self._thread.join(PATIENCE)
        self._socket.close()

    def wait_ended(self, count: int) -> list[tuple[str | None, str]]:
        """Wait until so many answers have ended; gives their strategies and outcomes."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.outcomes) >= count, PATIENCE), self.outcomes
            return self.outcomes[:]

    def wait_outcome(self, strategy: str | None, outcome: str) -> None:
        """Wait until an answer of this strategy has ended so."""
        with self._changed:
            reached = self._changed.wait_for(lambda: (strategy, outcome) in self.outcomes, PATIENCE)
            assert reached, self.outcomes

    def wait_gate(self, *, running: int, waiting: int) -> None:
        """Wait until so many answers are in the making, and so many wait for a place."""
        capacity = self.service.capacity
        with self._changed:
            reached = self._changed.wait_for(
                lambda: (capacity.running, capacity.waiting) == (running, waiting), PATIENCE
            )
            assert reached, f"{capacity.running} run and {capacity.waiting} wait"

    def post(self, fields: Mapping[str, Any], path: str = COMPLETIONS, **more: Any) -> httpx.Response:
        """Ask it; gives the whole response."""
        return httpx.post(self.address + path, json=dict(fields), timeout=PATIENCE, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Ask for something that is not an answer."""
        return httpx.get(self.address + path, timeout=PATIENCE, **more)

    def cut(self) -> None:
        """End the answers that still run, as at the end of the grace time."""
        self._loop.call_soon_threadsafe(self.service.cut)

    def at_rest(self) -> bool:
        """Whether nothing is left of any answer: no task, no place taken, nobody waiting."""
        left = asyncio.run_coroutine_threadsafe(self._left(), self._loop).result(PATIENCE)
        capacity = self.service.capacity
        return (left, capacity.running, capacity.waiting) == (set(), 0, 0)

    async def _left(self) -> set[str]:
        """Tasks that do not end by themselves."""
        others = asyncio.all_tasks() - self._own - {asyncio.current_task()}
        if not others:
            return set()
        _, left = await asyncio.wait(others, timeout=PATIENCE)
        return {repr(task) for task in left}

    async def _run(self) -> None:
        async with self._make() as sot:
            app = self.app = create_app(sot, self._settings)
            self.service = app.state.service
            self._watch(self.service)
            config = uvicorn.Config(
                self._inside(app),
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                timeout_graceful_shutdown=1,
            )
            self._server = QuickServer(config)
            self._loop = asyncio.get_running_loop()
            self._own = asyncio.all_tasks()
            self._loop.call_soon(self._begun.set)
            await self._server.serve(sockets=[self._socket])

    def _watch(self, service: Service) -> None:
        """Have the tests told what happens, so that they need not look again and again."""
        count = service.metrics.count_request

        def ended(record: RequestRecord) -> None:
            count(record)
            with self._changed:
                self.outcomes.append((record.strategy, record.outcome))
                self._changed.notify_all()

        service.metrics.count_request = ended
        changed = self._changed

        class Told(Permits):
            def __setattr__(self, name: str, value: object) -> None:
                with changed:
                    super().__setattr__(name, value)
                    changed.notify_all()

        permits = service.capacity._permits  # pyright: ignore[reportPrivateUsage]
        permits.__class__ = Told
