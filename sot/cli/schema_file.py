"""Reader of ``sot ask --schema``: a JSON schema from a file or standard input, within a bound on its size."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

from ..errors import ConfigError
from ..terminal import one_line
from .text_input import decoded

MOST_BYTES = 1024 * 1024
INPUT = "-"
"""Name that stands for standard input."""


def read_schema(file: Path) -> dict[str, Any]:
    """Read a JSON schema.

    Args:
        file: The file; ``-`` is standard input.

    Raises:
        ConfigError: It cannot be read, is too large, or is no JSON object; the message names file and place.
    """
    source = f"--schema {one_line(str(file))}"
    raw = _read(file, source)
    if len(raw) > MOST_BYTES:
        raise ConfigError(f"{source} is larger than {MOST_BYTES} bytes")
    text = decoded(raw, source)

    def refuse(name: str) -> NoReturn:
        raise ConfigError(f"{source} is not JSON: it holds {name}")

    try:
        schema: object = json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(f"{source} is not JSON: {place}: {error.msg}") from None
    except RecursionError:
        raise ConfigError(f"{source} is nested too deeply") from None
    except ValueError as error:  # a number of more digits than Python converts
        raise ConfigError(f"{source} is not JSON that can be read: {error}") from None
    if not isinstance(schema, dict):
        raise ConfigError(f"{source} must hold a JSON object, not {_KINDS[type(schema)]}")
    return cast("dict[str, Any]", schema)


_KINDS: Mapping[type[object], str] = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "a truth value",
    type(None): "null",
}


def _read(file: Path, source: str) -> bytes:
    """Return the bytes, of a large file only one more than are taken.

    Raises:
        ConfigError: They cannot be read.
    """
    if str(file) == INPUT:
        if sys.stdin.isatty():
            raise ConfigError(f"{source} is standard input, and nothing is piped into it")
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        raise ConfigError(f"{source}: {getattr(error, 'strerror', None) or error}") from None
