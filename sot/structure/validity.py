"""Check of JSON values against JSON schemas (draft 2020-12), with bounded work and nothing fetched.

Regular expressions run in linear time, so that no schema can stall on a text; an engine with lookarounds and
backreferences could. The keywords are those of ``jsonschema``, counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextvars import ContextVar
from datetime import datetime, time
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, cast

from ..errors import ConfigError
from .patterns import matches, refusal
from .strings import quoted, visible
from .subschemas import Schema, subschemas
from .work import Budget, TooMuchWork, Work

_LONGEST_REASON = 300  # characters
_DURATION = re.compile(
    r"P(?=.)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?)", re.ASCII
)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
_ATOM = r"[^\s@\"(),:;<>\[\\\].]+"
_EMAIL = re.compile(
    rf"(?:{_ATOM}(?:\.{_ATOM})*|\"[^\"\\]+\")@(?:{_ATOM}(?:\.{_ATOM})*|\[[0-9A-Fa-f.:IPv]+\])"
)
# As RFC 3339 has them, but for the offset, which a time without a zone does not have.
_CLOCK = r"\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)?"
_TIME = re.compile(_CLOCK, re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME = re.compile(rf"{_DATE.pattern}[Tt ]{_CLOCK}", re.ASCII)
_EXAMPLES = {
    "date": "2024-01-31",
    "date-time": "2024-01-31T10:00:00Z",
    "time": "10:00:00",
    "duration": "P3DT4H",
    "email": "name@example.com",
}
_ODD_NAME = re.compile(r"[^\w $@+-]|^[ ]|[ ]$")
_BOOLEANS = (object(), object())  # equal to no number
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")

_WORK: ContextVar[Work] = ContextVar("work")  # of the check under way


class Problem(NamedTuple):
    """Reason why a value is not valid.

    Args:
        path: Names and numbers that lead to what is at fault.
        reason: The reason, in one line.
        rule: Keyword of the schema that it breaks; empty where that is not known.
    """

    path: tuple[str | int, ...]
    reason: str
    rule: str = ""


class Checker:
    """Check of values against one schema.

    Args:
        schema: The schema, as plain JSON that refers to nothing outside itself.
        known: Whether it is known to be a valid schema, as a part of one.
        budget: Steps that it shares with other checks; unless given, each check has a budget of its own.

    Raises:
        ConfigError: It is no valid schema.
    """

    def __init__(self, schema: Schema | bool, *, known: bool = False, budget: Budget | None = None) -> None:
        from referencing.jsonschema import EMPTY_REGISTRY

        if not known:
            check_schema(schema)
        self._budget = budget
        made = _validator_class()
        self._validator: Any = made(schema, registry=EMPTY_REGISTRY, format_checker=_formats())

    def problem(self, value: Any) -> Problem | None:
        """Return why a value is not valid; ``None`` where it is."""
        from jsonschema import exceptions

        under_way = _WORK.set(Work(self._budget or Budget()))
        try:
            error: Any = cast("Any", exceptions).best_match(self._validator.iter_errors(value))
        except TooMuchWork:
            return Problem((), "it takes too long to check it against the schema")
        except RecursionError:
            return Problem((), "it is nested too deep")
        except ArithmeticError:
            return Problem((), "it has a number that is too large to be checked")
        finally:
            _WORK.reset(under_way)
        if error is None:
            return None
        return Problem(tuple(error.absolute_path), _line(error), str(error.validator))


def shown_path(path: Sequence[str | int]) -> str:
    """Return a path as people write it, such as ``steps[2].text``; odd names stand in quotation marks."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _ODD_NAME.search(step) or not step:
            text += f"[{visible(quoted(step))}]"
        else:
            text += f".{step}" if text else step
    return text


def check_schema(schema: Schema | bool) -> None:
    """Check a schema itself.

    Raises:
        ConfigError: It is no valid schema.
    """
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema, format_checker=FormatChecker([]))
    except SchemaError as failure:
        error = cast("Any", failure)
        raise ConfigError(f"the schema is invalid{_place(error.absolute_path)}: {_line(error)}") from None
    except RecursionError:
        raise ConfigError("the schema is nested too deep") from None
    for where, each in subschemas(schema) if isinstance(schema, dict) else ():
        for pattern in (each.get("pattern"), *(each.get("patternProperties") or ())):
            if isinstance(pattern, str):
                _check_pattern(where, pattern)


def _check_pattern(where: str, pattern: str) -> None:
    """Compile a regular expression.

    Raises:
        ConfigError: It is none, or none that runs in linear time.
    """
    if reason := refusal(pattern):
        raise ConfigError(f"the schema at {where} has a regular expression that cannot be used: {reason}")


@lru_cache(maxsize=1)
def _validator_class() -> Any:
    from jsonschema import Draft202012Validator, validators

    own: dict[str, Any] = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "multipleOf": _multiple_of,
        "format": _format,
        "uniqueItems": _unique_items,
    }
    keywords = {**cast("dict[str, Any]", Draft202012Validator.VALIDATORS), **own}
    counted = {name: _counted(name, check) for name, check in keywords.items()}
    return cast("Any", validators).extend(Draft202012Validator, counted)


