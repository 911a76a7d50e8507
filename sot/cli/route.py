"""``sot route``: which strategy questions would be answered with."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..admission import NO_LIMIT
from ..command.engine import answering
from ..errors import BackendError, ConfigError
from ..router import LlmRouter, Router, make_router
from ..serialise import routed_json
from ..stages.make import StageEngine, make_stages
from ..terminal import json_line, one_line
from ..types import Message, Route
from .command_options import RouteOptions
from .describe import describe_estimate, describe_route
from .text_input import input_lines

if TYPE_CHECKING:
    from ..router.corpus import Entry

_HELD_OUT = "heldout"  # in place of a file: the topics of the project's corpus that no router has learnt


def run_route(options: RouteOptions) -> None:
    """Route questions and print the decisions, or measure the router on labelled questions.

    Raises:
        SotError: There is no such router, the input cannot be read, or the engine fails.
    """
    if options.evaluate is None:
        asyncio.run(_route(options))
    elif options.prices.list() is not None:
        raise ConfigError("--eval measures the router alone: leave out the prices")
    elif options.questions or options.as_json:
        raise ConfigError("--eval reads its questions from the file: leave out questions and --json")
    else:
        asyncio.run(_evaluate(options, options.evaluate))


async def _evaluate(options: RouteOptions, file: Path) -> None:
    from ..router.training.evaluate import decide
    from ..router.training.report import report, rows

    entries = _labelled(file)
    async with _router(options) as router:
        decisions = await decide(router, entries)
        print(report(options.router, decisions))
        if by_kind := rows(decisions):
            print(f"\n{by_kind}")


def _labelled(file: Path) -> list[Entry]:
    """Read the labelled questions of a file, or of the corpus' held-out part."""
    from ..router.corpus import load_corpus, read_entries

    if str(file) == _HELD_OUT and not file.exists():
        return [entry for entry in load_corpus() if entry.split == "heldout"]
    return read_entries(file)


async def _route(options: RouteOptions) -> None:
    async with _decider(options) as decide:
        for question in _questions(options.questions):
            started = time.perf_counter()
            route = await decide(question)
            seconds = time.perf_counter() - started
            if options.as_json:
                print(json_line(routed_json(question, route, seconds).model_dump()))
            else:
                print(f"{describe_route(route)}: {one_line(question)}{describe_estimate(route)}")


@asynccontextmanager
async def _decider(options: RouteOptions) -> AsyncGenerator[Callable[[str], Awaitable[Route]], None]:
    """Make what routes questions: the router alone, or with prices all that decides before an answer."""
    prices, settings = options.prices.list(), options.prices.settings()
    if prices is None:
        async with _router(options) as router:
            yield lambda question: router.route((Message("user", question),))
        return
    async with answering(options.engine, router=options.router, prices=prices, **settings) as sot:
        await sot.info()  # loading an engine is not part of a decision's time

        async def decide(question: str) -> Route:
            with sot.session(question) as session:
                return await session.route()

        yield decide


@asynccontextmanager
async def _router(options: RouteOptions) -> AsyncGenerator[Router, None]:
    if options.router != LlmRouter.name:  # the others need no engine, and none is made
        yield make_router(options.router)
        return
    named = options.stages.engines()
    stage = named.get("route")
    backend = options.engine.make()
    main = StageEngine(options.engine.backend, options.engine.model, options.engine.settings())
    stages = make_stages({} if stage is None else {"route": stage}, main, backend, limit=NO_LIMIT)
    engine = stages.engines.get("route")
    try:
        # Loading an engine is not part of a decision's time.
        if engine is None:
            await backend.info()
        else:
            with suppress(BackendError):  # the router then goes on without it, and says so
                await engine.info()
        yield make_router(options.router, backend=backend, engine=engine)
    finally:
        await backend.aclose()
        await stages.aclose()


def _questions(given: tuple[str, ...]) -> Iterator[str]:
    """The questions that were given, ``-`` for those of standard input, which are also the default."""
    if not given:
        yield from _from_input()
    for question in given:
        if question == "-":
            found = False
            for each in _from_input():
                found = True
                yield each
            if not found:
                raise ConfigError("the question is empty: standard input has none")
        else:
            yield question


def _from_input() -> Iterator[str]:
    if sys.stdin.isatty():
        raise ConfigError('no question given; for example: sot route "How can I sleep better?"')
    for number, line in enumerate(input_lines(), 1):
        text = line.strip()
        if text.startswith("{"):
            yield _field(number, text)
        elif text:
            yield text


def _field(number: int, line: str) -> str:
    try:
        entry: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"line {number} of the input is not JSON: {error}") from None
    question = cast("dict[str, object]", entry).get("question")
    if not isinstance(question, str):
        raise ConfigError(f'line {number} of the input has no text field "question"')
    return question
