"""Worker of a server with several processes: what the first process gives it, and what it tells that."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from ..errors import ConfigError, MissingDependencyError, SotError
from .listener import Listener

CUT = getattr(signal, "SIGUSR1", signal.SIGTERM)  # Windows has none, and no handlers either
"""Signal by which the first process has a worker's answers cut, some time after `signal.SIGTERM`."""


@dataclass(frozen=True, slots=True)
class Word:
    """Message of a worker to the first process.

    Args:
        kind: ``up``: it takes connections. ``line``: a line for the operator. ``misused`` and ``failed``: it
            cannot go on, by the caller's mistake or another one.
        text: The line, or the error.
    """

    kind: Literal["up", "line", "misused", "failed"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Worker:
    """Place of a worker in its server.

    Args:
        number: Number of the worker, from 1.
        listening: The socket that all workers take connections from.
        folder: Folder of this server alone, for the workers' sockets.
        words: Where it tells the first process how it fares.
    """

    number: int
    listening: socket.socket
    folder: Path
    words: Connection

    def listener(self) -> Listener:
        """Return the listening socket as this worker's own object."""
        return Listener(fileno=self.listening.detach())

    def tell(self, word: Word) -> None:
        """Tell the first process something, unless that is gone."""
        with suppress(OSError):
            self.words.send(word)

    def announce(self, line: str) -> None:
        """Hand a line for the operator over."""
        self.tell(Word("line", line))

    def fail(self, error: SotError) -> None:
        """Tell why it cannot go on."""
        misused = isinstance(error, ConfigError | MissingDependencyError)
        self.tell(Word("misused" if misused else "failed", str(error)))

    @property
    def end_of_first(self) -> int | None:
        """File descriptor that becomes readable when the first process has ended, however it did."""
        first = parent_process()
        return None if first is None else first.sentinel
