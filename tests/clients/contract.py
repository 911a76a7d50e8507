"""The questions that every client asks, and the form in which its script reports what came.

A script prints one JSON object: the name of each thing it tried, and what its user got from it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from pydantic import BaseModel

QUESTION = "How can I sleep better?"
SECOND = "And with small children?"
LIMIT = 400  # tokens of an answer, more than it has
# An answer that would take minutes, so that it still runs when its reader leaves.
ENDLESS = {"ignore_eos": True, "max_tokens": 6000}
TOO_LONG = "sleep " * 5_000  # more tokens than the model's context has
UNKNOWN = "no-such-model"
TOO_HOT = 9.0  # a temperature that nobody takes
REFUSED = (
    1.5  # a frequency penalty, which the engine does not have, for clients that check temperatures themselves
)


class Advice(BaseModel):
    """Two long texts, which any model can write."""

    reason: str
    first_step: str


def script(main: Callable[[str, dict[str, Any]], Coroutine[Any, Any, None]]) -> None:
    """Run a client's script: its argument is the server's base address, its output what it noted."""
    import asyncio

    noted: dict[str, Any] = {}
    asyncio.run(main(sys.argv[1], noted))
    print(json.dumps(noted))


async def error_of(asked: Awaitable[object]) -> str:
    """Return the class and the text of the error that this ends with."""
    try:
        await asked
    except Exception as error:  # noqa: BLE001 - each client has classes of its own
        return f"{type(error).__name__}: {error}"
    return "no error"


def text_and_tokens(text: str, tokens: int | None, pieces: int | None = None) -> dict[str, Any]:
    """Return an answer as the tests read it; the pieces are those of a stream."""
    return {"text": text, "tokens": tokens or 0, **({} if pieces is None else {"pieces": pieces})}
