"""Says how far the judging is: one line on a terminal that is written over again, nothing elsewhere."""

from __future__ import annotations

import sys
import time

from ..run.progress import duration
from .run import Progress


class ProgressLine:
    """The line.

    Args:
        quiet: Show nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._started = time.monotonic()

    def show(self, progress: Progress) -> None:
        """Show how far it is.

        Args:
            progress: How far it is.
        """
        if not self._shown:
            return
        pace = (time.monotonic() - self._started) / progress.done
        parts = [f"{progress.done}/{progress.total} verdicts"]
        parts += [f"{progress.unparsable} unparsable"] if progress.unparsable else []
        parts += [f"{progress.failed} failed"] if progress.failed else []
        parts.append(f"{duration(pace * (progress.total - progress.done))} left")
        self._write(", ".join(parts))

    def end(self) -> None:
        """Remove the line."""
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
