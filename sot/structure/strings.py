"""JSON strings: how a text stands in JSON, and a reader of one that is still being written."""

from __future__ import annotations

import json
import re

_SURROGATES = re.compile("[\ud800-\udfff]")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = frozenset("0123456789abcdefABCDEF")


def quoted(text: str) -> str:
    """Return a text as a JSON string that can be encoded: only lone surrogates are escaped."""
    return json.dumps(text, ensure_ascii=has_surrogates(text))


def escaped(text: str) -> str:
    """Return a text as it stands between the quotation marks of a JSON string."""
    return quoted(text)[1:-1]


def has_surrogates(text: str) -> bool:
    """Return whether a text has lone surrogates."""
    return _SURROGATES.search(text) is not None


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, which a model may write and UTF-8 cannot encode."""
    return _SURROGATES.sub("\ufffd", text)


def visible(text: str) -> str:
    """Escape what terminals do not show, or obey."""
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


class StringReader:
    """Incremental reader of a JSON string, after its opening quotation mark.

    What JSON does not allow is read as models mean it: line breaks as they are, a backslash before any other
    character as itself.

    Attributes:
        over: Whether the closing quotation mark has come.
        rest: What follows it.
    """

    def __init__(self) -> None:
        self._held = ""  # an escape that has begun
        self.over = False
        self.rest = ""

    def feed(self, piece: str) -> str:
        """Take in the next piece; returns the text that it adds."""
        if self.over:
            self.rest += piece
            return ""
        source, out, at = self._held + piece, list[str](), 0
        self._held = ""
        while at < len(source):
            char = source[at]
            if char == '"':
                self.over, self.rest = True, source[at + 1 :]
                break
            if char != "\\":
                end = at + 1
                while end < len(source) and source[end] not in '"\\':
                    end += 1
                out.append(source[at:end])
                at = end
                continue
            read = _escape(source, at)
            if read is None:
                self._held = source[at:]
                break
            text, at = read
            out.append(text)
        return without_surrogates("".join(out))

    def close(self) -> str:
        """End the text where no closing mark came; returns what an escape that had begun leaves: nothing."""
        self._held = ""
        return ""


def _escape(source: str, at: int) -> tuple[str, int] | None:
    """Return what the escape at a place means and where it ends; ``None`` where it is not complete."""
    kind = source[at + 1 : at + 2]
    if not kind:
        return None
    if kind != "u":
        return (_ESCAPES[kind], at + 2) if kind in _ESCAPES else (f"\\{kind}", at + 2)
    digits = source[at + 2 : at + 6]
    if not _HEX.issuperset(digits):
        return "\\u", at + 2
    if len(digits) < 4:
        return None
    code, end = int(digits, 16), at + 6
    if not 0xD800 <= code < 0xDC00:
        return chr(code), end
    # The first half of a character beyond the first plane: the second half must follow.
    follows = source[end : end + 6]
    if not r"\u".startswith(follows[:2]) or not _HEX.issuperset(follows[2:]):
        return chr(code), end
    if len(follows) < 6:
        return None
    second = int(follows[2:], 16)
    if not 0xDC00 <= second < 0xE000:
        return chr(code), end
    return chr(0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00)), end + 6
