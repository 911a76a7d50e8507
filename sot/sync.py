"""Event loop thread for synchronous callers."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from concurrent.futures import CancelledError, Future
from contextlib import aclosing, suppress
from typing import Any, TypeVar

from .errors import ConfigError, EngineError

_Result = TypeVar("_Result")


class LoopThread:
    """Daemon thread with an event loop, on which synchronous callers run coroutines.

    Any number of threads may run coroutines at the same time, also while another one closes it.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sot-sync", daemon=True)
        self._lock = threading.Lock()  # over what is given to the loop, and its end
        self._closed = False
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine and wait for its result; an interrupt (Ctrl-C) cancels it.

        Raises:
            Exception: Whatever the coroutine raises.
            EngineError: The thread was closed before the coroutine was done.
            ConfigError: The caller runs in this very thread, which would wait for itself.
        """
        future = self._start(work)
        try:
            return future.result()
        except CancelledError:
            if not self._closed:
                raise
            raise _was_closed() from None
        except BaseException:
            future.cancel()
            raise

    def iterate(self, stream: AsyncGenerator[_Result, None]) -> Generator[_Result, None, None]:
        """Run an async generator and yield its items; leaving early, or an interrupt, closes it.

        Its items are made ahead of their reader, in one task.

        Raises:
            Exception: Whatever the generator raises.
            EngineError: The thread was closed before the generator was done.
            ConfigError: The caller runs in this very thread, which would wait for itself.
        """
        items: queue.SimpleQueue[tuple[_Result] | None] = queue.SimpleQueue()
        task = self.run(_produce(stream, items))
        over = False
        try:
            while (item := items.get()) is not None:
                yield item[0]
            over = True
        finally:
            if not over:
                with suppress(RuntimeError):  # the loop was closed, which ended the task
                    self._loop.call_soon_threadsafe(task.cancel)
                # Garbage collection runs anywhere, also in this very thread, which cannot wait for itself.
                while not self.inside() and items.get() is not None:
                    pass
        if task.cancelled():
            raise _was_closed()
        task.result()

    def _start(self, work: Coroutine[Any, Any, _Result]) -> Future[_Result]:
        """Start a coroutine in the thread.

        Raises:
            EngineError: The thread was closed.
            ConfigError: The caller runs in this very thread, which would wait for itself.
        """
        if self.inside():
            work.close()
            raise ConfigError("a synchronous call from within another one would wait for itself: use await")
        with self._lock:
            if not self.alive():
                work.close()
                raise _was_closed()
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def inside(self) -> bool:
        """Whether the caller runs in this thread."""
        return threading.current_thread() is self._thread

    def alive(self) -> bool:
        """Whether the thread runs: it does so until it is closed, and never in a forked process."""
        return not self._closed and self._thread.is_alive()

    def close(self) -> None:
        """End what still runs, and stop the loop and its thread."""
        with self._lock:
            if not self.alive():  # in a forked process even closing the loop would disturb the parent's
                return
            self._closed = True
        asyncio.run_coroutine_threadsafe(_end_tasks(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _produce(
    stream: AsyncGenerator[_Result, None], items: queue.SimpleQueue[tuple[_Result] | None]
) -> asyncio.Task[None]:
    """Start a task that puts the items of a stream into a queue, and ``None`` at its end in any case."""

    async def produce() -> None:
        async with aclosing(stream) as made:
            async for item in made:
                items.put((item,))

    task = asyncio.create_task(produce())
    task.add_done_callback(lambda _: items.put(None))
    return task


async def _end_tasks() -> None:
    """Cancel every other task of the loop and wait for its end."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


def _was_closed() -> EngineError:
    return EngineError("the object was closed before the answer was complete")
