"""The live view of a terminal: points fill in side by side; then the ordered answer stands there."""

from __future__ import annotations

import io
import re
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.text import Text

from ..events import Event, FellBack, Finished, PointDelta, Routed, TextDelta
from ..strategies import part_of
from ..terminal import one_line, safe_json, safe_text
from ..types import Answer
from .describe import (
    describe_cost,
    describe_fall_back,
    describe_gap,
    describe_replaced,
    describe_route,
    describe_stages,
    describe_tokens,
)
from .keyboard import no_echo
from .progress import Progress
from .view_frame import count, draw_frame
from .word_wrap import WordWrap

_PICTURE_WIDTH = 110
_PICTURE_HEIGHT = 26
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class LiveView:
    """Shows an answer on a terminal while it is made.

    Points are shown side by side until the answer is complete; then the ordered answer is printed, so
    that it stays in scroll-back. What was written of an answer that breaks off is printed as well. Answers
    without points stream as plain text, broken into lines between words.

    Args:
        question: The question.
        progress: The answer so far, which takes the events.
        silent: Show nothing; only keep what `save_svg` needs.
        record: Keep what `save_svg` needs.
    """

    def __init__(
        self, question: str, progress: Progress, *, silent: bool = False, record: bool = False
    ) -> None:
        self._console = Console(highlight=False, file=io.StringIO() if silent else None)
        self._question = one_line(question)
        self._progress = progress
        self._live: Live | None = None
        self._record = record
        self._picture: tuple[int, Group] | None = None
        self._wrap: WordWrap | None = None  # while a line of streamed text is open
        self._quieted = ExitStack()
        self._silent = silent

    @property
    def answer(self) -> Answer:
        """The answer, once it is complete."""
        assert self._progress.answer is not None, "the answer is not complete"
        return self._progress.answer

    def __enter__(self) -> Self:
        if not self._silent:
            self._quieted.enter_context(no_echo())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._stop() and (kept := self._progress.kept()):  # the answer broke off
                self._print(kept)
            self._end_text()
        finally:
            self._quieted.close()

    def take(self, event: Event) -> None:
        """Show what an event tells."""
        progress = self._progress
        progress.take(event)
        match event:
            case Routed(route):
                self._console.print(Text(describe_route(route), style="dim"))
                if part_of(route.strategy):
                    self._begin()
            case PointDelta():
                self._remember()
            case FellBack():
                self._stop()
                self._console.print(Text(describe_fall_back(event), style="yellow"))
                if progress.text:
                    self._write(safe_text(progress.text))  # the view has shown it, and is gone
            case TextDelta(text):
                if self._live is None:
                    self._write(safe_text(text))
            case Finished(answer):
                self._finish(answer)
            case _:
                pass

    def save_svg(self, path: Path) -> None:
        """Save a picture: the view while most points were being written, then the answer.

        Args:
            path: Where to.
        """
        console = Console(record=True, file=io.StringIO(), width=_PICTURE_WIDTH, force_terminal=True)
        console.print(Text.assemble(("$ ", "bold green"), ("sot ask ", "bold"), f'"{self._question}"'))
        if self._progress.route is not None:
            console.print(Text(describe_route(self._progress.route), style="dim"))
        if self._picture is not None:
            console.print(self._picture[1])
            console.print(Text("⋮", style="dim"))
        text = self.answer.text
        console.print(Text(safe_json(text)) if self._progress.is_json else _readable(text))
        console.print(_summary(self.answer))
        picture = console.export_svg(title="Skeleton-of-Thought")
        # Rich's picture asks a web host for its font; this one asks nobody.
        picture = re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.DOTALL)
        path.write_text(_NOT_XML.sub("", picture), encoding="utf-8")

    def _begin(self) -> None:
        self._live = Live(
            get_renderable=self._frame, console=self._console, refresh_per_second=12, transient=True
        )
        self._live.start()

    def _stop(self) -> bool:
        """Take the live view away; returns whether it was there."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()
        return live is not None

    def _finish(self, answer: Answer) -> None:
        if self._stop():
            self._print(answer.text)
        else:
            self._wrap = self._wrap or WordWrap(self._console.width)
            self._end_text()
        if (gap := describe_gap(answer)) is not None:
            self._console.print(Text(gap, style="yellow"))
        for failure in answer.stage_failures:
            self._console.print(Text(describe_replaced(failure), style="yellow"))
        if (models := describe_stages(answer)) is not None:
            self._console.print(Text(models, style="dim"))
        self._console.print(_summary(answer))

    def _print(self, text: str) -> None:
        """Print a whole text: as Markdown, or JSON as it is, so that it can be copied."""
        if self._progress.is_json:
            self._console.out(safe_json(text), highlight=False)
        else:
            self._console.print(_readable(text))

    def _write(self, text: str) -> None:
        if self._wrap is None:
            self._wrap = WordWrap(self._console.width)
        self._wrap.resize(self._console.width)
        self._console.out(self._wrap.feed(text), end="", highlight=False)

    def _end_text(self) -> None:
        """End the line of streamed text, if there is one."""
        if self._wrap is not None:
            self._console.out(self._wrap.finish(), highlight=False)
            self._wrap = None

    def _remember(self) -> None:
        """Keep the frame in which the most points are being written, for the picture."""
        if not self._record:
            return
        writing = [point for point in self._progress.points.values() if point.written and point.writing]
        score = sum(min(len(point.written), 120) for point in writing) * (len(writing) > 1)
        if self._picture is None or score > self._picture[0]:
            console = Console(file=io.StringIO(), width=_PICTURE_WIDTH)
            frame = draw_frame(self._progress, console, width=_PICTURE_WIDTH, height=_PICTURE_HEIGHT)
            self._picture = (score, frame)

    def _frame(self) -> Group:
        console = self._console
        # One line less than there are, so that the last line above the view stays in sight.
        return draw_frame(self._progress, console, width=console.width, height=console.height - 1)


def _readable(text: str) -> RenderableType:
    # Links stay visible text: a terminal hyperlink could show one address and open another.
    return Markdown(safe_text(text), hyperlinks=False)


def _summary(answer: Answer) -> Text:
    timing, usage = answer.timing, answer.usage
    first = "no text" if timing.first_text_s is None else f"first text {timing.first_text_s:.1f} s"
    part = part_of(answer.route.strategy) or "point"
    points = f"{count(len(answer.points), part)} · " if answer.points else ""
    cached = (
        f", {usage.cached_tokens / usage.prompt_tokens:.0%} of the prompts cached"
        if usage.prompt_tokens
        else ""
    )
    cost = f" · {spent}" if (spent := describe_cost(answer)) else ""
    return Text(
        f"{points}{first} · {timing.total_s:.1f} s · {describe_tokens(answer)} in "
        f"{count(usage.requests, 'request')}{cached}{cost} · {one_line(answer.model)}",
        style="dim",
    )
