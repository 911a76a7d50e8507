"""Says how far a run is: a live line on a terminal, plain lines elsewhere, JSON where asked for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sot.terminal import json_line, one_line

from ..records import AnswerRecord


@dataclass(slots=True)
class State:
    """How far a run is.

    Args:
        total: Answers wanted.
        kept: Answers there are, those of earlier starts among them.
        failed: Those of them that failed.
    """

    total: int
    kept: int = 0
    failed: int = 0
    _made: int = 0
    _started: float = 0.0

    def start(self) -> None:
        """Now the first answer of this start is asked for."""
        self._started = time.monotonic()

    def took(self, record: AnswerRecord) -> None:
        """Count an answer.

        Args:
            record: The answer; one made again has been counted before.
        """
        self._made += 1
        if record.attempt == 1:
            self.kept += 1
            self.failed += record.status == "failed"
        elif record.status == "done":
            self.failed -= 1

    def left_s(self, to_make: int) -> float | None:
        """Seconds the rest will take at this start's pace so far; ``None`` before the first answer.

        Args:
            to_make: Answers this start makes in all.
        """
        if not self._made:
            return None
        return (time.monotonic() - self._started) / self._made * max(0, to_make - self._made)


Show = Callable[[AnswerRecord, State], None]
"""Is told of every answer that has just been kept, and how far the run is."""


@contextmanager
def progress(to_make: int, *, as_json: bool, quiet: bool) -> Generator[Show]:
    """What shows the progress: on standard error, and JSON lines on standard output if asked for.

    Args:
        to_make: Answers this start makes.
        as_json: Print one JSON object an answer.
        quiet: Show nothing else.
    """
    shows: list[Show] = [lambda record, state: _print_json(record, state, to_make)] if as_json else []

    def show(record: AnswerRecord, state: State) -> None:
        for each in shows:
            each(record, state)

    if quiet or (as_json and not sys.stderr.isatty()):
        yield show
    elif sys.stderr.isatty():
        with _live(to_make) as live:
            shows.append(live)
            yield show
    else:
        shows.append(lambda record, state: _print_line(record, state, to_make))
        yield show


def duration(seconds: float) -> str:
    """Seconds for people: ``40 s``, ``12 min``, ``3 h 05 min``.

    Args:
        seconds: How many.
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def _described(record: AnswerRecord) -> str:
    if record.status == "failed" or record.answer is None:
        return f"failed: {one_line(record.error or '')}"
    return f"{record.answer['timing']['total_s']:.2f} s"


def _left(state: State, to_make: int) -> str:
    left = state.left_s(to_make)
    return "" if left is None else f"{duration(left)} left"


def _print_line(record: AnswerRecord, state: State, to_make: int) -> None:
    name = one_line(f"{record.question_id} {record.strategy}")
    line = f"{state.kept}/{state.total} {name}: {_described(record)}; {_left(state, to_make)}"
    print(line, file=sys.stderr, flush=True)


def _print_json(record: AnswerRecord, state: State, to_make: int) -> None:
    left = state.left_s(to_make)
    fields: dict[str, Any] = {
        "kept": state.kept,
        "total": state.total,
        "failed": state.failed,
        "left_s": None if left is None else round(left, 1),
        "question_id": record.question_id,
        "strategy": record.strategy,
        "repeat": record.repeat,
        "status": record.status,
        "error": record.error,
        "total_s": None if record.answer is None else record.answer["timing"]["total_s"],
    }
    print(json_line(fields), flush=True)


@contextmanager
def _live(to_make: int) -> Generator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        BarColumn(bar_width=30),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True, highlight=False),
        transient=True,
    )
    with bar:
        task = bar.add_task("first answer", total=to_make)

        def show(record: AnswerRecord, state: State) -> None:
            failed = f", {state.failed} failed" if state.failed else ""
            says = f"{state.kept}/{state.total}{failed}, {_left(state, to_make)}; {record.strategy}"
            bar.update(task, advance=1, description=f"{says} {_described(record)}")

        yield show
