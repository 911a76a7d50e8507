"""Fitting of what a model wrote to the schema of a value: a number in quotation marks, an option in words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from ..text.sentences import last_sentence_end
from .json_text import JsonText
from .subschemas import References, Schema
from .validity import Checker, Problem

_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
_YES, _NO = ("true", "yes", "はい", "是"), ("false", "no", "いいえ", "否")
_DRESS = " \t\n\"'`*_.。,"
_LONGEST_WORDS = 400  # characters of an answer in words to a question for a short value


class Fitted(NamedTuple):
    """A value that fits its schema; or, with the problem, none."""

    value: Any
    problem: Problem | None


def fit(candidates: Iterable[Any], schema: Schema | bool, checker: Checker, *, cut: bool = False) -> Fitted:
    """Return the first candidate that is valid, as it is or read with good will.

    Args:
        candidates: What the model may have meant, the likeliest first.
        schema: The value's schema.
        checker: Check against it.
        cut: Whether a string that is too long may be cut.
    """
    first: Problem | None = None
    resolved = _resolved(schema)
    for candidate in candidates:
        for value in (candidate, *_readings(candidate, resolved, cut=cut)):
            problem = checker.problem(value)
            if problem is None:
                return Fitted(value, None)
            if first is None or "is not of type" in first.reason:  # which is of little help
                first = problem
    return Fitted(None, first or Problem((), "no JSON value was written"))


def in_words(text: str, schema: Schema | bool) -> Iterator[Any]:
    """Yield what a text without JSON may mean as a value of a schema."""
    resolved, said = _resolved(schema), text.strip()
    if len(said) > _LONGEST_WORDS and "string" in _types(resolved):
        yield said[:_LONGEST_WORDS].strip('"').strip()
    if len(said) > _LONGEST_WORDS:
        return
    types, options = _types(resolved), _options(resolved)
    if said and not types and not options and not _branches(resolved):
        yield said  # anything is allowed
    named = [option for option in options if _says(said, option)]
    first = [option for option in named if _says(said[: len(str(option)) + 2], option)]
    if len(named) == 1 or len(first) == 1:
        yield (first or named)[0]
    if types & {"integer", "number"} and (number := _NUMBER.search(said)):
        yield from _readings(number[0], resolved, cut=False)
    words = re.findall(r"\w+", said.casefold())
    if "boolean" in types and words:
        yield words[0]
    if "null" in types and said.strip(_DRESS).casefold() in ("null", "none"):
        yield None
    if "string" in types:
        yield said.strip().strip('"').strip()


def find_values(text: JsonText, names: Sequence[str], *, cut: bool = False) -> dict[str, Any]:
    """Return the named values that a model wrote: as one JSON object, or line by line.

    Args:
        text: The model's text.
        cut: Whether the text was cut.
        names: The names; those of nested values may stand as ``author.name`` or as an object in an object.
    """
    for value in text.values(cut=cut):
        if isinstance(value, dict):
            table = cast("dict[str, Any]", value)
            found = {name: got for name in names if (got := _looked_up(table, name)) is not _NOTHING}
            if found:
                return found
    return _lines(text.text, names)


_NOTHING = object()


def _looked_up(table: dict[str, Any], name: str) -> Any:
    if name in table:
        return table[name]
    inner: Any = table
    for step in re.findall(r"[^.\[\]]+", name):
        if isinstance(inner, dict) and step in inner:
            inner = cast("dict[str, Any]", inner)[step]
        elif isinstance(inner, list) and step.isdecimal() and int(step) < len(cast("list[Any]", inner)):
            inner = cast("list[Any]", inner)[int(step)]
        else:
            return _NOTHING
    return inner


def _lines(text: str, names: Sequence[str]) -> dict[str, Any]:
    """Return values that stand line by line, as in ``title: A soup``."""
    found: dict[str, Any] = {}
    wanted = {name.casefold(): name for name in names}
    for line in text.splitlines():
        label, colon, rest = line.partition(":")
        name = wanted.get(label.strip(_DRESS + "-•{").casefold())
        if colon and name is not None and (value := rest.strip().rstrip(",").strip('"` ')):
            found.setdefault(name, value)
    return found


def _readings(value: Any, schema: Schema, *, cut: bool) -> Iterator[Any]:
    """Yield other values that a model may have meant by one."""
    types = _types(schema)
    if isinstance(value, str):
        said = value.strip().strip(_DRESS)
        yield from (option for option in _options(schema) if _same(said, option))
        if (
            types & {"integer", "number"}
            and _NUMBER.fullmatch(said)
            and math.isfinite(number := _number(said))
        ):
            yield number
        if "boolean" in types and said.casefold() in _YES + _NO:
            yield said.casefold() in _YES
        if "string" in types:
            yield value.strip()
            if cut and isinstance(most := schema.get("maxLength"), int):
                yield shortened(value.strip(), most)
    elif isinstance(value, float) and value.is_integer():
        yield int(value)
    elif isinstance(value, int) and "string" in types:
        yield json.dumps(value)
    elif isinstance(value, dict | list) and len(cast("Any", value)) == 1:  # packed once more
        table = cast("Any", value)
        inner = next(iter(table.values())) if isinstance(value, dict) else table[0]
        yield inner
        if not isinstance(inner, dict | list):
            yield from _readings(inner, schema, cut=cut)


def shortened(text: str, most: int, least: int = 0) -> str:
    """Cut a text to a length, at the end of a sentence or else of a word where it has one.

    Args:
        text: The text.
        most: Most characters.
        least: Fewest characters.
    """
    if len(text) <= most:
        return text
    head = text[:most]
    end = last_sentence_end(head)
    if end <= max(0, least - 1):
        end = max(head.rfind(" "), 0)
    return head[:end].rstrip() if end >= max(1, least) else head


def _number(said: str) -> int | float:
    plain = said.replace(",", "")
    return int(plain) if re.fullmatch(r"[-+]?\d{1,300}", plain) else float(plain)


def _says(text: str, option: Any) -> bool:
    word = option if isinstance(option, str) else json.dumps(option)
    return bool(word) and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _same(said: str, option: Any) -> bool:
    word = option if isinstance(option, str) else json.dumps(option)
    return said.casefold() == word.strip(_DRESS).casefold()


def _options(schema: Schema) -> list[Any]:
    if "const" in schema:
        return [schema["const"]]
    given = schema.get("enum")
    inner = [_options(each) for each in _branches(schema)]
    return (
        list(cast("list[Any]", given)) if isinstance(given, list) else [one for each in inner for one in each]
    )


def _types(schema: Schema) -> set[str]:
    types = schema.get("type", [])
    own = {types} if isinstance(types, str) else set(cast("list[str]", types))
    return own.union(*(_types(each) for each in _branches(schema)))


def _branches(schema: Schema) -> list[Schema]:
    for key in ("anyOf", "oneOf"):
        entries = schema.get(key)
        if isinstance(entries, list):
            return [cast("Schema", entry) for entry in cast("list[Any]", entries) if isinstance(entry, dict)]
    return []


def _resolved(schema: Schema | bool) -> Schema:
    if isinstance(schema, bool):
        return {}
    found, _ = References(schema).resolved(schema)
    return found if isinstance(found, dict) else {}
