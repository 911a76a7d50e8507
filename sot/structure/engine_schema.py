"""JSON schemas for an engine's decoding: without what the libraries that compile them do not have.

A single keyword that they do not know would leave the whole request without a constraint. What is left out
makes the constraint wider; the text is checked by the whole schema in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from ..errors import ConfigError
from .patterns import of_whole_text

_FORMATS = frozenset(
    ("date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uri", "uuid")
)
_LEFT_OUT = frozenset(
    (
        *("title", "description"),  # so that equal fields have equal schemas, which engines keep
        *("minLength", "maxLength"),  # they take some engines seconds to prepare, and much of each step
        *("uniqueItems", "contains", "minContains", "maxContains", "not", "if", "then", "else"),
        *("propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties"),
        *("unevaluatedItems", "contentEncoding", "contentMediaType", "contentSchema"),
    )
)
_BOUNDS = frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"))
_GREATEST_BOUND = 1e15


def for_engine(schema: Mapping[str, Any], target: Callable[[object], object]) -> dict[str, Any]:
    """Return a schema, without those inside it, as engines take it.

    Args:
        schema: The schema, as plain JSON.
        target: Returns what a ``$ref`` names; may raise `ConfigError`.
    """
    made = {key: value for key, value in schema.items() if key not in _LEFT_OUT}
    if "oneOf" in made and "anyOf" not in made:
        made["anyOf"] = made.pop("oneOf")
    elif "oneOf" in made:
        del made["oneOf"]
    if isinstance(form := made.get("format"), str):
        made["format"] = "uuid" if form.startswith("uuid") else form
    if made.get("format", "date") not in _FORMATS:
        del made["format"]
    if isinstance(pattern := made.get("pattern"), str):
        made["pattern"] = _wider(pattern)
        if not made["pattern"]:
            del made["pattern"]
    for bound in _BOUNDS.intersection(made):
        if abs(made[bound]) > _GREATEST_BOUND:
            del made[bound]
    names = _given_names(schema, target)
    if names and not {"properties", "patternProperties"} & made.keys():
        each = made.get("additionalProperties", True)
        made |= {"properties": dict.fromkeys(names, each), "additionalProperties": False}
    return made


def _wider(pattern: str) -> str:
    """Return a pattern of the whole text, without the conditions at its beginning."""
    try:
        return of_whole_text(pattern)
    except ConfigError:
        return pattern


def _given_names(schema: Mapping[str, Any], target: Callable[[object], object]) -> list[str]:
    """Return the names that the keys of an object are limited to, as of a mapping from an enumeration."""
    named: Any = schema.get("propertyNames")
    if isinstance(named, dict) and "$ref" in named:
        named = target(cast("dict[str, Any]", named)["$ref"])
    options: Any = cast("dict[str, Any]", named).get("enum") if isinstance(named, dict) else None
    return [name for name in cast("list[Any]", options or ()) if isinstance(name, str)]
