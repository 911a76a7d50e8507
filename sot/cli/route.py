"""``sot route``: which strategy questions would be answered with."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from ..errors import ConfigError
from ..router import Router, RulesRouter
from ..serialise import routed_json
from ..terminal import one_line
from ..types import Message
from .ask import describe_route
from .shown import json_line


def run_route(questions: Sequence[str], router: str, *, as_json: bool) -> None:
    """Route questions and print the decisions.

    Args:
        questions: The questions; none reads them from standard input.
        router: The router's name.
        as_json: Print one JSON object a line.

    Raises:
        ConfigError: There is no such router, or a line of the input cannot be read.
    """
    asyncio.run(_route(questions or _from_input(), _router(router), as_json=as_json))


async def _route(questions: Iterable[str], router: Router, *, as_json: bool) -> None:
    for question in questions:
        started = time.perf_counter()
        route = await router.route((Message("user", question),))
        seconds = time.perf_counter() - started
        if as_json:
            print(json_line(routed_json(question, route, seconds).model_dump()))
        else:
            print(f"{describe_route(route)}: {one_line(question)}")


def _router(name: str) -> Router:
    if name != "rules":
        raise ConfigError(f"no router {name!r}: there is rules")
    return RulesRouter()


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
