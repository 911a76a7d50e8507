"""Progress of a command: a live bar on a terminal, plain lines elsewhere, JSON lines where asked for."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Self

from sot.terminal import json_line, one_line

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PLAIN_LINE_S = 10.0  # between two plain lines of a benchmark


class Progress:
    """Progress of a command, on standard error; use it as a context manager.

    Args:
        total: Answers wanted; ``None`` while that is not known.
        kept: Answers there are, those of earlier starts and the ``failed`` ones among them.
        to_make: Answers that this start makes; all that are missing unless given.
        as_json: Whether to print one JSON object an answer on standard output.
        quiet: Whether to show nothing else.
        every_s: Least seconds between two plain lines; ``None``: no plain lines.
    """

    def __init__(
        self,
        total: int | None = None,
        *,
        kept: int = 0,
        failed: int = 0,
        to_make: int | None = None,
        as_json: bool = False,
        quiet: bool = False,
        every_s: float | None = 0.0,
    ) -> None:
        self.total, self.kept, self.failed = total, kept, failed
        self._to_make, self._made = to_make, 0
        self._as_json = as_json
        self._every_s = None if quiet or as_json else every_s
        self._begun = time.monotonic()
        self._next_line = 0.0
        self._live = not quiet and sys.stderr.isatty()
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        if self._live:
            self._bar = _bar()
            self._bar.add_task("" if self.total is None else f"{self.kept}/{self.total}", total=None)
            self._bar.start()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def begin(self, text: str, total: int | None = None, *, kept: int = 0) -> None:
        """Begin a stage of the command, counted anew, and show what is being done now."""
        self.total, self.kept, self.failed = total, kept, 0
        self._to_make, self._made = None, 0
        self._begun = time.monotonic()
        self.say(text)

    def say(self, text: str) -> None:
        """Show what is being done now."""
        self._show(one_line(text))

    def took(
        self,
        text: str,
        *,
        made: int = 1,
        kept: int = 1,
        failed: int = 0,
        fields: dict[str, Any] | None = None,
    ) -> None:
        """Count what is over, and show it.

        Args:
            text: What is over, for people.
            kept: 0 for an answer made again, which has been counted before.
            failed: 1 for a failed answer, -1 for one that failed before and is there now.
            fields: The same as JSON.
        """
        self._made += made
        self.kept += kept
        self.failed += failed
        if self._as_json and fields is not None:
            left = self.left_s()
            counts = {"kept": self.kept, "total": self.total, "failed": self.failed}
            left_s = None if left is None else round(left, 1)
            print(json_line({**counts, "left_s": left_s, **fields}), flush=True)
        self._show(one_line(text), counted=True)

    def left_s(self) -> float | None:
        """Seconds the rest will take at this stage's pace so far; ``None`` before the first answer."""
        if not self._made or self.total is None:
            return None
        to_make = self.total - self.kept + self._made if self._to_make is None else self._to_make
        return (time.monotonic() - self._begun) / self._made * max(0, to_make - self._made)

    def _show(self, text: str, *, counted: bool = False) -> None:
        now, left = time.monotonic(), self.left_s()
        remaining = "" if left is None else f"{duration(left)} left"
        count = "" if self.total is None else f"{self.kept}/{self.total}"
        if self._bar is not None:
            counts = ", ".join(
                filter(None, (count, f"{self.failed} failed" if self.failed else "", remaining))
            )
            total, done = self.total, self.kept
            if total is not None and self._to_make is not None:
                total, done = self._to_make, self._made
            says = "; ".join(filter(None, (counts, text)))
            self._bar.update(self._bar.task_ids[0], total=total, completed=done, description=says)
        elif self._every_s is not None and (now >= self._next_line or (counted and self.kept == self.total)):
            self._next_line = now + self._every_s
            line = f"{count} {text}; {remaining}" if counted and self.total else text
            print(line, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Write seconds for people: ``40 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    return Bar(
        BarColumn(bar_width=30),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True, highlight=False),
        transient=True,
        redirect_stdout=False,  # what is printed as JSON goes on to standard output
    )
