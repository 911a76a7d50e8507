"""Subschemas of a JSON schema: where they stand, what they refer to, and each as a schema of its own.

References are resolved within the schema alone (``#`` and ``#/…``); nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import unquote

from ..errors import ConfigError
from .engine_schema import for_engine
from .keywords import WORDS, is_annotation
from .strings import visible

Schema = dict[str, Any]
"""A JSON schema that is an object, as plain JSON."""

_ODD = re.compile(r"[^A-Za-z0-9_.-]")
_ONE = (
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
)
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")
_DEFINITIONS = ("$defs", "definitions")


def subschemas(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield a schema and all schemas inside it, each with its place as a JSON pointer that can be shown."""
    left: list[tuple[str, Any]] = [("#", schema)]
    while left:
        where, each = left.pop()
        if not isinstance(each, dict):
            continue
        found = cast("Schema", each)
        yield where, found
        left += [(f"{where}/{place}", entry) for _, place, entry in inner_schemas(found)]


def inner_schemas(schema: Schema) -> Iterator[tuple[str, str, Any]]:
    """Yield the schemas that stand in a schema: keyword, place as a JSON pointer from there, schema."""
    for key in _ONE:
        if key in schema:
            yield key, key, schema[key]
    for key in _LISTS:
        entries = schema.get(key)
        for at, entry in enumerate(cast("list[Any]", entries) if isinstance(entries, list) else ()):
            yield key, f"{key}/{at}", entry
    for key in _NAMED:
        table = schema.get(key)
        if isinstance(table, dict):
            for name, entry in cast("dict[str, Any]", table).items():
                yield key, f"{key}/{visible(escaped(name))}", entry


