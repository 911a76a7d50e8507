"""JSON schema of a request as text, for the libraries that compile it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sot.errors import ConfigError


def schema_text(schema: Mapping[str, Any]) -> str:
    """Return a schema as JSON text.

    Raises:
        ConfigError: It is not JSON.
    """
    try:
        return json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ConfigError("the schema is not JSON") from None
