"""Display of an answer while it is made: the live view on a terminal, plain ordered text elsewhere."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

from ..errors import SotError
from ..events import Event, FellBack, Routed, StageReplaced, TextDelta
from ..terminal import safe_json, safe_text
from ..types import Answer
from .describe import (
    describe_cost,
    describe_fall_back,
    describe_gap,
    describe_replaced,
    describe_route,
    describe_stages,
)
from .progress import Progress


async def show_events(
    events: AsyncIterator[Event],
    question: str,
    *,
    quiet: bool,
    svg: Path | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Show an answer as its events come, and return it.

    What was written of an answer that breaks off is shown as well, points included that the ordered text had
    not reached.

    Args:
        events: The answer's events.
        question: The question.
        quiet: No notes and no live view.
        svg: Where to save a picture of the terminal view.
        progress: Takes the events; tells the caller how far an answer came that broke off.
    """
    progress = progress or Progress()
    live = sys.stdout.isatty() and not quiet
    notes = not quiet and sys.stderr.isatty()
    if not live and svg is None:
        return await _print(events, progress, progress.take, notes=notes)
    from .view import LiveView

    with LiveView(question, progress, silent=not live, record=svg is not None) as view:
        if live:
            async for event in events:
                view.take(event)
        else:
            await _print(events, progress, view.take, notes=notes)
    if svg is not None:
        view.save_svg(svg)
    return view.answer


async def _print(
    events: AsyncIterator[Event], progress: Progress, take: Callable[[Event], None], *, notes: bool
) -> Answer:
    """Print ordered text on standard output, flushed as it comes, and notes on standard error."""
    text = _TextOutput()
    try:
        async for event in events:
            take(event)
            if isinstance(event, TextDelta):
                text.write(event.text)
            elif isinstance(event, Routed):
                text.is_json = progress.is_json
                if notes:
                    print(describe_route(event.route), file=sys.stderr, flush=True)
            elif isinstance(event, FellBack) and notes:
                print(describe_fall_back(event), file=sys.stderr, flush=True)
            elif isinstance(event, StageReplaced) and notes:
                print(describe_replaced(event.failure), file=sys.stderr, flush=True)
    except (asyncio.CancelledError, SotError):
        with suppress(BrokenPipeError):  # Ctrl-C may have ended the pipe's reader, too
            text.write(progress.rest())
            text.end()
        raise
    text.end()
    answer = progress.answer
    assert answer is not None, "a stream of events ends with Finished"
    if notes and (gap := describe_gap(answer)) is not None:
        print(gap, file=sys.stderr, flush=True)
    if notes and (models := describe_stages(answer)) is not None:
        print(models, file=sys.stderr, flush=True)
    if notes and (cost := describe_cost(answer)):
        print(f"cost: {cost}", file=sys.stderr, flush=True)
    return answer


class _TextOutput:
    """Standard output for an answer's text: as it is, or broken between words on a terminal.

    Attributes:
        is_json: The text is a JSON document, whose value must stay: nothing is taken out, no line is broken.
    """

    def __init__(self) -> None:
        self.is_json = False
        self._begun = False
        self._wrap = None
        if sys.stdout.isatty():
            from .word_wrap import WordWrap

            self._wrap = WordWrap(shutil.get_terminal_size().columns)

    def write(self, text: str) -> None:
        """Write a piece of the text."""
        if not text:
            return
        self._begun = True
        text = safe_json(text) if self.is_json else safe_text(text)
        if self._wrap is not None and not self.is_json:
            self._wrap.resize(shutil.get_terminal_size().columns)
            text = self._wrap.feed(text)
        sys.stdout.write(text)
        sys.stdout.flush()

    def end(self) -> None:
        """End the last line, if there is one."""
        if self._begun:
            sys.stdout.write(f"{self._wrap.finish() if self._wrap is not None else ''}\n")
            sys.stdout.flush()
