"""JSON types that the values of a schema may have."""

from __future__ import annotations

from typing import Any, cast

from ..errors import ConfigError
from .subschemas import References, Schema

_ALL = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))
_NAMES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_MOST_SCHEMAS = 200  # looked at for one value; beyond them everything is possible


def types_of(schema: Schema | bool) -> frozenset[str]:
    """Return the types that values of a schema may have; rather too many than too few.

    Args:
        schema: The schema, with the definitions that it needs.
    """
    return _Types(schema if isinstance(schema, dict) else {}).of(schema)


class _Types:
    """Search for the types of one schema's values."""

    def __init__(self, root: Schema) -> None:
        self._references = References(root)
        self._left = _MOST_SCHEMAS

    def of(self, schema: Schema | bool) -> frozenset[str]:
        self._left -= 1
        if isinstance(schema, bool):
            return _ALL if schema else frozenset()
        if self._left < 0:
            return _ALL
        types = _own(schema)
        if "$ref" in schema:
            types &= self._target(schema["$ref"])
        for each in cast("list[Any]", schema.get("allOf", [])):
            types &= self.of(each)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                types &= frozenset().union(*(self.of(each) for each in schema[key]))
        return types

    def _target(self, reference: object) -> frozenset[str]:
        try:
            return self.of(self._references.target(reference))
        except ConfigError:
            return _ALL


def _own(schema: Schema) -> frozenset[str]:
    """Return the types that a schema's own keywords leave."""
    given: list[Any] | None = [schema["const"]] if "const" in schema else schema.get("enum")
    if given is not None:
        return frozenset(_NAMES.get(cast("Any", type(value)), "null") for value in given)
    types = schema.get("type", _ALL)
    named = frozenset((types,) if isinstance(types, str) else types)
    return named | {"integer"} if "number" in named else named
