"""One line on standard error that says how far a run is, on a terminal only."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from sot.terminal import one_line

_EVERY_S = 0.1


class Progress:
    """Shows the last thing said; leaves nothing behind."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = 0.0
        self._wide = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown and self._wide:
            print("\r" + " " * self._wide + "\r", end="", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Show what is being done.

        Args:
            text: One line.
        """
        now = time.monotonic()
        if not self._shown or (self._wide and now - self._last < _EVERY_S):
            return
        line = one_line(text)
        print("\r" + line.ljust(self._wide), end="", file=sys.stderr, flush=True)
        self._wide, self._last = max(self._wide, len(line)), now
