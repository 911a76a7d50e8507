"""Lenient incremental reader of the strings in a JSON list, character by character."""

from __future__ import annotations

import json
import re
from typing import Literal

_CLOSING = {'"': '"', "'": "'", "“": "”"}
_BETWEEN = frozenset(" \t\r\n\f\v\u3000\ufeff,:0123456789+-.eEtruefalsnTFN")
_TITLE_KEYS = frozenset(
    ("title", "point", "name", "heading", "headline", "topic", "label", "text", "item", "content", "skeleton")
)
_NUMBERED_KEY = re.compile(r"[^\d]{0,12}\d{1,2}")
_MAX_DEPTH = 64
_MAX_STRING = 1000


class JsonReader:
    """Lenient reader of JSON while it is being written.

    It finds the first array that holds strings or objects, wherever it is nested, and returns each
    string of it, and of each object the first value whose key means a title (without such a key the
    first string, when the object ends). An object with numbered keys counts as a list too.

    Attributes:
        found: Titles not yet taken by the caller, who empties it.
        state: ``reading``; ``closed`` once the outermost bracket or the list is closed; ``broken``
            once the text cannot be JSON.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self.state: Literal["reading", "closed", "broken"] = "reading"
        self._stack: list[str] = []
        self._list = 0  # the depth of the list; 0 while it is not found
        self._quote = ""  # closing quotation mark of the string being read
        self._string: list[str] = []
        self._escaped = False
        self._key = ""
        self._is_value = False  # after a colon
        self._taken = False  # the current object of the list has given its title
        self._spare = ""  # its first string

    def char(self, char: str) -> None:
        """Read the next character."""
        if self._quote:
            self._in_string(char)
        elif char in _CLOSING:
            self._quote = _CLOSING[char]
            self._string.clear()
        elif char in "[{":
            self._open(char)
        elif char in "]}":
            self._close()
        elif char == ",":
            self._key, self._is_value = "", False
        elif char == ":":
            self._is_value = True
        elif char not in _BETWEEN:
            self.state = "broken"

    def _open(self, char: str) -> None:
        if len(self._stack) == _MAX_DEPTH:
            self.state = "broken"
            return
        parent = self._stack[-1] if self._stack else ""
        is_element = parent == "[" or (parent == "{" and _NUMBERED_KEY.fullmatch(self._key))
        if char == "{" and not self._list and is_element:
            self._list = len(self._stack)
        if char == "{" and len(self._stack) == self._list:
            self._taken, self._spare = False, ""
        self._stack.append(char)
        self._key, self._is_value = "", False

    def _close(self) -> None:
        opened = self._stack.pop() if self._stack else ""
        depth = len(self._stack)
        if opened == "{" and self._list and depth == self._list and not self._taken and self._spare:
            self.found.append(self._spare)
        if not self._stack or depth < self._list:
            self.state = "closed"
        self._key, self._is_value = "", False

    def _in_string(self, char: str) -> None:
        if self._escaped:
            self._escaped = False
        elif char == "\\":
            self._escaped = True
        elif char == self._quote:
            self._end_string()
            return
        self._string.append(char)
        if len(self._string) > _MAX_STRING or char in "\r\n":
            self.state = "broken"

    def _end_string(self) -> None:
        text = _unescape("".join(self._string), self._quote)
        self._quote = ""
        depth = len(self._stack)
        if self._stack[-1] == "[":
            if text.strip() and (not self._list or self._list == depth):
                self._list = depth
                self.found.append(text)
            return
        if not self._is_value:
            self._key = text.strip().lower()
            return
        self._is_value = False
        if depth == self._list + 1 and self._list:
            if self._key in _TITLE_KEYS and not self._taken:
                self._taken = True
                self.found.append(text)
            self._spare = self._spare or text
        elif self._list in (0, depth) and _NUMBERED_KEY.fullmatch(self._key):
            self._list = depth
            self.found.append(text)


def _unescape(raw: str, quote: str) -> str:
    """Resolve the escapes of a JSON string; one that is no valid JSON loses its backslashes."""
    if "\\" not in raw:
        return raw
    if quote != '"':
        raw = re.sub(r'(\\.)|(")', lambda m: "'" if m[1] == "\\'" else m[1] or '\\"', raw, flags=re.DOTALL)
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw.replace("\\", " ")
