"""Display of an answer while it is made: the live view on a terminal, plain ordered text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..events import Event, FellBack, Finished, Routed, TextDelta
from ..terminal import safe_text
from ..types import Answer
from .describe import describe_fall_back, describe_gap, describe_route

if TYPE_CHECKING:
    from .view import LiveView


async def show_events(
    events: AsyncIterator[Event], question: str, *, quiet: bool, svg: Path | None = None
) -> Answer:
    """Show an answer as its events come, and return it.

    Args:
        events: The answer's events.
        question: The question.
        quiet: No notes and no live view.
        svg: Where to save a picture of the terminal view.
    """
    live = sys.stdout.isatty() and not quiet
    if not live and svg is None:
        return await _print(events, notes=not quiet and sys.stderr.isatty())
    from .view import LiveView

    with LiveView(question, silent=not live, record=svg is not None) as view:
        shown = _taken(events, view)
        if live:
            async for _ in shown:
                pass
        else:
            await _print(shown, notes=not quiet and sys.stderr.isatty())
    if svg is not None:
        view.save_svg(svg)
    return view.answer


async def _taken(events: AsyncIterator[Event], view: LiveView) -> AsyncIterator[Event]:
    async for event in events:
        view.take(event)
        yield event


async def _print(events: AsyncIterator[Event], *, notes: bool) -> Answer:
    """Plain ordered text on standard output, flushed as it comes; notes on standard error."""
    answer: Answer | None = None
    begun = False
    try:
        async for event in events:
            if isinstance(event, TextDelta):
                begun = True
                _write(safe_text(event.text))
            elif isinstance(event, Routed) and notes:
                print(describe_route(event.route), file=sys.stderr, flush=True)
            elif isinstance(event, FellBack) and notes:
                print(describe_fall_back(event), file=sys.stderr, flush=True)
            elif isinstance(event, Finished):
                answer = event.answer
    finally:
        if begun:  # also when the answer broke off
            _write("\n")
    assert answer is not None, "a stream of events ends with Finished"
    if notes and (gap := describe_gap(answer)) is not None:
        print(gap, file=sys.stderr, flush=True)
    return answer


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
