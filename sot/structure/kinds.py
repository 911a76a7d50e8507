"""Kinds of JSON schemas: short values, texts, and objects and lists that can be taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from .keywords import is_annotation
from .limits import MOST_ELEMENTS
from .subschemas import Schema

SHORT_TEXT = 64
"""Most characters of a string that is written together with the numbers."""

_SCALARS = frozenset(("boolean", "integer", "null", "number"))
_FORMATS = frozenset(
    (
        *("date", "time", "date-time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4"),
        *("ipv6", "uuid", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "json-pointer"),
        *("relative-json-pointer", "regex", "binary", "byte"),
        *(f"uuid{version}" for version in range(1, 9)),  # pydantic's
    )
)
_SCALAR_RULES = frozenset(
    ("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const", "enum")
)
_TEXT_RULES = frozenset(("type", "minLength", "maxLength", "pattern", "format"))
_OBJECT_RULES = frozenset(
    (
        *("type", "properties", "required", "additionalProperties", "minProperties", "maxProperties"),
        "dependentRequired",
    )
)
_LIST_RULES = frozenset(("type", "items", "prefixItems", "minItems", "maxItems"))
_BOUNDS = (
    ("string", "minLength", "maxLength"),
    ("array", "minItems", "maxItems"),
    ("object", "minProperties", "maxProperties"),
    ("integer", "minimum", "maximum"),
    ("number", "minimum", "maximum"),
)
_UNBOUNDED = re.compile(r"(?<!\\)(?:\*|\+|\{\d+,\})")


@dataclass(frozen=True, slots=True)
class TextRules:
    """Rules of a schema for a string.

    Args:
        shortest: Fewest characters.
        longest: Most characters; ``None``: any number.
        shaped: Whether a pattern or a format decides about the whole text, so that no part of it is known to
            be valid before its end.
        nullable: Whether ``null`` may stand in its place.
    """

    shortest: int = 0
    longest: int | None = None
    shaped: bool = False
    nullable: bool = False


def is_short(schema: Schema | bool) -> bool:
    """Return whether all values are short: numbers, truth values, given ones, short strings."""
    if isinstance(schema, bool):
        return False
    rules = _rules(schema)
    if "const" in rules or "enum" in rules:
        return True
    for key in ("anyOf", "oneOf"):
        entries = schema.get(key)
        if rules == {key} and isinstance(entries, list):
            inner = cast("list[Any]", entries)
            return all(isinstance(entry, dict) and is_short(cast("Schema", entry)) for entry in inner)
    types = _types(schema)
    if not types or not types <= _SCALARS | {"string"}:
        return False
    return rules <= _SCALAR_RULES | _TEXT_RULES and ("string" not in types or _is_short_text(schema))


def text_rules(schema: Schema | bool) -> TextRules | None:
    """Return the rules of a schema whose values are strings, or strings and null; ``None`` for others."""
    if isinstance(schema, bool):
        return None
    rules, nullable = _rules(schema), False
    for key in ("anyOf", "oneOf"):
        if rules == {key} and isinstance(schema[key], list):
            entries = cast("list[Any]", schema[key])
            strings = [entry for entry in entries if not _is_null(entry)]
            if len(strings) != 1 or len(entries) != 2 or not isinstance(strings[0], dict):
                return None
            schema, nullable = cast("Schema", strings[0]), True
            rules = _rules(schema)
    types = _types(schema)
    if "string" not in types or not types <= {"string", "null"} or not rules <= _TEXT_RULES:
        return None
    return TextRules(
        shortest=int(schema.get("minLength", 0)),
        longest=int(schema["maxLength"]) if "maxLength" in schema else None,
        shaped="pattern" in schema or schema.get("format") in _FORMATS,
        nullable=nullable or "null" in types,
    )


def members(schema: Schema | bool) -> Mapping[str, Any] | None:
    """Return the properties of an object that can be taken apart; ``None`` for other schemas."""
    if isinstance(schema, bool) or not _rules(schema) <= _OBJECT_RULES:
        return None
    properties = schema.get("properties")
    free = schema.get("additionalProperties", True)
    if not isinstance(properties, dict) or not properties or not isinstance(free, bool):
        return None
    if schema.get("type", "object") != "object":
        return None
    declared = cast("dict[str, Any]", properties)
    needed = {"": schema.get("required", []), **schema.get("dependentRequired", {})}
    if not all(name in declared for names in needed.values() for name in cast("list[str]", names)):
        return None
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", len(declared))
    return declared if least <= len(declared) <= most else None  # all of them are written


def elements(schema: Schema | bool) -> list[Any] | None:
    """Return the schemas of the elements of a list of fixed length; ``None`` for other schemas."""
    if isinstance(schema, bool) or schema.get("type") != "array" or not _rules(schema) <= _LIST_RULES:
        return None
    first = cast("list[Any]", schema.get("prefixItems", []))
    rest: Any = schema.get("items", True)
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if rest is False and most is None:
        most = len(first)
    if least != most or not 1 <= least <= MOST_ELEMENTS:
        return None
    count = int(least)
    if len(first) < count and rest in (True, False):
        return None
    return [first[at] if at < len(first) else rest for at in range(count)]


def allows_nothing(schema: Schema | bool) -> bool:
    """Return whether a schema is seen at once to have no value: its bounds cross, or it has no option."""
    if isinstance(schema, bool):
        return not schema
    if schema.get("enum") == []:
        return True
    types = _types(schema)
    return any(
        types == {kind} and least in schema and most in schema and schema[least] > schema[most]
        for kind, least, most in _BOUNDS
    )


def _is_short_text(schema: Schema) -> bool:
    pattern = schema.get("pattern")
    fixed = isinstance(pattern, str) and pattern.startswith("^") and pattern.endswith("$")
    return (
        schema.get("format") in _FORMATS
        or schema.get("maxLength", SHORT_TEXT + 1) <= SHORT_TEXT
        or (fixed and not _UNBOUNDED.search(str(pattern)))
    )


def _rules(schema: Schema) -> set[str]:
    return {key for key in schema if not is_annotation(key) and key not in ("$defs", "definitions")}


def _types(schema: Schema) -> set[str]:
    types = schema.get("type", [])
    return {types} if isinstance(types, str) else set(cast("list[str]", types))


def _is_null(schema: object) -> bool:
    return isinstance(schema, dict) and cast("Schema", schema).get("type") == "null"
