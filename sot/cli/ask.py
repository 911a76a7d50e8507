"""``sot ask``: one answer, shown as it comes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from ..api import SkeletonOfThought
from ..command.engine import leave, load
from ..errors import ConfigError
from ..events import Event, FellBack, Finished, Routed, TextDelta
from ..prompting.messages import as_messages
from ..serialise import answer_json
from ..terminal import json_line, safe_text
from ..types import Answer, Message
from .command_options import AskOptions
from .describe import describe_fall_back, describe_gap, describe_route
from .text_input import read_input

if TYPE_CHECKING:
    from .view import LiveView


def run_ask(options: AskOptions) -> None:
    """Answer a question and show the answer.

    Raises:
        SotError: The question cannot be answered.
    """
    question, svg = _question(options.question), options.svg
    messages = as_messages((*options.answers.opening(), Message("user", question)))
    if svg is not None and options.as_json:
        raise ConfigError("--json and --svg exclude each other")
    if svg is not None and not svg.absolute().parent.is_dir():
        raise ConfigError(f"--svg: there is no folder {svg.parent}")
    asyncio.run(_ask(messages, options))


def _question(given: str | None) -> str:
    if given is None or given == "-":
        if sys.stdin.isatty():
            raise ConfigError('no question given; for example: sot ask "How can I sleep better?"')
        return read_input()
    return given


async def _ask(messages: tuple[Message, ...], options: AskOptions) -> None:
    sot = options.answers.make()
    try:
        await load(sot, options.answers.engine, quiet=options.quiet)
        if options.as_json:
            answer = await sot.answer(messages)
            print(json_line(answer_json(answer).model_dump()))
        else:
            await show(sot, messages, quiet=options.quiet, svg=options.svg)
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
    assert answer is not None, "a stream of events ends with Finished"
    if notes and (gap := describe_gap(answer)) is not None:
        print(gap, file=sys.stderr, flush=True)
    return answer


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
