"""First process of a server with several: it listens, starts the workers, replaces and ends them.

All workers take connections from one socket, which stays open while one of them is replaced. The first
process answers nothing itself. Signals reach all processes of a terminal or a service at once, so a worker
leaves Ctrl-C to the first process and takes any number of SIGTERM for one; `CUT` is the second signal's.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import ConfigError, EngineError, SotError
from .listener import Listener
from .worker import CUT, Word, Worker

_REST_S = 1.0  # before a worker that ended soon is replaced
_SOON_S = 5.0


async def run_workers(
    count: int, work: Callable[[Worker], None], listener: Listener, announce: Callable[[str], None]
) -> None:
    """Run a server's workers until SIGINT or SIGTERM; a second signal ends them at once.

    Args:
        count: Number of workers.
        work: Entry point of a worker, which a new process can import.
        listener: The listening socket.
        announce: Called with lines for the operator.

    Raises:
        ConfigError, EngineError: A worker could not start.
    """
    with TemporaryDirectory(prefix="sot-") as folder:
        workers = _Workers(count, work, listener, announce, Path(folder))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, workers.stop)
        try:
            await workers.run()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
    if workers.failure is not None:
        raise workers.failure


class _Workers:
    """The workers of one server.

    Attributes:
        failure: Why they cannot run.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[Worker], None],
        listener: Listener,
        announce: Callable[[str], None],
        folder: Path,
    ) -> None:
        self.failure: SotError | None = None
        self._count = count
        self._work = work
        self._listener = listener
        self._announce = announce
        self._folder = folder
        self._running: dict[int, BaseProcess] = {}
        self._stopping = False
        self._told = asyncio.Event()  # to stop
        self._said: set[str] = set()

    async def run(self) -> None:
        """Keep all workers running until told to stop."""
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(1, self._count + 1):
                    group.create_task(self._keep(number))
        finally:
            for process in self._running.values():  # only after an error here
                process.kill()

    def stop(self) -> None:
        """End the workers: gracefully, and at once when called again."""
        again, self._stopping = self._stopping, True
        self._told.set()
        for process in self._running.values():
            _signal(process, CUT if again else signal.SIGTERM)

    async def _keep(self, number: int) -> None:
        """Keep one worker running; the first to fail while it starts ends them all."""
        clock = asyncio.get_running_loop().time
        while not self._stopping:
            began = clock()
            up = await self._run_one(number)
            if self._stopping:
                return
            if not up:
                self.stop()
                return
            self._announce(f"worker {number} ended unasked: another one takes its place")
            if clock() - began < _SOON_S:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._told.wait(), _REST_S)

    async def _run_one(self, number: int) -> bool:
        """Run one worker process to its end; returns whether it ever was up."""
        process, words = self._start(number)
        self._running[number] = process
        self._announce(f"worker {number} is process {process.pid}")
        up, known = False, False
        try:
            async with aclosing(_words_of(words)) as said:
                async for word in said:
                    match word.kind:
                        case "up":
                            up = True
                        case "line":
                            self._pass_on(word.text)
                        case "misused" | "failed":
                            known = True
                            self._fail(word)
            await asyncio.to_thread(process.join)
        finally:
            del self._running[number]
            words.close()
        if not (up or known or self._stopping):
            self.failure = EngineError(f"worker {number} ended while it started: {_ending(process)}")
        return up and not known

    def _start(self, number: int) -> tuple[BaseProcess, Connection]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        resource_tracker.ensure_running()  # it changes the mask below
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which the worker inherits
        try:
            with socket.socket(fileno=os.dup(self._listener.fileno())) as listening:
                process = context.Process(
                    target=self._work,
                    args=(Worker(number, listening, self._folder, theirs),),
                    name=f"sot serve {number}",
                    daemon=True,
                )
                process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        return process, ours

    def _pass_on(self, line: str) -> None:
        """Pass a line on that no worker has said before."""
        if line not in self._said:
            self._said.add(line)
            self._announce(line)

    def _fail(self, word: Word) -> None:
        if self.failure is None:
            self.failure = (ConfigError if word.kind == "misused" else EngineError)(word.text)


async def _words_of(words: Connection) -> AsyncGenerator[Word, None]:
    """Yield a worker's messages until its process has ended."""
    loop = asyncio.get_running_loop()
    came: asyncio.Queue[Word | None] = asyncio.Queue()

    def take() -> None:
        try:
            came.put_nowait(words.recv())
        except (EOFError, OSError):
            loop.remove_reader(words.fileno())
            came.put_nowait(None)

    loop.add_reader(words.fileno(), take)
    try:
        while (word := await came.get()) is not None:
            yield word
    finally:
        loop.remove_reader(words.fileno())


def _signal(process: BaseProcess, number: signal.Signals) -> None:
    if process.pid is not None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _ending(process: BaseProcess) -> str:
    """Return how a process ended, in words."""
    code = process.exitcode or 0
    return f"exit code {code}" if code >= 0 else f"killed by signal {-code}"
