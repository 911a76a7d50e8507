"""``sot route``: which strategy questions would be answered with."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from ..errors import ConfigError
from ..registry import create_backend
from ..router import LlmRouter, Router, make_router
from ..serialise import routed_json
from ..terminal import json_line, one_line
from ..types import Message
from .describe import describe_route


def run_evaluation(file: Path, router: str, backend: str | None, model: str | None) -> None:
    """Measure a router on labelled questions and print the figures.

    Args:
        file: JSON Lines with ``question`` and ``route`` fields.
        router: The router's name.
        backend: The spec of the engine that a router which needs one asks.
        model: The model's name there.

    Raises:
        SotError: There is no such router, the file is wrong, or the engine fails.
    """
    from ..router.corpus import read_entries
    from ..router.training.evaluate import decide, report

    async def evaluate() -> None:
        entries = read_entries(file)
        async with _router(router, backend, model) as made:
            print(report(router, await decide(made, entries)))

    asyncio.run(evaluate())


def run_route(
    questions: Sequence[str], router: str, backend: str | None, model: str | None, *, as_json: bool
) -> None:
    """Route questions and print the decisions.

    Args:
        questions: The questions; none reads them from standard input.
        router: The router's name.
        backend: The spec of the engine that a router which needs one asks.
        model: The model's name there.
        as_json: Print one JSON object a line.

    Raises:
        SotError: There is no such router, a line of the input cannot be read, or the engine fails.
    """

    async def routed() -> None:
        async with _router(router, backend, model) as made:
            await _route(questions or _from_input(), made, as_json=as_json)

    asyncio.run(routed())


@asynccontextmanager
async def _router(name: str, spec: str | None, model: str | None) -> AsyncGenerator[Router, None]:
    if name != LlmRouter.name:  # the others need no engine, and none is made
        yield make_router(name)
        return
    backend = create_backend(spec, model=model)
    try:
        await backend.info()  # loading an engine is not part of a decision's time
        yield make_router(name, backend=backend)
    finally:
        await backend.aclose()


async def _route(questions: Iterable[str], router: Router, *, as_json: bool) -> None:
    for question in questions:
        started = time.perf_counter()
        route = await router.route((Message("user", question),))
        seconds = time.perf_counter() - started
        if as_json:
            print(json_line(routed_json(question, route, seconds).model_dump()))
        else:
            print(f"{describe_route(route)}: {one_line(question)}")


def _from_input() -> Iterator[str]:
    if sys.stdin.isatty():
        raise ConfigError('no question given; for example: sot route "How can I sleep better?"')
    for number, line in enumerate(sys.stdin.buffer, 1):
        text = line.decode("utf-8-sig", "replace").strip()
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
