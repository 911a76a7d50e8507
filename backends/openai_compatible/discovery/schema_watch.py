"""Watch over a completion with a JSON schema: a text that is no such JSON was not constrained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sot.types import Chunk

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class SchemaWatch:
    """Watch over one completion with a schema.

    Args:
        schema: The schema that was sent; only its root's type is looked at.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._kinds = _TYPES.get(str(schema.get("type")), ())
        self._pieces: list[str] = []
        self._ended = False

    def take(self, chunk: Chunk) -> None:
        """Look at the next chunk."""
        if self._kinds and chunk.text:
            self._pieces.append(chunk.text)
        self._ended = self._ended or chunk.finish_reason == "stop"

    def refutes(self) -> str | None:
        """Return the evidence that the text did not follow its schema; ``None`` without any.

        A text that follows it proves nothing: the model may have been asked for it in words.
        """
        text = "".join(self._pieces)
        if not self._ended or not text.strip():  # cut short, or all of it thoughts
            return None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return "an answer to a request with a JSON schema was no JSON"
        if isinstance(value, self._kinds):
            return None
        return "an answer to a request with a JSON schema was of another type than the schema's"
