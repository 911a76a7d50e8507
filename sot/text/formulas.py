r"""Displayed formulas of TeX, line by line: ``$$ … $$``, ``\[ … \]``, ``\begin{align} … \end{align}``."""

from __future__ import annotations

import re

_LEAD = r"\s*(?:(?:[-*+•]|\d{1,3}[.)])\s+|>\s?)*"  # inside list items and quotations
_DOLLARS = re.compile(rf"{_LEAD}(?<!\\)\$\$(?!\$)(?P<rest>.*)$")
_OPENING = re.compile(
    rf"{_LEAD}(?:(?P<bracket>\\\[)|\\begin\{{(?P<name>[a-zA-Z]{{1,20}}\*?)\}})(?P<rest>.*)$"
)
_BEGINS = re.compile(rf"{_LEAD}(?:\$\$|\\\[|\\begin\{{)")
_TEX = re.compile(r"[\\=^_{]")


class Formulas:
    r"""Tracker of the displayed formula that is open after the lines seen so far.

    A blank line ends a formula, as in TeX, so that a mark which opens nothing costs little: "Price: $$".

    Attributes:
        closing: Mark that closes the open formula; ``None`` while none is open.
    """

    def __init__(self) -> None:
        self.closing: str | None = None

    def line(self, line: str) -> bool:
        """Read a whole line; returns whether it belongs to a formula, its marks included."""
        if self.closing is not None:
            if not line.strip():
                self.closing = None
                return False
            if self.closing in line:
                self.closing = None
            return True
        opened = _opened(line)
        if opened is None:
            return False
        closing, rest = opened
        self.closing = None if closing in rest else closing
        return True


def begins_formula(line: str) -> bool:
    """Whether a line, of which the end may be missing, begins with the mark of a formula."""
    return _BEGINS.match(line) is not None


def _opened(line: str) -> tuple[str, str] | None:
    """Return the closing mark of the formula that a line opens, and the rest of the line."""
    if match := _OPENING.match(line):
        return (r"\]" if match["bracket"] else rf"\end{{{match['name']}}}"), match["rest"]
    match = _DOLLARS.match(line)
    if match is None:
        return None
    rest = match["rest"]
    if not rest.strip() or not rest[0].isspace() or "$$" in rest or _TEX.search(rest):
        return "$$", rest
    return None  # "$$ - a fair price"
