"""Test doubles for requests of parallel JSON fields: a scripted engine that answers by a field's name.

`FieldEngine` is a `ScriptedBackend` whose scripts are given by the names of fields (``values`` for the short
ones together), and that says whether it constrains. `valid_value` makes up a value of a schema, as an engine
that constrains its decoding would write one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scripted import Answerable, Request, Script, ScriptedBackend, script

from sot.types import BackendInfo

_ASKED = re.compile(r"^(?:Now write only|What is) ([\w.\[\]\"\\]+)", re.MULTILINE)


@dataclass
class FieldEngine(ScriptedBackend):
    """See the module.

    Args:
        constrains: What `info` says.
    """

    constrains: bool | None = None

    async def info(self) -> BackendInfo:
        return replace(await super().info(), constrains=self.constrains)

    def asked(self) -> list[str]:
        """Return which fields the requests asked for, in order."""
        return [field_of(request) for request in self.requests]


def field_engine(
    texts: Mapping[str, Answerable | Sequence[Answerable]],
    *,
    constrains: bool | None = None,
    can_prefill: bool = False,
) -> FieldEngine:
    """Make an engine that answers by a field's name; several answers are those of the attempts in order."""
    attempts: dict[str, int] = {}

    def answer(request: Request) -> Script:
        name = field_of(request)
        attempts[name] = attempts.get(name, 0) + 1
        given = texts.get(name, f"The text of {name}.")
        if not isinstance(given, Script | str | BaseException):
            given = given[min(attempts[name], len(given)) - 1]
        return script(given)

    return FieldEngine(answer, can_prefill=can_prefill, constrains=constrains)


def field_of(request: Request) -> str:
    """Return the field that a request asks for; ``values`` or ``whole`` where it asks for several."""
    if request.config.stage == "values":
        return "values"
    found = _ASKED.findall(request.last)
    return found[-1].rstrip(".") if found else "whole"


def by_schema(write: Callable[[Mapping[str, Any]], str]) -> Callable[[Request], Script]:
    """Return a function for an engine that answers by the schema of a request."""
    return lambda request: script(write(request.config.schema or {}))


def valid_value(schema: Any, root: Mapping[str, Any] | None = None, depth: int = 0) -> Any:
    """Make up a value of a schema, without a look at the rules that a constrained engine would not heed."""
    root = schema if root is None else root
    if not isinstance(schema, dict):
        return "anything"
    if "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].split("/")[1:]:
            target = target[step]
        return valid_value(target, root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return valid_value(schema[key][-1 if depth > 6 else 0], root, depth + 1)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        needed = schema.get("properties", {})
        names = needed if depth < 6 else schema.get("required", [])
        return {name: valid_value(needed[name], root, depth + 1) for name in names}
    if kind == "array":
        first, least = schema.get("prefixItems", []), schema.get("minItems", 0)
        count = max(least, len(first))
        rest = schema.get("items", True)
        return [valid_value(first[at] if at < len(first) else rest, root, depth + 1) for at in range(count)]
    if schema.get("format") == "date":
        return "2024-02-29"
    scalars = {"integer": schema.get("minimum", 3), "number": schema.get("minimum", 2.5), "boolean": True}
    return {**scalars, "null": None}.get(kind, "A text of some words. And one more sentence.")


def valid_json(schema: Mapping[str, Any]) -> str:
    """Return a made-up value of a schema as JSON."""
    return json.dumps(valid_value(schema))
