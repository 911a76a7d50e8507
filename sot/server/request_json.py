"""JSON of request bodies: parsed within a bound on its values, large bodies in another thread."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from .failures import Failure, bad_request

# The parser holds the interpreter until it is done. So many values take it some 20 ms, and the event loop
# waits no longer for any request.
MOST_VALUES = 100_000
MOST_LEVELS = 200  # of lists and objects within each other; with near 1000 they cannot be encoded again
_HERE = 4 * 1024  # bytes that are read in less time than a thread costs
_SCHEMA = b'schema"'  # a JSON schema takes longer to plan than its size tells

_Read = TypeVar("_Read")


async def off_the_loop(raw: bytes, read: Callable[[bytes], _Read]) -> _Read:
    """Read a request's body without holding up others: a large one, or with a schema, in another thread.

    Args:
        raw: The body.
        read: Reader of a body.

    Raises:
        Failure: The request is invalid.
    """
    here = len(raw) <= _HERE and _SCHEMA not in raw
    return read(raw) if here else await asyncio.to_thread(read, raw)


def json_object(raw: bytes) -> dict[str, Any]:
    """Parse a body that is a JSON object.

    Raises:
        Failure: It is none, has too many values or is nested too deeply (400).
    """
    try:
        text = raw.decode(json.detect_encoding(raw), "surrogatepass")
        if count_values(text, MOST_VALUES) > MOST_VALUES:
            raise _too_many()
        value: object = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except UnicodeDecodeError:
        raise bad_request("the request's body is not text in UTF-8") from None
    except ValueError:
        raise bad_request("the request's body is not valid JSON") from None
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(value, dict):
        raise bad_request("the request's body must be a JSON object")
    fields = cast("dict[str, Any]", value)
    if text.count("[") + text.count("{") > MOST_LEVELS and _is_deep(fields):
        raise _too_deep()
    return fields


def count_values(text: str, most: int) -> int:
    """Count the lists, objects, items and texts of a JSON document, up to one more than ``most``.

    Zero for a document that is too short to have more. A text counts once, whatever its length, and is passed
    over in one step.
    """
    if len(text) <= most:  # every one takes a character at least
        return 0
    count = at = 0
    while count <= most:
        quote = text.find('"', at)
        end = len(text) if quote < 0 else quote
        count += sum(text.count(mark, at, end) for mark in "[{,")
        if quote < 0:
            break
        count += 1
        at = _after_text(text, quote)
    return min(count, most + 1)


def _after_text(text: str, quote: int) -> int:
    """Return the position after the text that begins at a quotation mark."""
    end = quote
    while True:
        end = text.find('"', end + 1)
        if end < 0:
            return len(text)
        before = end
        while text[before - 1] == "\\":
            before -= 1
        if (end - before) % 2 == 0:
            return end + 1


def _is_deep(fields: dict[str, Any]) -> bool:
    level: list[dict[str, Any] | list[Any]] = [fields]
    for _ in range(MOST_LEVELS):
        level = [
            cast("dict[str, Any] | list[Any]", child)
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def _too_deep() -> Failure:
    message = f"the request's body has more than {MOST_LEVELS} lists and objects within each other"
    return bad_request(message, code="request_too_large")


def _too_many() -> Failure:
    return bad_request(f"the request's body has more than {MOST_VALUES} values", code="request_too_large")


def _no_number(name: str) -> NoReturn:
    raise bad_request(f"the request's body has {name}, which is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise bad_request(f"the request's body has a number that is too large: {digits[:40]}")
    return number
