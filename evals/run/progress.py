"""Progress of a command: a live bar on a terminal, plain lines elsewhere, JSON lines where asked for."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sot.terminal import json_line, one_line

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


class Progress:
    """Progress of a command, on standard error; use it as a context manager.

    Args:
        total: Answers wanted; ``None`` while that is not known.
        kept: Answers there are, those of earlier starts among them.
        failed: Those of them that failed.
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
        self._to_make = to_make
        self._as_json = as_json
        self._live = not quiet and sys.stderr.isatty()
        self._every_s = None if quiet or as_json else every_s
        self._made = 0
        self._begun = time.monotonic()
        self._said: float | None = None
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._live:
            self._bar = _bar()
            count = "" if self.total is None else f"{self.kept}/{self.total}"
            self._task = self._bar.add_task(count, total=None)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def begin(self, text: str, total: int | None = None, *, kept: int = 0) -> None:
        """Begin a stage of the command, counted anew.

        Args:
            text: What is being done now.
        """
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
        left = self.left_s()
        if self._as_json and fields is not None:
            counts = {"kept": self.kept, "total": self.total, "failed": self.failed}
            print(
                json_line({**counts, "left_s": None if left is None else round(left, 1), **fields}),
                flush=True,
            )
        self._show(one_line(text), counted=True)

    def left_s(self) -> float | None:
        """Seconds the rest will take at this stage's pace so far; ``None`` before the first answer."""
        if not self._made or self.total is None:
            return None
        to_make = self.total - self.kept + self._made if self._to_make is None else self._to_make
        return (time.monotonic() - self._begun) / self._made * max(0, to_make - self._made)

    def _show(self, text: str, *, counted: bool = False) -> None:
        now = time.monotonic()
        left = self.left_s()
        remaining = "" if left is None else f"{duration(left)} left"
        if self._bar is not None and self._task is not None:
            failed = f"{self.failed} failed" if self.failed else ""
            count = "" if self.total is None else f"{self.kept}/{self.total}"
            counts = ", ".join(filter(None, (count, failed, remaining)))
            total = None if self.total is None else self.total if self._to_make is None else self._to_make
            done = self.kept if self._to_make is None else self._made
            says = "; ".join(filter(None, (counts, text)))
            self._bar.update(self._task, total=total, completed=done, description=says)
        elif self._every_s is not None and (self._is_due(now) or (counted and self.kept == self.total)):
            self._said = now
            line = f"{self.kept}/{self.total} {text}; {remaining}" if counted and self.total else text
            print(line, file=sys.stderr, flush=True)

    def _is_due(self, now: float) -> bool:
        return not self._every_s or self._said is None or now - self._said >= self._every_s


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
