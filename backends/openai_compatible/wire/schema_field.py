"""Request field by which a server decodes by a JSON schema: OpenAI's ``response_format``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCHEMA = "response_format"
_CALLERS = (SCHEMA, "json_schema", "grammar", "structured_outputs", "guided_json", "regex", "ebnf", "format")
_NAME = "answer"  # required by OpenAI; the model may see it


def schema_field(
    schema: Mapping[str, Any] | None, callers: Mapping[str, Any], *, constrains: bool | None
) -> dict[str, Any]:
    """Return the field for a schema, where it is to be sent.

    Args:
        schema: JSON schema of the text; ``None`` without one.
        callers: The caller's own fields; a constraint among them wins.
        constrains: Whether the server is known to constrain. One that may be OpenAI's own service is sent
            objects alone, since it refuses every other root.
    """
    if schema is None or constrains is False or any(name in callers for name in _CALLERS):
        return {}
    if constrains is None and schema.get("type") != "object":
        return {}
    described = {"name": _NAME, "schema": schema, "strict": _is_strict(schema)}
    return {SCHEMA: {"type": "json_schema", "json_schema": described}}


def _is_strict(schema: Any) -> bool:
    """Return whether OpenAI takes a schema as a strict one: every object has just its required properties."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, Mapping):
        names = set(properties) if isinstance(properties, Mapping) else set[str]()
        required = schema.get("required", [])
        if schema.get("additionalProperties") is not False or not isinstance(required, list):
            return False
        if names != {name for name in required if isinstance(name, str)}:
            return False
    return all(map(_is_strict, schema.values()))
