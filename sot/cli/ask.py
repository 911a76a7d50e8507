"""``sot ask``: one answer, shown as it comes."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path

from ..api import SkeletonOfThought
from ..command.engine import leave, load
from ..errors import ConfigError
from ..prompting.messages import as_messages
from ..serialise import answer_json
from ..terminal import json_line
from ..types import Answer, Message
from .command_options import AskOptions
from .show_events import show_events
from .text_input import read_input


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
            print(json_line(answer_json(answer, messages, reasons=True).model_dump()))
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
        return await show_events(events, messages[-1].content, quiet=quiet, svg=svg)
