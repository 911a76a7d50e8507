"""Reader of a server's JSON: pydantic's parser, and the standard library's for what that refuses."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json


def read_json(text: str | bytes) -> Any:
    """Parse a JSON text; bytes that are no UTF-8 become replacement characters.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.
    """
    try:
        return from_json(text)  # a third of the standard library's time
    except ValueError:
        # Servers also send halves of characters, byte order marks, and bytes of no character.
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text), "replace")
        return json.loads(text.removeprefix("\ufeff"))