def reachable(root: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield all schemas inside a schema, and those that a reference reaches in places that hold no schemas.

    Each comes once, with its place as a JSON pointer. References to nothing are passed over.
    """
    references, seen = References(root), set[int]()
    left: list[tuple[str, Schema]] = [("#", root)]
    while left:
        start, schema = left.pop()
        for place, each in subschemas(schema):
            if id(each) in seen:
                continue
            seen.add(id(each))
            where = start + place[1:]
            yield where, each
            if isinstance(reference := each.get("$ref"), str):
                try:
                    target = references.target(reference)
                except ConfigError:
                    continue
                if isinstance(target, dict) and id(target) not in seen:
                    left.append((visible(reference), target))


def escaped(name: str) -> str:
    """Return a name as it stands in a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


class References:
    """References within one schema.

    Args:
        root: The whole schema.
    """

    def __init__(self, root: Schema) -> None:
        self._root = root

    def target(self, reference: object) -> Schema | bool:
        """Return the schema that a ``$ref`` names.

        Raises:
            ConfigError: It names something outside the schema, or nothing.
        """
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            raise ConfigError(
                f"the schema refers to {_shown(reference)}; only places within the schema itself, "
                "such as #/$defs/Name, can be referred to"
            )
        found: Any = self._root
        for step in reference.split("/")[1:]:
            name = _unescaped(step)
            if isinstance(found, dict) and name in found:
                found = cast("Schema", found)[name]
            elif isinstance(found, list) and name.isascii() and name.isdigit():
                entries = cast("list[Any]", found)
                found = entries[int(name)] if len(name) < 6 and int(name) < len(entries) else None
            else:
                found = None
        if not isinstance(found, dict | bool):
            raise ConfigError(f"the schema refers to {_shown(reference)}, which it does not have")
        return cast("Schema | bool", found)

    def resolved(self, schema: Schema | bool) -> tuple[Schema | bool, tuple[str, ...]]:
        """Follow a schema's own references.

        A reference beside which only annotations stand is replaced by its target with these annotations; one
        beside other keywords stays.

        Returns:
            The schema, and the references followed.

        Raises:
            ConfigError: A reference cannot be followed, or leads back to itself.
        """
        followed: list[str] = []
        while isinstance(schema, dict) and (reference := _only_reference(schema)) is not None:
            if reference in followed:
                raise ConfigError(f"the schema at {_shown(reference)} refers to nothing but itself")
            followed.append(reference)
            target = self.target(reference)
            if isinstance(target, bool):
                return target, tuple(followed)
            notes = {
                key: value for key, value in schema.items() if key not in ("$ref", "allOf", *_DEFINITIONS)
            }
            schema = {**target, **notes}
        return schema, tuple(followed)

    def alone(
        self, schema: Schema | bool, definitions: Definitions | None = None, *, lean: bool = False
    ) -> Schema | bool:
        """Return a part of the schema as a schema of its own, with the definitions that it needs.

        Args:
            schema: The part.
            definitions: Gets the definitions, for several parts in one schema; unless given, they become the
                part's own ``$defs``.
            lean: Whether it is to constrain an engine's decoding; see `engine_schema`.

        Raises:
            ConfigError: A reference leads outside the schema, or to nothing.
        """
        if isinstance(schema, bool):
            return schema
        needed = Definitions(lean=lean) if definitions is None else definitions
        copied = self._copy(schema, needed)
        while needed.pending:
            reference, name = needed.pending.pop()
            target = self.target(reference)
            needed.table[name] = target if isinstance(target, bool) else self._copy(target, needed)
        if definitions is None and needed.table:
            copied["$defs"] = needed.table
        return copied

    def _copy(self, schema: Schema, needed: Definitions) -> Schema:
        """Copy a schema, without notes, its references pointing into a table of definitions."""
        copied: Schema = {}
        source = for_engine(schema, self.target) if needed.lean else schema
        for key, value in source.items():
            if (is_annotation(key) and key not in WORDS) or key in _DEFINITIONS:
                continue
            if key == "$ref":
                copied[key] = f"#/$defs/{needed.name(value)}"
            elif key in _ONE:
                copied[key] = self._copied(value, needed)
            elif key in _LISTS and isinstance(value, list):
                copied[key] = [self._copied(entry, needed) for entry in cast("list[Any]", value)]
            elif key in _NAMED and isinstance(value, dict):
                named = cast("dict[str, Any]", value)
                copied[key] = {name: self._copied(entry, needed) for name, entry in named.items()}
            else:
                copied[key] = value
        return copied

    def _copied(self, value: Any, needed: Definitions) -> Any:
        return self._copy(cast("Schema", value), needed) if isinstance(value, dict) else value


class Definitions:
    """Definitions that parts of a schema need, once these are schemas of their own.

    Args:
        lean: Whether the schemas are lean; see `References.alone`.

    Attributes:
        table: The definitions by name.
        pending: References, with their names, that are not in the table yet.
    """

    def __init__(self, *, lean: bool = False) -> None:
        self.lean = lean
        self.table: dict[str, Any] = {}
        self.pending: list[tuple[object, str]] = []
        self._names: dict[str, str] = {}

    def name(self, reference: object) -> str:
        """Return the name of what a reference names; plain letters, which every engine's reader takes."""
        said = str(reference)
        if said not in self._names:
            name = _ODD.sub("_", said.removeprefix("#/$defs/").removeprefix("#/definitions/")) or "_"
            while name in self._names.values():
                name += "_"
            self._names[said] = name
            self.pending.append((reference, name))
        return self._names[said]


def _only_reference(schema: Mapping[str, Any]) -> str | None:
    """Return the reference of a schema that is nothing but one, with or without annotations."""
    others = [key for key in schema if not is_annotation(key) and key not in _DEFINITIONS]
    if others == ["$ref"] and isinstance(schema["$ref"], str):
        return schema["$ref"]
    entries = schema.get("allOf")
    if others == ["allOf"] and isinstance(entries, list) and len(cast("list[Any]", entries)) == 1:
        inner = cast("list[Any]", entries)[0]
        return _only_reference(cast("Schema", inner)) if isinstance(inner, dict) else None
    return None


def _unescaped(step: str) -> str:
    return unquote(step).replace("~1", "/").replace("~0", "~")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
