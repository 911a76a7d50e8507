"""Form of a schema's values in words for a prompt: a number, one of some options, a text of some length."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .kinds import text_rules
from .plan import Part
from .subschemas import References, Schema
from .value_types import types_of

_MOST_OPTIONS = 300  # characters


@dataclass(frozen=True, slots=True)
class Form:
    """Form of a value.

    Args:
        kind: ``text``, ``string``, ``number``, ``integer``, ``boolean``, ``choice``, ``json``, ``group`` (of
            fields), or the name of a string's format.
        options: Options of a choice, as JSON.
        least: Fewest characters of a text; 0: any number.
        most: Most characters of a text; 0: any number.
        null: Whether null may stand in its place.
        low: Least number, in digits; empty: any.
        high: Greatest number, in digits; empty: any.
    """

    kind: str
    options: str = ""
    least: int = 0
    most: int = 0
    null: bool = False
    low: str = ""
    high: str = ""


GROUP = Form("group")


def form_of(part: Part) -> Form:
    """Return the form of a part's value."""
    if part.kind == "text":
        rules = part.rules
        return Form("text", "", rules.shortest, rules.longest or 0, rules.nullable)
    if part.kind == "json":
        return Form("json")
    named = _resolved(part)
    options = [named["const"]] if "const" in named else named.get("enum")
    if options is not None:
        shown = ", ".join(json.dumps(option, ensure_ascii=False) for option in options)
        return Form("choice", shown[:_MOST_OPTIONS])
    kind = named.get("type")
    if kind in ("number", "integer", "boolean"):
        return Form(kind, low=_bound(named, "minimum"), high=_bound(named, "maximum"))
    if (rules := text_rules(named)) is not None:
        kind = str(named.get("format", "string"))
        return Form(kind, "", rules.shortest, rules.longest or 0, rules.nullable)
    return Form("json")


def _bound(schema: Schema, keyword: str) -> str:
    """Return the bound of a number in digits; empty where there is none."""
    value = schema.get(keyword)
    return f"{value:g}" if isinstance(value, int | float) and abs(value) < 1e6 else ""


def openers(schema: Schema | bool) -> str:
    """Return the brackets, and the quotation mark, that may open a value of a schema."""
    types = types_of(schema)
    marks = {"object": "{", "array": "[", "string": '"'}
    return "".join(mark for kind, mark in marks.items() if kind in types)


def is_string(part: Part) -> bool:
    """Return whether a part's value is a string in any case."""
    found = _resolved(part)
    options = found.get("enum", [found["const"]] if "const" in found else [])
    return found.get("type") == "string" or (bool(options) and all(isinstance(each, str) for each in options))


def _resolved(part: Part) -> Schema:
    if isinstance(part.schema, bool):
        return {}
    found, _ = References(part.schema).resolved(part.schema)
    return found if isinstance(found, dict) else {}
