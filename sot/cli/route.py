"""``sot route``: which strategy questions would be answered with."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

from ..errors import ConfigError
from ..router import Router, make_router
from ..serialise import routed_json
from ..terminal import one_line
from ..types import Message
from .ask import describe_route
from .shown import json_line


def run_evaluation(file: Path, router: str) -> None:
    """Measure a router on labelled questions and print the figures.

    Args:
        file: JSON Lines with ``question`` and ``route`` fields.
        router: The router's name.

    Raises:
        ConfigError: There is no such router, or the file is wrong.
    """
    from ..router.corpus import read_entries
    from ..router.evaluate import decide, report

    print(report(router, asyncio.run(decide(make_router(router), read_entries(file)))))


def run_route(questions: Sequence[str], router: str, *, as_json: bool) -> None:
    """Route questions and print the decisions.

    Args:
        questions: The questions; none reads them from standard input.
        router: The router's name.
        as_json: Print one JSON object a line.

    Raises:
        ConfigError: There is no such router, or a line of the input cannot be read.
    """
    asyncio.run(_route(questions or _from_input(), make_router(router), as_json=as_json))


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
