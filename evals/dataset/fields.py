"""Fields of a question file's entries, and what exactly is wrong with one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sot.errors import ConfigError

_MARK = re.compile("^\ufeff+", re.MULTILINE)


def read_text(path: Path) -> str:
    """Read a file without byte order marks: files that were joined have some at other lines, too.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        return _MARK.sub("", path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the questions cannot be read: {error}") from None


class Entry:
    """Object in a question file; ``where`` is its file and line, for error messages."""

    def __init__(self, where: str, fields: object) -> None:
        if not isinstance(fields, dict):
            raise ConfigError(f"{where}: not a JSON object")
        self.where = where
        self.fields = cast("Mapping[str, Any]", fields)

    @classmethod
    def parsed(cls, where: str, line: str) -> Entry:
        """Parse a line of JSON."""
        try:
            return cls(where, json.loads(line))
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{where}: not JSON: {error}") from None

    def wrong(self, field: str, what: str) -> ConfigError:
        """Return an error that names file, line and field."""
        return ConfigError(f"{self.where}: field {field}: {what}")

    def text(self, field: str) -> str:
        """Return a field that must hold text."""
        value = self._value(field)
        if not isinstance(value, str):
            raise self.wrong(field, f"must be text, not {type(value).__name__}")
        if not value.strip():
            raise self.wrong(field, "is empty")
        return _whole(value)

    def optional(self, *names: str) -> str:
        """Return the first of these fields that is there, as text; numbers are taken, too. Else ``""``."""
        for name in names:
            value = self.fields.get(name)
            if value is None or value == "":
                continue
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise self.wrong(name, f"must be text or a number, not {type(value).__name__}")
            return _whole(str(value))
        return ""

    def texts(self, field: str) -> list[str]:
        """Return a field that must hold a list of texts."""
        value = self._value(field)
        if not isinstance(value, list) or not all(isinstance(part, str) for part in cast("list[Any]", value)):
            raise self.wrong(field, "must be a list of texts")
        return [_whole(part) for part in cast("list[str]", value)]

    def _value(self, field: str) -> object:
        if field not in self.fields:
            raise self.wrong(field, f"missing; there are {', '.join(self.fields) or 'no fields'}")
        return self.fields[field]


def _whole(text: str) -> str:
    # JSON can escape half a surrogate pair, which no file of ours can hold: it is replaced.
    return text.encode("utf-8", "replace").decode("utf-8")
