"""Objects of a stream that differ from an earlier one in their text and their counts alone."""

from __future__ import annotations

import re

from sot.types import Usage

_CONTENT = b'"content":'  # not inside a string: there a backslash would stand before the second quote
_USAGE = b'"usage":'
_COUNTS = re.compile(
    rb'\{"prompt_tokens":([1-9]\d{0,14}),'
    rb'(?:"total_tokens":\d{1,15},"completion_tokens":([1-9]\d{0,14})'
    rb'|"completion_tokens":([1-9]\d{0,14}),"total_tokens":\d{1,15})\}\}'
)
_LONGEST = 4096  # bytes of an object that is learned


class AlikeObjects:
    """Reader of a completion's objects by an earlier one of the same shape, without parsing them as JSON.

    From token to token an object has the same bytes but for its text and the counts of its usage. One that
    differs in anything else is not read, nor is one whose text JSON writes in another way than it is.
    """

    def __init__(self) -> None:
        self._head: bytes | None = None  # up to the text's first quote
        self._tail = b""  # from its last quote, up to the counts if there are any
        self._counts = False

    def learn(self, data: bytes, *, counts: bool) -> None:
        """Learn the shape of an object that is nothing but a piece of text, perhaps with a usage.

        Args:
            data: The object's bytes.
            counts: Whether it has a usage.
        """
        if self._head is not None and data.startswith(self._head) and counts == self._counts:
            return
        start = data.find(_CONTENT) + len(_CONTENT)
        start += data[start : start + 1] == b" "
        end = data.find(b'"', start + 1)
        if data.count(_CONTENT) != 1 or data[start : start + 1] != b'"' or len(data) > _LONGEST or end < 0:
            return
        if b"\\" in data[start:end]:  # the quote may be part of the text
            return
        head, tail = data[: start + 1], data[end:]
        if counts:
            at = tail.find(_USAGE) + len(_USAGE)
            if tail.count(_USAGE) != 1 or _COUNTS.fullmatch(tail, at) is None:
                return
            tail = tail[:at]
        self._head, self._tail, self._counts = head, tail, counts

    def read(self, data: bytes) -> tuple[str, Usage | None] | None:
        """Read an object; ``None``: it is not of the shape."""
        head = self._head
        if head is None or not data.startswith(head):
            return None
        start, tail = len(head), self._tail
        end = data.find(b'"', start)
        if not data.startswith(tail, end):
            return None
        usage = None
        if self._counts:
            found = _COUNTS.fullmatch(data, end + len(tail))
            if found is None:
                return None
            usage = Usage(int(found[1]), 0, int(found[2] or found[3]), 1)
        elif end + len(tail) != len(data):
            return None
        try:
            text = data[start:end].decode()
        except UnicodeDecodeError:
            return None
        return (text, usage) if text and text.isprintable() and "\\" not in text else None
