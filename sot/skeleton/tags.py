"""Filter of thinking blocks and HTML list tags in a stream of characters."""

from __future__ import annotations

import re
from collections.abc import Callable

_THINK = ("think", "thinking", "thought", "reasoning")
_BREAKS = {"li": "\n- ", "/li": "\n", "br": "\n", "/br": "\n", "p": "\n", "/p": "\n"}
_NAMES = (*_THINK, "li", "br", "p")
_STARTS = [f"<{slash}{name}" for slash in ("", "/") for name in _NAMES]
_PREFIXES = frozenset(start[:end] for start in _STARTS for end in range(1, len(start) + 1))
_WHOLE = re.compile(rf"<(/?)({'|'.join(_NAMES)})(?:[\s/][^<>]{{0,40}})?")


class TagFilter:
    """Character filter that drops ``<think>`` blocks and translates list tags.

    ``<thinking>``, ``<thought>`` and ``<reasoning>`` are the same, in any case and with attributes.
    ``<li>``, ``<br>`` and ``<p>`` become line breaks. Everything else goes through unchanged.

    Args:
        out: Called with each character outside thinking blocks.
        stray: Called at a closing tag that nothing opened: all text before it was thinking.
        inside: Whether the text begins inside a thinking block.
    """

    def __init__(
        self, out: Callable[[str], None], stray: Callable[[], None], *, inside: bool = False
    ) -> None:
        self._out = out
        self._stray = stray
        self._inside = "*" if inside else ""
        self._tag = ""

    def char(self, char: str) -> None:
        """Filter the next character."""
        if not self._tag:
            if char == "<":
                self._tag = "<"
            elif not self._inside:
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
        self._flush()
        self.char(char)

    def close(self) -> None:
        """End the text: an incomplete tag is passed on as text, unless it begins a thinking block."""
        if not self._tag.lower().startswith(("<think", "<thought", "<reasoning")):
            self._flush()
        self._tag = ""

    def _flush(self) -> None:
        held, self._tag = self._tag, ""
        if not self._inside:
            for char in held:
                self._out(char)

    def _end_tag(self) -> None:
        match = _WHOLE.fullmatch(self._tag.lower())
        if match is None:
            self._tag += ">"
            self._flush()
            return
        empty = self._tag.endswith("/")
        self._tag = ""
        slash, name = match.group(1), match.group(2)
        if self._inside:
            if slash and name in _THINK and self._inside in ("*", name):
                self._inside = ""
        elif name not in _THINK:
            for char in _BREAKS[slash + name]:
                self._out(char)
        elif slash:
            self._stray()
        elif not empty:
            self._inside = name
