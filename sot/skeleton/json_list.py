"""Lenient incremental reader of the titles in a JSON list, character by character."""

from __future__ import annotations

import json
import re
from typing import Literal

_CLOSING = {'"': '"', "'": "'", "“": "”", "„": "“", "「": "」"}
_WIDE = {"，": ",", "、": ",", "；": ",", ";": ",", "：": ":", "［": "[", "］": "]", "｛": "{", "｝": "}"}
_BETWEEN = frozenset("0123456789+-.")
_LITERALS = ("null", "true", "false", "none", "undefined", "nan", "infinity", "nil")
_TITLE_KEYS = frozenset(
    ("title", "point", "name", "heading", "headline", "topic", "label", "text", "item", "content", "skeleton")
)
_NUMBERED_KEY = re.compile(r"[^\d]{0,12}\d{1,2}")
_NUMBERED_TITLE = re.compile(r"\s*\d{1,2}[.)：:]\s*\S")
_BARE_KEY = re.compile(r"[a-z_][a-z0-9_]{0,30}\s{0,4}", re.IGNORECASE)
_MAX_DEPTH = 64
_MAX_STRING = 1000
_MAX_SPARE = 50


class JsonReader:
    """Lenient reader of JSON while it is being written.

    It finds the first array that holds strings, objects or arrays, wherever it is nested, and returns each
    string of it, of each object the first value whose key means a title (without such a key the first
    string, when the object ends), and of each array the first string. An object with numbered keys counts
    as a list too, and so do objects one after the other (JSON lines). Comments, bare keys, Python's
    constants and full-width punctuation are read as models write them.

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
        self._lone = ""  # title of an object outside any list, perhaps the first JSON line
        self._of_rows = False  # the list is one of arrays
        self._rows = 0  # arrays in it
        self._row: list[str] = []  # the other strings of its first array, titles if it stays the only one
        self._comment = ""  # its opening; "/" may be one
        self._word = ""  # a constant or a bare key

    def char(self, char: str) -> None:
        """Read the next character."""
        if self._quote:
            self._in_string(char)
            return
        if self._comment:
            self._in_comment(char)
            return
        char = _WIDE.get(char, char)
        if self._word and self._goes_on(char):
            return
        self._token(char)

    def _token(self, char: str) -> None:
        if char in _CLOSING:
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
        elif char == "/" or (char == "#" and self._stack):
            self._comment = char
        elif char.isalpha() or char == "_":
            self._word = char
            self._check_word()
        elif not (char.isspace() or (self._stack and char in _BETWEEN)):
            self.state = "broken"

    # Comments, constants and bare keys.

    def _in_comment(self, char: str) -> None:
        opening = self._comment
        if opening == "/":
            self._comment = opening + char
            if char not in "/*":
                self.state = "broken"
        elif opening.startswith("/*"):
            self._comment = "" if opening == "/**" and char == "/" else "/**" if char == "*" else "/*"
        elif char in "\r\n":
            self._comment = ""

    def _goes_on(self, char: str) -> bool:
        """Whether a character belongs to the word being read."""
        if char.isalnum() or char in "_-" or (char.isspace() and char not in "\r\n"):
            self._word += char
            self._check_word()
            return True
        word, self._word = self._word.strip(), ""
        if char == ":" and self._is_key():
            self._key = word.lower()
        elif word.lower() not in _LITERALS:
            self.state = "broken"
            return True
        return False

    def _is_key(self) -> bool:
        return bool(self._stack) and self._stack[-1] == "{" and not self._is_value

    def _check_word(self) -> None:
        word = self._word.strip().lower()
        constant = any(literal.startswith(word) for literal in _LITERALS)
        if not self._stack or not (constant or (self._is_key() and _BARE_KEY.fullmatch(self._word))):
            self.state = "broken"

    # Brackets.

    def _open(self, char: str) -> None:
        if len(self._stack) == _MAX_DEPTH:
            self.state = "broken"
            return
        parent = self._stack[-1] if self._stack else ""
        is_element = parent == "[" or (parent == "{" and _NUMBERED_KEY.fullmatch(self._key))
        if char == "{" and not self._list and is_element:
            self._list = len(self._stack)
        if len(self._stack) == self._list:
            self._taken, self._spare = False, ""
            self._rows += char == "["
        self._stack.append(char)
        self._key, self._is_value = "", False

    def _close(self) -> None:
        opened = self._stack.pop() if self._stack else ""
        depth = len(self._stack)
        if opened == "{" and self._list and depth == self._list and not self._taken and self._spare:
            self.found.append(self._spare)
        self._key, self._is_value = "", False
        if self._list and depth < self._list:
            if self._of_rows and self._rows == 1:  # one array alone in another is the list itself
                self.found += self._row
            self.state = "closed"
        elif not self._stack:
            if opened == "{" and self._lone:
                self.found.append(self._lone)
                self._lone = ""
            else:
                self.state = "closed"

    # Strings.

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
        if not self._stack:
            self.state = "broken"
        elif self._stack[-1] == "[":
            self._array_string(text)
        elif self._is_value:
            self._is_value = False
            self._object_string(text)
        else:
            self._key = text.strip().lower()
            if self._list in (0, len(self._stack)) and _NUMBERED_TITLE.match(text):
                self._list = len(self._stack)
                self.found.append(text)

    def _array_string(self, text: str) -> None:
        """Take a string of an array: an element of the list, or the first string of an array in it."""
        depth = len(self._stack)
        if not text.strip():
            return
        if not self._list:
            self._of_rows = depth > 1 and self._stack[-2] == "["
            self._list = depth - self._of_rows
            self._rows = int(self._of_rows)
        if depth == self._list:
            self.found.append(text)
        elif depth == self._list + 1 and self._of_rows:
            if not self._taken:
                self._taken = True
                self.found.append(text)
            elif self._rows == 1 and len(self._row) < _MAX_SPARE:
                self._row.append(text)

    def _object_string(self, text: str) -> None:
        depth = len(self._stack)
        if depth == self._list + 1 and self._list:
            if self._key in _TITLE_KEYS and not self._taken:
                self._taken = True
                self.found.append(text)
            self._spare = self._spare or text
        elif self._list in (0, depth) and _NUMBERED_KEY.fullmatch(self._key):
            self._list = depth
            self.found.append(text)
        elif not self._list and depth == 1 and self._key in _TITLE_KEYS:
            self._lone = self._lone or text


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
