"""The live view of a terminal: points fill in side by side; then the ordered answer stands there."""

from __future__ import annotations

import io
import os
import re
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..events import (
    Event,
    FellBack,
    Finished,
    OpeningFinished,
    PointDelta,
    PointFinished,
    PointFound,
    PointStarted,
    Routed,
    SkeletonFinished,
    TextDelta,
)
from ..terminal import one_line, safe_text
from ..types import Answer, PointAnswer, Route
from .describe import describe_fall_back, describe_gap, describe_route, describe_tokens

_CELL_WIDTH = 36
_MOST_LINES = 9
_PICTURE_WIDTH = 110
_OPENING_LINES = 3
_LEAST_POINTS = 2
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STATUS_STYLE = {"done": "green", "trimmed": "green", "repaired": "yellow", "missing": "red"}


@dataclass(slots=True)
class _Cell:
    title: str
    text: str = ""
    deltas: int = 0
    started: bool = False
    finished: PointAnswer | None = None


class LiveView:
    """Shows an answer on a terminal while it is made.

    Points are shown side by side until the answer is complete; then the ordered answer is printed, so
    that it stays in scroll-back. Answers without points stream as plain text.

    Args:
        question: The question.
        silent: Show nothing; only keep what `save_svg` needs.
        record: Keep what `save_svg` needs.
    """

    def __init__(self, question: str, *, silent: bool = False, record: bool = False) -> None:
        self._console = Console(highlight=False, file=io.StringIO() if silent else None)
        self._question = one_line(question)
        self._cells: dict[int, _Cell] = {}
        self._route: Route | None = None
        self._skeleton_done = False
        self._fell_back = False
        self._opening = ""  # or the points' text, where nothing opens the answer
        self._opens = False
        self._opening_over = False
        self._started = time.monotonic()
        self._live: Live | None = None
        self._record = record
        self._picture: tuple[int, Group] | None = None
        self._answer: Answer | None = None
        self._line_open = False
        self._quieted = ExitStack()
        self._silent = silent

    @property
    def answer(self) -> Answer:
        """The answer, once it is complete."""
        assert self._answer is not None, "the answer is not complete"
        return self._answer

    def __enter__(self) -> Self:
        if not self._silent:
            self._quieted.enter_context(_no_echo())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        if self._line_open:  # the answer broke off
            self._console.out("", highlight=False)
        self._quieted.close()

    def take(self, event: Event) -> None:
        """Show what an event tells."""
        match event:
            case Routed(route):
                self._begin(route)
            case PointFound(point):
                self._cells[point.index] = _Cell(one_line(point.title))
            case SkeletonFinished():
                self._skeleton_done = True
            case PointStarted(index, _, continues):
                cell = self._cells[index]
                cell.started = True
                if not continues:
                    cell.text = ""
            case PointDelta(index, text):
                self._cells[index].text += safe_text(text)
                self._cells[index].deltas += 1
                self._remember()
            case PointFinished(point):
                self._cells[point.index].finished = point
                self._cells[point.index].text = safe_text(point.text)
            case FellBack():
                self._stop()
                self._fell_back = True
                self._console.print(Text(describe_fall_back(event), style="yellow"))
                if self._opening:
                    self._write(self._opening)  # the view has shown it, and is gone
            case OpeningFinished():
                self._opening_over = True
            case TextDelta(text):
                if self._live is None:
                    self._write(safe_text(text))
                elif not self._opening_over:
                    # A point's text cannot come before two points are known.
                    self._opens = self._opens or len(self._cells) < _LEAST_POINTS
                    self._opening += safe_text(text)
            case Finished(answer):
                self._finish(answer)

    def save_svg(self, path: Path) -> None:
        """Save a picture: the view while most points were being written, then the answer.

        Args:
            path: Where to.
        """
        console = Console(record=True, file=io.StringIO(), width=_PICTURE_WIDTH, force_terminal=True)
        console.print(Text.assemble(("$ ", "bold green"), ("sot ask ", "bold"), f'"{self._question}"'))
        if self._route is not None:
            console.print(Text(describe_route(self._route), style="dim"))
        if self._picture is not None:
            console.print(self._picture[1])
            console.print(Text("⋮", style="dim"))
        console.print(_readable(self.answer))
        console.print(_summary(self.answer))
        picture = console.export_svg(title="Skeleton-of-Thought")
        # Rich's picture asks a web host for its font; this one asks nobody.
        picture = re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.DOTALL)
        path.write_text(_NOT_XML.sub("", picture), encoding="utf-8")

    def _begin(self, route: Route) -> None:
        self._route = route
        self._started = time.monotonic()
        self._console.print(Text(describe_route(route), style="dim"))
        if route.strategy == "skeleton":
            self._live = Live(
                get_renderable=self._frame, console=self._console, refresh_per_second=12, transient=True
            )
            self._live.start()

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _finish(self, answer: Answer) -> None:
        self._answer = answer
        if self._live is not None:
            self._stop()
            self._console.print(_readable(answer))
        else:
            self._console.out("", highlight=False)
            self._line_open = False
        if (gap := describe_gap(answer)) is not None:
            self._console.print(Text(gap, style="yellow"))
        self._console.print(_summary(answer))

    def _write(self, text: str) -> None:
        self._line_open = True
        self._console.out(text, end="", highlight=False)

    def _remember(self) -> None:
        """Keep the frame in which the most points are being written, for the picture."""
        if not self._record:
            return
        writing = [cell for cell in self._cells.values() if cell.text and cell.finished is None]
        score = sum(min(len(cell.text), 120) for cell in writing) * (len(writing) > 1)
        if self._picture is None or score > self._picture[0]:
            self._picture = (score, self._frame(width=_PICTURE_WIDTH, height=28))

    def _frame(self, width: int | None = None, height: int | None = None) -> Group:
        width = width or self._console.width
        height = (height or self._console.height) - 2
        parts: list[RenderableType] = [self._progress()]
        if self._opens and height > _OPENING_LINES + 1:
            wrapped = Text(" ".join(self._opening.split())).wrap(self._console, max(width, 1))
            parts.append(Text("\n").join(wrapped[-_OPENING_LINES:]))
            height -= min(len(wrapped), _OPENING_LINES)
        if self._cells and height > 1:
            columns = max(1, min(len(self._cells), width // _CELL_WIDTH))
            rows = -(-len(self._cells) // columns)
            lines = max(1, min(_MOST_LINES, (height - 1) // rows - 2))
            shown = dict(list(self._cells.items())[: columns * max(1, (height - 1) // 3)])
            grid = Table.grid(expand=True)
            for _ in range(columns):
                grid.add_column(ratio=1)
            cells = [_panel(index, cell, width // columns - 4, lines) for index, cell in shown.items()]
            for start in range(0, len(cells), columns):
                grid.add_row(*cells[start : start + columns])
            parts.append(grid)
        return Group(*parts)

    def _progress(self) -> Text:
        writing = sum(1 for cell in self._cells.values() if cell.started and cell.finished is None)
        done = sum(1 for cell in self._cells.values() if cell.finished is not None)
        tokens = sum(_tokens(cell) for cell in self._cells.values())
        skeleton = "skeleton written" if self._skeleton_done else "writing the skeleton"
        return Text.assemble(
            (skeleton, "green" if self._skeleton_done else "bold cyan"),
            f" · {_count(len(self._cells), 'point')}, ",
            (f"{writing} being written", "bold cyan" if writing else ""),
            f", {done} done · {_count(tokens, 'token')} · {time.monotonic() - self._started:.1f} s",
            # One line also on a narrow terminal: a frame higher than the terminal would leave its top behind.
            no_wrap=True,
            overflow="ellipsis",
        )


def _tokens(cell: _Cell) -> int:
    return cell.deltas if cell.finished is None else cell.finished.usage.completion_tokens


@contextmanager
def _no_echo() -> Generator[None]:
    """What is typed meanwhile, Ctrl-C too, would push the view out of its place."""
    if sys.platform == "win32" or not _at_keyboard():
        yield
        return
    import termios

    before = termios.tcgetattr(0)
    # NOFLSH: a terminal otherwise throws away at Ctrl-C what it has not shown yet, and the view, which then
    # moves the cursor up to where it began, would erase lines above it.
    modes = before[3] & ~termios.ECHO | termios.NOFLSH
    termios.tcsetattr(0, termios.TCSADRAIN, [*before[:3], modes, *before[4:]])
    try:
        yield
    finally:
        if _at_keyboard():
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def _at_keyboard() -> bool:
    """Whether this is a terminal's foreground job: another one that touches its modes is stopped."""
    return sys.platform != "win32" and os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _panel(index: int, cell: _Cell, width: int, lines: int) -> Panel:
    if cell.finished is not None:
        style = _STATUS_STYLE[cell.finished.status]
        foot = f"{cell.finished.status}, {_count(_tokens(cell), 'token')}, {cell.finished.finished_s:.1f} s"
    else:
        style = "cyan" if cell.started else "dim"
        foot = _count(_tokens(cell), "token") if cell.started else "waiting"
    wrapped = Text(" ".join(cell.text.split())).wrap(Console(width=max(width, 1)), max(width, 1))
    tail = Text("\n").join(wrapped[-lines:])
    return Panel(
        tail,
        title=Text(f"{index} {cell.title}", style="bold"),
        title_align="left",
        subtitle=Text(foot, style=style),
        subtitle_align="right",
        border_style=style,
        height=lines + 2,
    )


def _readable(answer: Answer) -> RenderableType:
    # Links stay visible text: a terminal hyperlink could show one address and open another.
    return Markdown(safe_text(answer.text), hyperlinks=False)


def _summary(answer: Answer) -> Text:
    timing, usage = answer.timing, answer.usage
    first = "no text" if timing.first_text_s is None else f"first text {timing.first_text_s:.1f} s"
    points = f"{_count(len(answer.points), 'point')} · " if answer.points else ""
    cached = (
        f", {usage.cached_tokens / usage.prompt_tokens:.0%} of the prompts cached"
        if usage.prompt_tokens
        else ""
    )
    return Text(
        f"{points}{first} · {timing.total_s:.1f} s · {describe_tokens(answer)} in "
        f"{_count(usage.requests, 'request')}{cached} · {one_line(answer.model)}",
        style="dim",
    )
