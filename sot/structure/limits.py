"""Limits of JSON schemas, and the check that a schema keeps them: anybody may send one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ..errors import ConfigError
from .keywords import WORDS, is_annotation
from .strings import visible
from .subschemas import Schema, reachable

MOST_BYTES = 64 * 1024
"""Most bytes of a schema as JSON."""

MOST_NESTED = 48
"""Most levels of brackets of a schema as JSON."""

MOST_FIELDS = 256
"""Most single values that a schema's objects and fixed lists have, all levels together."""

MOST_REQUESTS = 64
"""Most parts of a schema that are requests of their own."""

MOST_LEVELS = 8
"""Most levels of objects and fixed lists that are taken apart; what is below is written in one piece."""

MOST_ELEMENTS = 32
"""Most elements of a fixed list that is taken apart."""

MOST_PATTERNS = 64
"""Most regular expressions of a schema."""

LONGEST_NAME = 200
"""Most characters of a property's name."""

_PLAIN = (str, int, float, bool, type(None))
_UNSUPPORTED = ("$dynamicRef", "$recursiveRef")


def checked(schema: Mapping[str, Any]) -> Schema:
    """Return a schema as plain JSON, once it is known to keep the limits.

    Raises:
        ConfigError: It does not, it is no JSON schema, or it uses what is not supported.
    """
    _check_nested(schema)
    try:
        text = json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the schema is no JSON: {error}") from None
    size = len(text.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        raise ConfigError(f"the schema has {size} bytes; it must have at most {MOST_BYTES}")
    plain: Schema = json.loads(text)
    _check_is_schema(plain)
    patterns, by_pattern, unevaluated = 0, False, ""
    for where, each in reachable(plain):
        _check_keywords(where, each)
        by_pattern = by_pattern or "patternProperties" in each
        unevaluated = where if "unevaluatedProperties" in each else unevaluated
        named = each.get("patternProperties")
        patterns += ("pattern" in each) + len(cast("Schema", named) if isinstance(named, dict) else ())
        if patterns > MOST_PATTERNS:
            raise ConfigError(f"the schema has more than {MOST_PATTERNS} regular expressions")
    if by_pattern and unevaluated:  # what one pattern or another has named would take Python's own engine
        raise ConfigError(
            f"the schema at {unevaluated} has unevaluatedProperties in a schema with patternProperties, "
            "which is not supported"
        )
    return plain


def _check_is_schema(schema: Schema) -> None:
    """Refuse an object that is something else, such as what an API packs a schema in.

    Everything would be valid for it, because keywords that are unknown say nothing.
    """
    others = [key for key in schema if key not in WORDS and not key.startswith(("x-", "$"))]
    packed = schema.get("type") == "json_schema"
    if not packed and (not others or not all(map(is_annotation, schema))):
        return
    inner = next((key for key in ("schema", "json_schema") if isinstance(schema.get(key), dict)), "")
    hint = f"; the schema itself may be in {inner}" if inner else ""
    raise ConfigError(
        f"this is no JSON Schema: nothing in it says what is valid ({visible(', '.join(others)[:100])}){hint}"
    )


def _check_nested(schema: Mapping[str, Any]) -> None:
    """Check the depth without recursion, which also finds what contains itself."""
    if not isinstance(cast("object", schema), Mapping):
        raise ConfigError("the schema must be an object (a mapping)")
    left: list[Iterator[Any]] = [iter([schema])]
    while left:
        value = next(left[-1], left)
        if value is left:
            left.pop()
        elif isinstance(value, Mapping):
            left.append(iter(list(cast("Mapping[object, Any]", value).values())))
        elif isinstance(value, list | tuple):
            left.append(iter(cast("Sequence[Any]", value)))
        elif not isinstance(value, _PLAIN):
            raise ConfigError(f"the schema is no JSON: it holds a {type(value).__name__}")
        if len(left) > MOST_NESTED:
            raise ConfigError(f"the schema is nested more than {MOST_NESTED} levels deep")


def _check_keywords(where: str, schema: Schema) -> None:
    """Refuse what would reach outside the schema, or is not supported.

    Args:
        where: Place of the subschema, as a JSON pointer.
        schema: The subschema.
    """
    for keyword in _UNSUPPORTED:
        if keyword in schema:
            raise ConfigError(f"the schema at {where} uses {keyword}, which is not supported")
    if where != "#" and "$id" in schema:
        raise ConfigError(f"the schema at {where} has an $id of its own, which is not supported")
    properties = schema.get("properties")
    names = cast("dict[str, Any]", properties) if isinstance(properties, dict) else ()
    for name in names:
        if len(name) > LONGEST_NAME:
            raise ConfigError(f"a property at {where} has a name of more than {LONGEST_NAME} characters")
