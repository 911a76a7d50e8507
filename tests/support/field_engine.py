"""A test double for an engine: `engine_server.EngineServer` that also writes the fields of one JSON schema.

It follows no schema by itself: what it writes for each field is scripted, so that a test can have it fail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cli_server import Script
from engine_server import EngineServer
from pydantic import BaseModel, Field

from sot.types import Message

ASKED = "A vegetable soup for four."
SHORT = {"title": "Soup of the day", "servings": 4}
TEXTS = {
    "intro": "A warm soup for cold days.",
    "method": 'Wash and cut everything.\nThen "simmer" it for an hour.',
    "tips": "Salt it late.",
}
RECIPE: dict[str, Any] = {"title": SHORT["title"], "servings": SHORT["servings"], **TEXTS}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 60},
        "servings": {"type": "integer"},
        "intro": {"type": "string", "description": "Two sentences on the dish"},
        "method": {"type": "string"},
        "tips": {"type": "string"},
    },
    "required": ["title", "servings", "intro", "method", "tips"],
    "additionalProperties": False,
}
LONG_FIELDS = len(TEXTS)
REQUESTS = 1 + LONG_FIELDS


class Recipe(BaseModel):
    """The same as `SCHEMA`, for clients that take a class."""

    title: str = Field(max_length=60)
    servings: int
    intro: str = Field(description="Two sentences on the dish")
    method: str
    tips: str


class FieldEngine(EngineServer):
    """A test double: one model that writes the values and fields of `SCHEMA` from a script."""

    def reset(self) -> None:
        """Answer as the constants of this module say."""
        super().reset()
        self.values: Script = json.dumps(SHORT)
        self.fields: Mapping[str, Script] = TEXTS

    def script_of(self, messages: Sequence[Message]) -> Script:
        """The script of a request, by the fields that its last paragraph names."""
        asked = re.findall(r"\w+", messages[-1].content.rpartition("\n\n")[2])
        for name, script in self.fields.items():
            if name in asked:
                return script
        return self.values if SHORT.keys() <= set(asked) else super().script_of(messages)


def response_format(schema: object = SCHEMA, **more: Any) -> dict[str, Any]:
    """The field of a request that asks for JSON by a schema."""
    return {"type": "json_schema", "json_schema": {"name": "recipe", "schema": schema, **more}}
