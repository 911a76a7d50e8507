"""The engines of this process: equal options share one, which ends with its last user."""

from __future__ import annotations

import atexit
import threading
import time

from .engine import Engine
from .options import EngineOptions

_EXIT_S = 3.0  # Most time that the end of the program waits for engines.

_lock = threading.Lock()
_engines: dict[EngineOptions, Engine] = {}
_users: dict[Engine, int] = {}
_threads: list[threading.Thread] = []


def acquire(options: EngineOptions) -> Engine:
    """The engine for these options, started if need be. Every call needs a :func:`release`."""
    with _lock:
        engine = _engines.get(options)
        if engine is None or engine.over:
            engine = _engines[options] = Engine(options)
            _users[engine] = 0
            _threads[:] = [thread for thread in _threads if thread.is_alive()]
            _threads.append(engine.thread)
            engine.thread.start()
        _users[engine] += 1
        return engine


def release(engine: Engine) -> bool:
    """Give an engine back; True when that was its last user and it now ends."""
    with _lock:
        _users[engine] -= 1
        if _users[engine]:
            return False
        del _users[engine]
        if _engines.get(engine.options) is engine:
            del _engines[engine.options]
    engine.stop()
    return True


@atexit.register
def _stop_all() -> None:
    # A daemon thread still inside torch when the interpreter is torn down aborts the process ("terminate
    # called without an active exception"). A step takes a fraction of a second; loading may take longer.
    for engine in list(_users):
        engine.stop()
    end = time.monotonic() + _EXIT_S
    for thread in _threads:
        thread.join(max(end - time.monotonic(), 0.0))
