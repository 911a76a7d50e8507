"""Filters, tests, functions and methods that a prompt template may use, each of which pays for its work.

They are Jinja2's own. What is left out has no use in a prompt (HTML, randomness, printing of Python objects),
or its time cannot be told beforehand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, cast

import jinja2.filters
import jinja2.tests
from jinja2.exceptions import SecurityError
from jinja2.runtime import Undefined
from jinja2.utils import Cycler, Joiner, Namespace

from .budget import Budget, BudgetError, current_budget
from .percent import formatted_size

Function = Callable[..., Any]

MAX_WIDTH = 1_000  # of padding
MAX_RANGE = 10_000
_LISTS = (tuple, list, dict)
_PLAIN = (str, int, float, bool, type(None), *_LISTS)

_FILTERS = (
    *("abs", "batch", "capitalize", "center", "count", "d", "default", "dictsort", "e", "escape", "first"),
    *("float", "format", "indent", "int", "items", "join", "last", "length", "list", "lower", "map", "max"),
    *("min", "reject", "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr", "slice"),
    *("sort", "string", "title", "tojson", "trim", "truncate", "unique", "upper", "wordcount"),
)
_TESTS = (
    *("!=", "<", "<=", "==", ">", ">=", "boolean", "defined", "divisibleby", "eq", "equalto", "even"),
    *("false", "float", "ge", "greaterthan", "gt", "in", "integer", "iterable", "le", "lessthan", "lower"),
    *("lt", "mapping", "ne", "none", "number", "odd", "sameas", "sequence", "string", "true", "undefined"),
    "upper",
)
METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset(
        (
            *("capitalize", "casefold", "center", "count", "endswith", "find", "index", "isalnum", "isalpha"),
            *("isdecimal", "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "join"),
            *("ljust", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rjust"),
            *("rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill"),
        )
    ),
    dict: frozenset(("get", "items", "keys", "values")),
    tuple: frozenset(("count", "index")),
    list: frozenset(("count", "index")),
}
_PADS = frozenset(("batch", "center", "indent", "ljust", "rjust", "round", "slice", "zfill"))
_BY_ELEMENT = frozenset(("batch", "join", "list", "map", "max", "min", "slice", "sort", "unique"))
_SORTS = frozenset(("dictsort", "max", "min", "sort", "unique"))
_SORT_STEPS = 10


def checked(value: Any, budget: Budget) -> Any:
    """Return a new value of a template, which must be plain, once it is paid for.

    Raises:
        BudgetError: It is too large.
        SecurityError: It is no plain value.
    """
    if type(value) is str:
        budget.spend(1, len(value))
        return value
    if type(value) in _LISTS:
        budget.spend(1, budget.measure(value))
        _must_be_plain(value)
        return value
    if type(value) in _PLAIN or isinstance(value, Undefined):
        return value
    if isinstance(value, str):  # Markup, which some filters make
        return checked(str.__str__(value), budget)
    if isinstance(value, Iterable):
        return checked(_listed(cast("Iterable[Any]", value), budget), budget)
    raise SecurityError(f"{_called(value)} is no value for a prompt")


def text_of(value: Any, budget: Budget) -> str:
    """Return what a template shows of a value.

    Raises:
        BudgetError: It is too long.
        SecurityError: It is something that is not shown, such as a function.
    """
    if type(value) is str:
        budget.spend(1, len(value))
        return value
    if type(value) not in _PLAIN and not isinstance(value, Undefined):
        raise SecurityError(f"{_called(value)} is no text for a prompt")
    budget.spend(1, budget.measure(value))
    text = str(value)
    budget.spend(0, len(text))
    return text


def listed(value: Any, budget: Budget) -> Any:
    """Return what a loop runs over: a list as it is, an iterator's items as a list."""
    if type(value) is str:
        budget.spend(len(value))
        return value
    if type(value) in _LISTS or isinstance(value, Undefined):
        return value
    if isinstance(value, Iterable):
        return _listed(cast("Iterable[Any]", value), budget)
    raise SecurityError(f"{_called(value)} is nothing to loop over")


def _listed(values: Iterable[Any], budget: Budget) -> list[Any]:
    found: list[Any] = []
    for value in values:
        budget.spend(1)
        found.append(value)
    return found


