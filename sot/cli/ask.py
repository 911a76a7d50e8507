"""``sot ask``: one answer, shown as it comes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from ..api import SkeletonOfThought
from ..errors import ConfigError
from ..events import Event, FellBack, Finished, Routed, TextDelta
from ..prompting.messages import as_messages
from ..serialise import answer_json
from ..terminal import json_line, safe_text
from ..types import Answer, Message
from .asking import Asking
from .describe import CUT_NOTE, describe_fall_back, describe_route
from .lifecycle import leave, load

if TYPE_CHECKING:
    from .view import LiveView


def run_ask(question: str, asking: Asking, *, as_json: bool, quiet: bool, svg: Path | None) -> None:
    """Answer a question and show the answer.

    Args:
        question: The question.
        asking: The options.
        as_json: Print one JSON object instead.
        quiet: No progress, no notes.
        svg: Where to save a picture of the terminal view.

    Raises:
        SotError: The question cannot be answered.
    """
    messages = as_messages((*asking.opening(), Message("user", question)))
    if svg is not None and as_json:
        raise ConfigError("--json and --svg exclude each other")
    if svg is not None and not svg.absolute().parent.is_dir():
        raise ConfigError(f"--svg: there is no folder {svg.parent}")
    asyncio.run(_ask(messages, asking, as_json=as_json, quiet=quiet, svg=svg))


async def _ask(
    messages: tuple[Message, ...], asking: Asking, *, as_json: bool, quiet: bool, svg: Path | None
) -> None:
    sot = asking.make()
    try:
        await load(sot, asking, quiet=quiet)
        if as_json:
            answer = await sot.answer(messages)
            print(json_line(answer_json(answer).model_dump()))
        else:
            await show(sot, messages, quiet=quiet, svg=svg)
    except asyncio.CancelledError:  # Ctrl-C
        await leave(sot)
        raise
    finally:
        await sot.aclose()


async def show(
    sot: SkeletonOfThought, messages: tuple[Message, ...], *, quiet: bool, svg: Path | None = None
) -> Answer:
    """Answer a conversation's last turn and show the answer as it comes.

    Args:
        sot: The object that answers.
        messages: The conversation.
        quiet: No notes and no live view.
        svg: Where to save a picture of the terminal view.
    """
    async with aclosing(sot.stream(messages)) as events:
        live = sys.stdout.isatty() and not quiet
        if not live and svg is None:
            return await _print(events, notes=not quiet and sys.stderr.isatty())
        from .view import LiveView

        with LiveView(messages[-1].content, silent=not live, record=svg is not None) as view:
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
    if answer is not None and answer.finish_reason == "length" and notes:
        print(CUT_NOTE, file=sys.stderr, flush=True)
    assert answer is not None, "a stream of events ends with Finished"
    return answer


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
