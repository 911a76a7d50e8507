"""Form of answers that was asked for: a JSON object of a schema, a list with an answer to every item.

Nothing is said of what the answers are worth; see the judge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n?```", re.DOTALL)
_NUMBER = re.compile(r"^ {0,3}[*_\"「]{0,2}(\d{1,3})[.):、．。]", re.MULTILINE)
_BULLET = re.compile(r"^ {0,3}[-*+•・–][ \t]*(?=\S)", re.MULTILINE)
_FENCES = re.compile(r"^[ \t]*```[^\n]*\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)
_WORDLESS = re.compile(r"[\W_]*")


def wrong_json(schema: str, text: str) -> str | None:
    """Return what is wrong with an answer that must be a JSON object; ``None``: nothing.

    A fence around all of it is no mistake. A text of white space alone is: the field is not written.

    Args:
        schema: The JSON schema, as JSON.
    """
    fenced = _FENCE.fullmatch(text.strip())
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    from jsonschema.exceptions import best_match

    if (validator := _validator(schema)) is None:
        return "the schema cannot be read"
    error = best_match(validator.iter_errors(value))
    if error is not None:
        return f"{_path(error.absolute_path)}: {error.message}"
    return next((f"{_path(place)}: is empty" for place in _blank(value, ())), None)


def wrong_items(reference: str, text: str) -> str | None:
    """Return what is wrong with an answer to a list of items; ``None``: nothing.

    Every item must have an answer, in the items' order. A word of the reference that the text has must be in
    the answer to its item.

    Args:
        reference: A line for each item: ``3.`` where the answer must keep that number, else ``-``; then a
            word that tells the item from the others, if there is one.
    """
    marks = [line.partition(" ") for line in reference.splitlines()]
    numbered = [mark[:-1] for mark, _, _ in marks if mark != "-"]
    readings = _numbered(text, numbered) if numbered else _readings(text)
    words = [word.casefold() for _, _, word in marks]
    found = [_mistake(entries, words) for entries in readings]
    return None if None in found else next(filter(None, found), "no list with the numbers of the items")


def _mistake(entries: Sequence[str], words: Sequence[str]) -> str | None:
    if len(entries) != len(words):
        return f"{len(entries)} answers to {len(words)} items"
    for number, (entry, word) in enumerate(zip(entries, words, strict=True), 1):
        if _WORDLESS.fullmatch(entry):
            return f"item {number} is not answered"
        if word and word not in entry.casefold() and word in " ".join(entries).casefold():
            return f"item {number} is not in its place: {word}"
    return None


def _numbered(text: str, numbers: Sequence[str]) -> list[list[str]]:
    """The entries of a list that has exactly these numbers."""
    return [_entries(_NUMBER, text)] if _NUMBER.findall(text) == list(numbers) else []


def _readings(text: str) -> list[list[str]]:
    """Entries of a text, by each of the forms that a list can have."""
    lines = [line for line in text.splitlines() if line.strip()]
    parts = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    return [lines, parts, _FENCES.findall(text), _entries(_NUMBER, text), _entries(_BULLET, text)]


def _entries(mark: re.Pattern[str], text: str) -> list[str]:
    found = list(mark.finditer(text))
    ends = [*(one.start() for one in found[1:]), len(text)]
    return [text[one.end() : end] for one, end in zip(found, ends, strict=False)]


@lru_cache(maxsize=64)
def _validator(schema: str) -> Validator | None:
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for  # only now: it takes a tenth of a second

    try:
        read = json.loads(schema)
        if not isinstance(read, dict):
            return None
        kind = validator_for(read)
        kind.check_schema(read)
    except (ValueError, RecursionError, SchemaError):
        return None
    return kind(read)


def _blank(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Places of texts without a word."""
    if isinstance(value, str) and not value.strip():
        yield place
    members: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, Mapping):
        members = iter(value.items())
    elif isinstance(value, list):
        members = iter(enumerate(value))
    for name, member in members:
        yield from _blank(member, (*place, name))


def _path(place: Sequence[str | int]) -> str:
    return ".".join(map(str, place)) or "the object"
