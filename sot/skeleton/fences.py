"""Fenced blocks of code in a skeleton: their comments are no points, a list inside one is."""

from __future__ import annotations

import re

_FENCE = re.compile(r"[\s>]{0,16}(?P<mark>`{3,}|~{3,})\s*(?P<info>[^`]*)$")
_LIST_INFO = frozenset(  # what models write behind the fence of a list
    """
    text txt plain plaintext markdown md none list output skeleton outline json jsonc json5 jsonl
    """.split()  # noqa: SIM905 - fifteen quoted words would be harder to read
)
_SCRIPTS = frozenset(("python", "py", "javascript", "js", "typescript", "ts", "yaml"))
_MARKDOWN = frozenset(("markdown", "md"))


class FenceReader:
    """Reader of the fences around blocks of code.

    Attributes:
        code: Inside a block of code, which holds no points.
        numbered: The block has numbered lines of its own.
        may_hold_list: The block is in a language in which models write a list of strings.
    """

    def __init__(self) -> None:
        self.code = False
        self.numbered = False
        self.may_hold_list = False
        self._mark = ""  # of the open block
        self._headings = True

    def read(self, line: str, *, after_list: bool) -> bool:
        """Read a line; returns whether it is a fence.

        Args:
            line: The line.
            after_list: The list has begun, so that a block belongs to a point.
        """
        match = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if match is None:
            return False
        mark, info = match["mark"], match["info"].strip().lower().strip("{}. ")
        if self._mark and not info and mark.startswith(self._mark):
            self.forget()
            return True
        kind = info.split()[0] if info else ""
        self._mark = mark
        self.code = after_list or not (not kind or kind in _LIST_INFO)
        self.may_hold_list = kind in _SCRIPTS and not after_list
        self._headings = kind in _MARKDOWN
        self.numbered = False
        return True

    def is_comment(self, line: str) -> bool:
        """Whether a line in a block that may hold the list is a comment of code."""
        return bool(self._mark) and not self._headings and line.lstrip().startswith("#")

    def forget(self) -> None:
        """Leave the block."""
        self.code = self.numbered = self.may_hold_list = False
        self._mark = ""
        self._headings = True