def _must_be_plain(value: Any) -> None:
    if type(value) is dict:
        table = cast("dict[Any, Any]", value)
        held: Iterable[Any] = (*table.keys(), *table.values())
    else:
        held = value
    for each in held:
        if type(each) in _LISTS:
            _must_be_plain(each)
        elif type(each) not in _PLAIN and not isinstance(each, Undefined):
            raise SecurityError(f"{_called(each)} is no value for a prompt")


def _called(value: object) -> str:
    return f"{getattr(value, '__name__', None) or type(value).__name__!r}"


def pay(name: str, values: tuple[Any, ...], more: Mapping[str, Any], budget: Budget) -> None:
    """Pay for a call of a filter, a test or a method, by the size of what it is given.

    Args:
        name: The filter, test or method.
        values: Its arguments, the value that it works on first.
        more: Its named arguments.
        budget: What is left.

    Raises:
        BudgetError: It costs more.
    """
    first, others = values[0], (*values[1:], *more.values())
    sizes = [budget.measure(other) for other in others]
    size, longest = budget.measure(first), max(sizes, default=0)
    # A search takes at worst as long as the text times what is looked for, many characters at a time.
    budget.spend(2, size * (1 + sum(sizes) // 100))
    if name in _BY_ELEMENT and type(first) is str:
        budget.spend(len(first))
    if name in _SORTS and type(first) in _LISTS:
        budget.spend(_SORT_STEPS * len(first))
    if name in _PADS and any(type(other) is int and abs(other) > MAX_WIDTH for other in others):
        raise BudgetError(f"{name} is given more than {MAX_WIDTH:,}")
    if name == "join":
        budget.spend(0, longest * _length(first) + longest * _length(others[0] if others else ""))
    elif type(first) is str and (grown := _GROWTH.get(name)) is not None:
        budget.spend(0, grown(first, others, longest))


def _length(value: Any) -> int:
    return len(value) if type(value) is str or type(value) in _LISTS else 0


def _replaced(text: str, others: tuple[Any, ...], longest: int) -> int:
    old = others[0] if others else ""
    return longest * (text.count(old) if isinstance(old, str) and old else len(text) + 1)


def _indented(text: str, others: tuple[Any, ...], longest: int) -> int:
    widths = (other for other in others if type(other) is int)
    return (text.count("\n") + 1) * max(4, longest, *widths)


def _escaped(text: str, _others: tuple[Any, ...], _longest: int) -> int:
    return 6 * len(text)


_GROWTH: Mapping[str, Callable[[str, tuple[Any, ...], int], int]] = {
    "replace": _replaced,
    "indent": _indented,
    "format": lambda text, _, longest: formatted_size(text, longest),
    "tojson": _escaped,
    "escape": _escaped,
    "e": _escaped,
}


def paying(name: str, function: Function) -> Function:
    """Return a filter or a test that pays before it works, and gives plain values only."""
    skipped = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def paid(*values: Any, **more: Any) -> Any:
        budget = current_budget()
        pay(name, values[skipped:], more, budget)
        return checked(function(*values, **more), budget)

    return paid


class PlainNamespace(Namespace):
    """Namespace of a template, which holds plain values."""

    def __init__(self, *values: Any, **more: Any) -> None:
        super().__init__(checked(dict(*values, **more), current_budget()))

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, checked(value, current_budget()))


def short_range(*bounds: int) -> list[int]:
    """Return the numbers of a range that is not long."""
    numbers = range(*bounds)
    if numbers and max(abs(numbers[0]), abs(numbers[-1])) > sys.maxsize:
        raise BudgetError("a range goes beyond the numbers of this machine")
    if len(numbers) > MAX_RANGE:
        raise BudgetError(f"a range is longer than {MAX_RANGE:,}")
    return list(numbers)


FILTERS = {
    name: paying(name, jinja2.filters.FILTERS[name])  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - untyped there
    for name in _FILTERS
}
TESTS = {
    name: paying(name, jinja2.tests.TESTS[name])  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - untyped there
    for name in _TESTS
}
GLOBALS: Mapping[str, Function] = {
    "range": short_range,
    "dict": dict,
    "namespace": PlainNamespace,
    "joiner": Joiner,
    "cycler": Cycler,
}
