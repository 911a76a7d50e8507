"""Filter of HTML list tags in a stream of characters."""

from __future__ import annotations

import re
from collections.abc import Callable

_BREAKS = {"li": "\n- ", "/li": "\n", "br": "\n", "/br": "\n", "p": "\n", "/p": "\n"}
_NAMES = ("li", "br", "p")
_STARTS = [f"<{slash}{name}" for slash in ("", "/") for name in _NAMES]
_PREFIXES = frozenset(start[:end] for start in _STARTS for end in range(1, len(start) + 1))
_WHOLE = re.compile(rf"<(/?)({'|'.join(_NAMES)})(?:[\s/][^<>]{{0,40}})?")


class TagFilter:
    """Character filter that translates ``<li>``, ``<br>`` and ``<p>`` into line breaks.

    Everything else goes through unchanged.

    Args:
        out: Called with each character.
    """

    def __init__(self, out: Callable[[str], None]) -> None:
        self._out = out
        self._tag = ""

    def char(self, char: str) -> None:
        """Filter the next character."""
        if not self._tag:
            if char == "<":
                self._tag = "<"
            else:
                self._out(char)
            return
        if char == ">":
            self._end_tag()
            return
        tag = self._tag + char
        lower = tag.lower()
        if lower in _PREFIXES or _WHOLE.fullmatch(lower):
            self._tag = tag
            return
        self.close()
        self.char(char)

    def forget(self) -> None:
        """Forget an incomplete tag."""
        self._tag = ""

    def close(self) -> None:
        """Pass an incomplete tag on as text."""
        held, self._tag = self._tag, ""
        for char in held:
            self._out(char)

    def _end_tag(self) -> None:
        match = _WHOLE.fullmatch(self._tag.lower())
        if match is None:
            self._tag += ">"
            self.close()
            return
        self._tag = ""
        for char in _BREAKS[match[1] + match[2]]:
            self._out(char)
