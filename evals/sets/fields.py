"""Reads fields of a question file's entries, and says exactly where one is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sot.errors import ConfigError

_MARK = re.compile("^\ufeff+", re.MULTILINE)


def read_text(path: Path) -> str:
    """A file's text, without byte order marks: files that were joined have some at other lines, too.

    Args:
        path: The file.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        return _MARK.sub("", path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the questions cannot be read: {error}") from None


class Entry:
    """An object in a question file.

    Args:
        where: File and line, for error messages.
        fields: Its fields.
    """

    def __init__(self, where: str, fields: object) -> None:
        if not isinstance(fields, dict):
            raise ConfigError(f"{where}: not a JSON object")
        self.where = where
        self.fields = cast("Mapping[str, Any]", fields)

    @classmethod
    def parsed(cls, where: str, line: str) -> Entry:
        """An entry from JSON.

        Args:
            where: File and line.
            line: The JSON.

        Raises:
            ConfigError: It is not a JSON object.
        """
        try:
            return cls(where, json.loads(line))
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{where}: not JSON: {error}") from None

    def wrong(self, field: str, what: str) -> ConfigError:
        """The error to raise for a field.

        Args:
            field: Its name.
            what: What is wrong with it.
        """
        return ConfigError(f"{self.where}: field {field}: {what}")

    def text(self, field: str) -> str:
        """A field that must hold text.

        Args:
            field: Its name.

        Raises:
            ConfigError: It is missing, empty or no text.
        """
        if field not in self.fields:
            raise self.wrong(field, f"missing; there are {', '.join(self.fields) or 'no fields'}")
        value = self.fields[field]
        if not isinstance(value, str):
            raise self.wrong(field, f"must be text, not {type(value).__name__}")
        if not value.strip():
            raise self.wrong(field, "is empty")
        return whole(value)

    def optional(self, *names: str) -> str:
        """The first of these fields that is there, as text; numbers are taken, too. Else ``""``.

        Args:
            names: Their names.

        Raises:
            ConfigError: It holds something else.
        """
        for name in names:
            value = self.fields.get(name)
            if value is None or value == "":
                continue
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise self.wrong(name, f"must be text or a number, not {type(value).__name__}")
            return whole(str(value))
        return ""

    def texts(self, field: str) -> list[str]:
        """A field that must hold a list of texts.

        Args:
            field: Its name.

        Raises:
            ConfigError: It does not.
        """
        if field not in self.fields:
            raise self.wrong(field, f"missing; there are {', '.join(self.fields) or 'no fields'}")
        value = self.fields[field]
        if not isinstance(value, list) or not all(isinstance(part, str) for part in cast("list[Any]", value)):
            raise self.wrong(field, "must be a list of texts")
        return [whole(part) for part in cast("list[str]", value)]


def whole(text: str) -> str:
    """JSON can escape half a surrogate pair, which no file of ours can hold: it is replaced.

    Args:
        text: Any text.
    """
    return text.encode("utf-8", "replace").decode("utf-8")
