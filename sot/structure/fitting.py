"""Fitting of what a model wrote to the schema of a value: a number in quotation marks, an option in words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from ..text.sentences import last_sentence_end
from .json_text import JsonText
from .strings import without_surrogates
from .subschemas import References, Schema
from .validity import Checker, Problem, without_repeats
from .value_types import types_of

# Commas stand between thousands alone: "1,5" may be a decimal fraction, or two numbers.
_NUMBER = re.compile(
    r"(?<![\d.,])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?(?!\d|[.,]\d)"
)
_YES, _NO = ("true", "yes", "はい", "是"), ("false", "no", "いいえ", "否")
_BRANCHES = ("anyOf", "oneOf", "allOf")
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
    best: Problem | None = None
    resolved = _resolved(schema)
    for candidate in candidates:
        for value in (candidate, *_readings(candidate, resolved, cut=cut)):
            problem = checker.problem(value)
            if problem is None:
                return Fitted(value, None)
            if best is None or (_of_little_help(best) and not _of_little_help(problem)):
                best = problem
    return Fitted(None, best or Problem((), "no JSON value was written"))


def _of_little_help(problem: Problem) -> bool:
    """Return whether a problem says no more than that the value is something else altogether."""
    return not problem.path and problem.rule in ("type", "anyOf", "oneOf", "enum", "const")


def in_words(text: str, schema: Schema | bool, *, cut: bool = False) -> Iterator[Any]:
    """Yield what a text without JSON may mean as a value of a schema.

    Args:
        text: The text.
        schema: The schema.
        cut: Whether the text was cut, so that a number at its end may have gone on.
    """
    resolved, said = _resolved(schema), without_surrogates(text.strip())
    if len(said) > _LONGEST_WORDS:
        if "string" in types_of(schema):
            yield _unquoted(said)
        return
    types, options = _types(resolved), _options(resolved)
    if said and not types and not options and not _branches(resolved):
        yield said  # anything is allowed
    named = [option for option in options if _says(said, option)]
    first = [option for option in named if _says(said[: len(str(option)) + 2], option)]
    if len(named) == 1 or len(first) == 1:
        yield (first or named)[0]
    number = _NUMBER.search(said) if types & {"integer", "number"} else None
    if number is not None and not (cut and number.end() == len(said)):
        yield from _readings(number[0], resolved, cut=False)
    words = re.findall(r"\w+", said.casefold())
    if "boolean" in types and words:
        yield words[0]
    if "null" in types and said.strip(_DRESS).casefold() in ("null", "none"):
        yield None
    if "string" in types:
        yield _unquoted(said)


def _unquoted(said: str) -> str:
    """Take off quotation marks around a whole text; those inside it have no other to be a pair with."""
    inner = said.strip().strip('"').strip()
    return said.strip() if '"' in inner else inner


def find_values(
    text: JsonText, paths: Mapping[str, Sequence[str | int]], *, cut: bool = False
) -> dict[str, Any]:
    """Return the named values that a model wrote: as one JSON object, or line by line.

    Args:
        text: The model's text.
        paths: The names with the paths that they show; a value may stand by its name (``author.name``), or
            where its path leads, as in the whole document.
        cut: Whether the text was cut.
    """
    for value in text.values(cut=cut):
        if isinstance(value, dict):
            table = cast("dict[str, Any]", value)
            found = {
                name: got
                for name, path in paths.items()
                if (got := _looked_up(table, name, path)) is not _NOTHING
            }
            if found:
                return found
    lines = without_surrogates(text.text).splitlines(keepends=True)
    if cut and lines and not lines[-1].endswith("\n"):
        lines.pop()
    return _lines(lines, paths)


_NOTHING = object()


def _looked_up(table: dict[str, Any], name: str, path: Sequence[str | int]) -> Any:
    if name in table:
        return table[name]
    inner: Any = table
    for step in path:
        if isinstance(inner, dict) and str(step) in inner:
            inner = cast("dict[str, Any]", inner)[str(step)]
        elif isinstance(inner, list) and isinstance(step, int) and step < len(cast("list[Any]", inner)):
            inner = cast("list[Any]", inner)[step]
        else:
            return _NOTHING
    return inner


def _lines(lines: Sequence[str], paths: Mapping[str, Sequence[str | int]]) -> dict[str, Any]:
    """Return values that stand line by line, as in ``title: A soup``."""
    found: dict[str, Any] = {}
    wanted = {str(path[0]).casefold(): name for name, path in paths.items() if len(path) == 1}
    wanted |= {name.casefold(): name for name in paths}
    for line in lines:
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
    elif isinstance(value, list) and schema.get("uniqueItems") is True and len(cast("Any", value)) > 1:
        yield without_repeats(cast("list[Any]", value))
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
    for key in _BRANCHES:
        entries = schema.get(key)
        if isinstance(entries, list):
            return [cast("Schema", entry) for entry in cast("list[Any]", entries) if isinstance(entry, dict)]
    return []


def _resolved(schema: Schema | bool) -> Schema:
    if isinstance(schema, bool):
        return {}
    references = References(schema)
    found, _ = references.resolved(schema)
    if not isinstance(found, dict):
        return {}
    branches = {
        key: [references.resolved(entry)[0] for entry in found[key]] for key in _BRANCHES if key in found
    }
    return {**found, **branches}
