"""Indentation of a point's text below its list mark, so that Markdown keeps it inside the list's item."""

from __future__ import annotations

import re

_MARKER = re.compile(r"\s{0,3}(?:\d{1,9}[.)]|[-*+])[ \t]+")
_BLOCK = re.compile(r"(?:[-*+]|\d{1,9}[.)]|#{1,6})\s|`{3}|~{3}|>|\|")
_MAYBE_BLOCK = re.compile(r"(?:[-*+]|\d{1,9}[.)]?|#{1,6}|`{1,2}|~{1,2})?")


def marker_width(heading: str) -> int:
    """Return the width of the list mark of a point's heading, by which its further lines are indented."""
    match = _MARKER.match(heading)
    return match.end() if match is not None else 0


def starts_block(text: str, *, final: bool) -> bool | None:
    """Whether a text starts with a list, a code block, a table or the like; ``None`` while that is open.

    Such a block does not begin on the line of the heading.
    """
    if _BLOCK.match(text):
        return True
    return None if not final and _MAYBE_BLOCK.fullmatch(text) else False


class Indenter:
    """Filter that indents all lines of a streamed text but the first; blank lines stay empty.

    Args:
        width: Number of spaces.
    """

    def __init__(self, width: int) -> None:
        self._margin = " " * width
        self._held: str | None = None  # white space at a line's start, until something else follows

    def start_line(self) -> None:
        """Treat what follows as the start of a line."""
        self._held = ""

    def feed(self, text: str) -> str:
        """Indent the next part of the text."""
        if not self._margin:
            return text
        out: list[str] = []
        for line in text.splitlines(keepends=True) if text else ():
            self._feed_line(line, out)
        return "".join(out)

    def _feed_line(self, line: str, out: list[str]) -> None:
        """Indent a line or a part of one."""
        ends = line.endswith("\n")
        if self._held is not None:
            line = self._held + line
            if not line.strip():
                self._held = "" if ends else line
                out.append("\n" if ends else "")
                return
            line = self._margin + line
        self._held = "" if ends else None
        out.append(line)