def _counted(keyword: str, check: Callable[..., Any]) -> Callable[..., Any]:
    def counted(validator: Any, rule: Any, value: object, schema: Schema) -> Any:
        work = _WORK.get()
        work.take(work.cost(keyword, rule, value, schema))
        return check(validator, rule, value, schema)

    return counted


def _unique_items(validator: Any, unique: object, value: object, schema: Schema) -> Iterator[Any]:
    from jsonschema import ValidationError

    if unique is True and isinstance(value, list):
        entries = cast("list[Any]", value)
        if len(set(map(_identity, entries))) < len(entries):
            yield ValidationError("the list has the same element twice")


def without_repeats(entries: Sequence[Any]) -> list[Any]:
    """Return a list without the elements that it has before, as JSON compares them."""
    first: dict[Hashable, Any] = {}
    for each in entries:
        first.setdefault(_identity(each), each)
    return list(first.values())


def _identity(value: Any) -> Hashable:
    """Return what equal JSON values have in common: 1 is 1.0, and neither is true."""
    if isinstance(value, dict):
        return frozenset((name, _identity(each)) for name, each in cast("dict[str, Any]", value).items())
    if isinstance(value, list):
        return tuple(map(_identity, cast("list[Any]", value)))
    return _BOOLEANS[value] if isinstance(value, bool) else cast("Hashable", value)


def _pattern(validator: Any, pattern: str, value: object, schema: Schema) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(value, str) and not matches(pattern, value):
        yield ValidationError(f"the text does not match {pattern!r}")


def _multiple_of(validator: Any, step: int | float, value: object, schema: Schema) -> Iterator[Any]:
    """Check a number by its digits, so that 19.99 is a multiple of 0.01."""
    from jsonschema import ValidationError

    if isinstance(value, int | float) and not isinstance(value, bool) and _exact(value) % _exact(step):
        yield ValidationError(f"{value!r} is not a multiple of {step!r}")


def _exact(number: int | float) -> Fraction:
    return Fraction(number if isinstance(number, int) else repr(number))


def _format(validator: Any, name: str, value: object, schema: Schema) -> Iterator[Any]:
    from jsonschema import ValidationError

    if not _formats().conforms(value, name):
        example = f", such as {_EXAMPLES[name]}" if name in _EXAMPLES else ""
        yield ValidationError(f"{value!r} is not a {name!r}{example}")


def _pattern_properties(
    validator: Any, patterns: dict[str, Any], value: object, schema: Schema
) -> Iterator[Any]:
    for pattern, inner in patterns.items() if isinstance(value, dict) else ():
        for name, each in cast("dict[str, Any]", value).items():
            if matches(pattern, name):
                yield from validator.descend(each, inner, path=name, schema_path=pattern)


def _additional_properties(validator: Any, inner: Any, value: object, schema: Schema) -> Iterator[Any]:
    from jsonschema import ValidationError

    if not isinstance(value, dict):
        return
    declared: dict[str, Any] = schema.get("properties") or {}
    patterns: dict[str, Any] = schema.get("patternProperties") or {}
    for name, each in cast("dict[str, Any]", value).items():
        if name in declared or any(matches(pattern, name) for pattern in patterns):
            continue
        if inner is False:
            yield ValidationError(f"the property {name!r} is not allowed")
        else:
            yield from validator.descend(each, inner, path=name)


@lru_cache(maxsize=1)
def _formats() -> Any:
    """Return the formats that are checked; others are notes."""
    from jsonschema import FormatChecker

    checker = FormatChecker(("ipv4", "ipv6", "uuid"))

    def add(name: str, check: Callable[[str], object]) -> None:
        def checks(value: object) -> bool:
            return not isinstance(value, str) or bool(check(value))

        checker.checks(name, raises=ValueError)(checks)

    def of_version(version: int) -> Callable[[str], object]:
        return lambda text: checker.conforms(text, "uuid") and text[14] == str(version)

    for version in range(1, 9):
        add(f"uuid{version}", of_version(version))
    add("date", lambda text: _DATE.fullmatch(text) and datetime.fromisoformat(text))
    add("date-time", lambda text: _DATE_TIME.fullmatch(text) and datetime.fromisoformat(text.upper()))
    add("time", lambda text: _TIME.fullmatch(text) and bool(time.fromisoformat(text.upper()).isoformat()))
    add("email", _EMAIL.fullmatch)
    add("duration", _DURATION.fullmatch)
    add("hostname", _HOST.fullmatch)
    add("uri", _URI.fullmatch)
    return checker


def _place(path: Sequence[str | int]) -> str:
    return f" at {shown_path(path)}" if path else ""


def _line(error: Any) -> str:
    """Return an error's message as one line of bounded length."""
    text = "".join(char if char.isprintable() else " " for char in error.message)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"
