"""State of the tests' process that every test must leave as it was, or a later one fails in its place."""

from __future__ import annotations

import _signal  # pyright: ignore[reportMissingImports] - has no stubs
import gc
import importlib.abc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from operator import is_
from types import ModuleType
from typing import Any

_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGPIPE", "SIGCHLD", "SIGWINCH", "SIGTSTP", "SIGCONT")
    if hasattr(signal, name)
)
_LOGGERS = tuple(map(logging.getLogger, ("", "sot", "opentelemetry", "httpx", "asyncio")))
# Variables that this project goes by, or a program that its tests start. Libraries set others on import.
_OURS = (
    *("SOT_", "OPENAI_", "ANTHROPIC_", "OTEL_", "LLM_", "XDG_", "PYTHON", "LC_", "LANG", "TZ", "HOME"),
    *("PATH", "COLUMNS", "LINES", "TERM", "NO_COLOR", "HTTP_", "HTTPS_", "ALL_", "NO_PROXY"),
    *("http_", "https_", "no_proxy"),
)


class _Imports(importlib.abc.MetaPathFinder):
    """Finder that finds nothing, and notes which of our modules are looked for."""

    def __init__(self, package: str) -> None:
        self._package = package
        self.new: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] == self._package:
            self.new.append(fullname)
        return None


class Surroundings:
    """State that a test may change and has to put back; costs some 40 microseconds a test.

    One object for the whole run: it keeps in mind which modules were imported.

    Args:
        package: Package whose modules must not be dropped from `sys.modules`: others would go on with those
            that a test has dropped, and not see what a later test patches.
    """

    def __init__(self, package: str = "sot") -> None:
        self._imports = _Imports(package)
        self._modules: dict[str, ModuleType] = {}
        self._before = _state()
        sys.meta_path.insert(0, self._imports)

    def begin(self) -> None:
        """Note how things are before a test."""
        self._note_modules()
        self._before = _state()

    def changes(self) -> list[str]:
        """Say what differs from before the test; what is said is said once."""
        before, now = self._before, _state()
        said: list[str] = []
        if before != now:
            said = [_difference(name, before[name], now[name]) for name in now if before[name] != now[name]]
        return [*filter(None, said), *self._lost_modules()]

    def _note_modules(self) -> list[str]:
        """Take over what was imported; returns what was, and is gone again."""
        gone: list[str] = []
        while self._imports.new:
            name = self._imports.new.pop()
            module = sys.modules.get(name)
            if module is not None:
                self._modules[name] = module
                continue
            above, _, own = name.rpartition(".")
            # Its package still has it, so its import had succeeded.
            if isinstance(getattr(sys.modules.get(above), own, None), ModuleType):
                gone.append(name)
        return gone

    def _lost_modules(self) -> list[str]:
        lost = self._note_modules()
        if not all(map(is_, map(sys.modules.get, self._modules), self._modules.values())):
            changed = [name for name, module in self._modules.items() if sys.modules.get(name) is not module]
            for name in changed:
                del self._modules[name]
            lost += changed
        return [f"sys.modules has lost {', '.join(sorted(lost))}"] if lost else []


def _state() -> dict[str, Any]:
    return {
        "os.environ": os.environ._data.copy(),  # pyright: ignore - as bytes: decoding takes longer than all else
        "the current folder": os.getcwd(),
        "sys.argv": sys.argv[:],
        "sys.path": [
            place for place in sys.path if not str(place).endswith("_vendor")
        ],  # setuptools adds its own
        "a signal's handler": [*map(_signal.getsignal, _SIGNALS)],  # without the enumerations of `signal`
        "a logger's level": [(log.level, log.propagate, log.disabled) for log in _LOGGERS],
        "a logger's handlers": [log.handlers[:] for log in _LOGGERS],
        "logging.disable": logging.root.manager.disable,
        "garbage collection": gc.isenabled(),
    }


def _difference(name: str, old: Any, new: Any) -> str:
    """Say what has changed; empty where that is a library's business."""
    if name == "os.environ":
        changed = [os.fsdecode(each) for each in sorted({*old, *new}) if old.get(each) != new.get(each)]
        ours = [each for each in changed if each.startswith(_OURS)]
        return f"{name} has changed: {', '.join(ours)}" if ours else ""
    return f"{name} was {repr(old)[:200]} and is {repr(new)[:200]}"
