"""Conversion of values to plain ones, the only kind that a template gets.

A method of an object of ours, or of a library, is a way out of the sandbox. Strings, numbers, tuples and
tables have none that does anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import cast

_AS_THEY_ARE = (str, int, float, bool, type(None))


def plain(value: object) -> object:
    """Convert a value to strings, numbers, tuples and dictionaries.

    Raises:
        TypeError: It is something else.
    """
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        table = cast("Mapping[object, object]", value)
        return {plain(key): plain(each) for key, each in table.items()}
    if isinstance(value, (tuple, list)):
        return tuple(plain(each) for each in cast("Sequence[object]", value))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    model_fields = getattr(type(value), "model_fields", None)
    if model_fields is not None:  # of pydantic, which is not imported for this
        return {name: plain(getattr(value, name)) for name in model_fields}
    raise TypeError(f"a template gets plain values only, not {type(value).__name__}")
