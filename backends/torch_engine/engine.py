"""Engine thread: takes requests from any event loop and steps the batch."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from sot.errors import EngineError, MissingDependencyError, SotError, install_command
from sot.types import Load

from ..in_process.engine_request import EngineRequest
from .cores import Threads, available_cores
from .options import EngineOptions

if TYPE_CHECKING:
    from .batch import Batch
    from .weights import LoadedModel


class TorchEngine:
    """One model in a thread of its own.

    Attributes:
        ready: The loaded model, or the error that loading it raised.
        stopped: Done when the thread has ended.
    """

    def __init__(self, options: EngineOptions) -> None:
        self.options = options
        self.ready: Future[LoadedModel] = _future()
        self.stopped: Future[None] = _future()
        self._inbox: SimpleQueue[EngineRequest | None] = SimpleQueue()
        self._waiting: deque[EngineRequest] = deque()
        self._batch: Batch | None = None
        self._lock = threading.Lock()  # guards the two below, so that no request slips in after the end
        self._over: Exception | None = None
        self._open: set[EngineRequest] = set()
        # A daemon: a decode in progress must not hold up the end of the program (see shared_engine.py).
        self.thread = threading.Thread(target=self._main, name="sot-torch-engine", daemon=True)

    def submit(self, request: EngineRequest) -> None:
        """Queue a request, from any thread.

        Raises:
            EngineError: The engine has failed or was closed.
        """
        with self._lock:
            if self._over is not None:
                raise EngineError(str(self._over))
            self._open.add(request)
            self._inbox.put(request)

    def wake(self) -> None:
        """Make the thread look for new and cancelled requests."""
        self._inbox.put(None)

    def stop(self) -> None:
        """End the thread after its current step; requests still open get an `EngineError`."""
        with self._lock:
            self._over = self._over or EngineError("the torch engine was closed")
        self.wake()

    @property
    def over(self) -> bool:
        """Whether the engine takes no more requests."""
        return self._over is not None

    def load(self) -> Load:
        """Return the number of running and waiting requests, and the largest batch."""
        running = self._batch.size if self._batch else 0
        return Load(running, max(len(self._open) - running, 0), self.options.max_batch)

    def _main(self) -> None:
        # Threads that spin for work slow a busy machine down several times; torch reads this variable when it
        # is imported, which happens in this thread.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        # A short spin, some microseconds, is what makes two threads worth it for small operations.
        os.environ.setdefault("GOMP_SPINCOUNT", "2000")
        error: Exception = EngineError("the torch engine was closed")
        try:
            self._serve()
        except SotError as failure:
            error = failure.with_traceback(None)  # it would keep the model alive
        except Exception as failure:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            text = str(failure).strip().splitlines() or [""]
            error = EngineError(f"the torch engine failed: {type(failure).__name__}: {text[0]}")
        finally:
            self._end(error)

    def _serve(self) -> None:
        _need_torch()
        from .batch import Batch
        from .weights import load_model

        model = load_model(self.options)
        self._batch = batch = Batch(model, self.options, self._close)
        self.ready.set_result(model)
        set_threads = self._thread_setter()
        while self._receive():
            while self._waiting and batch.admit(self._waiting[0]):
                self._waiting.popleft()
            set_threads()
            batch.step()

    def _thread_setter(self) -> Callable[[], None]:
        """Make the function that adapts the number of CPU threads before a step, unless it is fixed."""
        import torch

        if self.options.threads is not None:
            return lambda: None
        threads = Threads(torch.get_num_threads(), available_cores())

        def set_threads() -> None:
            if (wanted := threads.now()) != torch.get_num_threads():
                torch.set_num_threads(wanted)

        return set_threads

    def _receive(self) -> bool:
        """Take new requests, waiting for one when idle; False when the engine is to end."""
        assert self._batch is not None
        idle = self._batch.size == 0 and not self._waiting
        try:
            while True:
                request = self._inbox.get(block=idle)
                idle = False
                if request is not None:
                    self._waiting.append(request)
        except Empty:
            pass
        for request in [request for request in self._waiting if request.cancelled]:
            self._waiting.remove(request)
            self._close(request, request.abort)
        return self._over is None

    def _close(self, request: EngineRequest, error: Exception | None = None) -> None:
        """Release a request that has ended, with its error if there is one."""
        with self._lock:
            self._open.discard(request)
        if error is not None:
            request.send(error)
        request.free()

    def _end(self, error: Exception) -> None:
        """End every open request with an error, and let go of the model."""
        with self._lock:
            self._over = self._over or error
        if self.ready.done():
            self.ready = _future()  # drops the reference to the model, and so its memory
        self.ready.set_exception(error)
        self._batch = None
        for request in list(self._open):
            self._close(request, EngineError(str(error)))
        self.stopped.set_result(None)


def _future() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()  # so that one waiter that gives up does not cancel it for all
    return future


def _need_torch() -> None:
    try:
        import torch  # noqa: F401 - only whether it is installed
    except ImportError as error:
        raise MissingDependencyError("torch", install_command("torch")) from error
