"""``sot ask``: one answer, shown as it comes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any

from ..command.engine import leave, load
from ..command.kept_steps import keep_steps, recall_steps
from ..errors import ConfigError
from ..events import Event
from ..prompting.messages import as_messages
from ..serialise import answer_json
from ..terminal import json_line
from ..types import Answer, BackendInfo, Message, StageUse
from .command_options import AskOptions
from .history import Keeper
from .interrupts import run_interruptible
from .progress import Progress
from .schema_file import INPUT, read_schema
from .show_events import show_events
from .text_input import read_input
from .warm import WarmServers


def run_ask(options: AskOptions) -> None:
    """Answer a question and show the answer.

    Raises:
        SotError: The question cannot be answered.
    """
    svg = options.svg
    schema = _schema(options)
    question = _question(options.question)
    kept = Keeper(options.kept, options.answers.system)
    messages = as_messages((*(kept.earlier or options.answers.opening()), Message("user", question)))
    if svg is not None and options.as_json:
        raise ConfigError("--json and --svg exclude each other")
    if svg is not None and not svg.absolute().parent.is_dir():
        raise ConfigError(f"--svg: there is no folder {svg.parent}")
    progress = Progress()
    with options.traced.watching(hold=sys.stderr.isatty() or sys.stdout.isatty()):
        run_interruptible(_ask(messages, options, schema, progress), progress.described)
    if progress.answer is not None:
        kept.keep(progress.answer)


def _schema(options: AskOptions) -> Mapping[str, Any] | None:
    """Return the schema of the answer; ``None`` without one.

    Raises:
        ConfigError: It cannot be read, or standard input is to be both the question and the schema.
    """
    file = options.schema
    if file is None:
        return None
    if str(file) == INPUT and options.question in (None, "-"):
        raise ConfigError("standard input cannot be both the question and the schema")
    return read_schema(file)


def _question(given: str | None) -> str:
    if given is None or given == "-":
        if sys.stdin.isatty():
            raise ConfigError('no question given; for example: sot ask "How can I sleep better?"')
        return read_input()
    return given


async def _ask(
    messages: tuple[Message, ...],
    options: AskOptions,
    schema: Mapping[str, Any] | None,
    progress: Progress,
) -> None:
    wanted = options.warm and not options.traced.watches  # which is of requests of this process
    servers = WarmServers(options.answers, wanted=wanted, quiet=options.quiet)
    async with servers.answer(messages, schema) as warm:
        if warm is not None:
            await _show(warm.events, messages, options, progress, warm.info)
            return
    sot = options.answers.make(schema)
    try:
        await load(sot, options.answers.engine, quiet=options.quiet)
        await recall_steps(sot)
        with sot.session(messages) as session:
            async with aclosing(session.stream()) as events:
                await _show(events, messages, options, progress, await sot.info(), lambda: session.stages)
        await keep_steps(sot)
    except asyncio.CancelledError:  # Ctrl-C
        await leave(sot)
        raise
    finally:
        await sot.aclose()


async def _show(
    events: AsyncIterator[Event],
    messages: tuple[Message, ...],
    options: AskOptions,
    progress: Progress,
    info: BackendInfo,
    stages: Callable[[], tuple[StageUse, ...]] = tuple,
) -> None:
    if options.as_json:
        await _print_json(events, messages, progress, info, stages)
    else:
        question = messages[-1].content
        await show_events(events, question, quiet=options.quiet, svg=options.svg, progress=progress)


async def _print_json(
    events: AsyncIterator[Event],
    messages: tuple[Message, ...],
    progress: Progress,
    info: BackendInfo,
    stages: Callable[[], tuple[StageUse, ...]],
) -> None:
    """Print the answer as one object, also what there is of one that is interrupted."""
    try:
        async for event in events:
            progress.take(event)
    except asyncio.CancelledError:
        if (partial := progress.as_answer(messages[-1].content, info, stages())) is not None:
            with suppress(BrokenPipeError):  # Ctrl-C may have ended the pipe's reader, too
                _print_answer(partial, messages)
        raise
    assert progress.answer is not None, "a stream of events ends with Finished"
    _print_answer(progress.answer, messages)


def _print_answer(answer: Answer, messages: tuple[Message, ...]) -> None:
    print(json_line(answer_json(answer, messages, reasons=True).model_dump()), flush=True)
