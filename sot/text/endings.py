"""Ends of texts that were cut: where they can end, and what must be closed there."""

from __future__ import annotations

import re

from .fences import Fences
from .sentences import SentenceScan

_UNIT = re.compile(r"\s*(?:[-*+•]\s|\d{1,3}[.)]\s|\|)")  # a line that is a unit without a full stop
_BOLD = re.compile(r"\*\*")
_HALF = re.compile(r"[^*\s]\*$")


def whole_end(text: str, *, sure: bool = False) -> int:
    """Return the position after the last whole sentence, list item, table row or line of code; 0 without one.

    Args:
        text: The text.
        sure: Whether more text follows, so that a mark at its end may turn out to end nothing.
    """
    return WholeEnd(sure=sure).read(text)


class WholeEnd:
    """Incremental search for the last whole sentence, list item, table row or line of code of a growing text.

    What it finds is what a search through the whole text would find; every line is read once.

    Args:
        sure: Whether more text follows, so that a mark at its end may turn out to end nothing.
    """

    def __init__(self, *, sure: bool = True) -> None:
        self._sure = sure
        self._fences = Fences()
        self._end = 0
        self._line = 0  # start of the last line, which may go on
        self._prose = 0  # start of the prose after the last unit
        self._scan = SentenceScan(strict=False, sure=sure)

    def read(self, text: str) -> int:
        """Read the text, which starts with what was read before; returns the position, 0 without one."""
        *lines, last = text[self._line :].splitlines(keepends=True) or [""]
        for line in lines:
            self._read_line(text, line)
        fences = self._fences.copy()
        start = self._line
        if fences.line(last):
            end = max(self._end, _sentences(text, self._prose, start))
            closes = fences.closing is None
            whole_line = last.endswith("\n") and self._fences.closing is not None
            end = len(text) if closes or whole_line else end
        elif _is_unit(last):
            end = max(len(text), self._end)
        else:
            end = max(self._end, self._scan.last(text) or 0)
        return len(text[:end].rstrip())

    def _read_line(self, text: str, line: str) -> None:
        """Read a line after which the text goes on."""
        start, stop = self._line, self._line + len(line)
        self._line = stop
        opens = self._fences.closing is None
        if self._fences.line(line):
            self._end = max(self._end, _sentences(text, self._prose, start))
            if self._fences.closing is None or (line.endswith("\n") and not opens):
                self._end = stop
            self._begin_prose(stop)
        elif _is_unit(line):
            self._end = max(stop, _sentences(text, self._prose, stop))
            self._begin_prose(stop)

    def _begin_prose(self, start: int) -> None:
        self._prose = start
        self._scan = SentenceScan(start, strict=False, sure=self._sure)


def _is_unit(line: str) -> bool:
    """Whether a line is a unit by itself, with or without a full stop: a list item or a table row."""
    return line.endswith("\n") and _UNIT.match(line) is not None and any(map(str.isalnum, line))


def _sentences(text: str, start: int, stop: int) -> int:
    """Return the position after the last sentence in a part of a text; 0 without one."""
    return SentenceScan(start, strict=False, sure=False).last(text, stop) or 0


def close_fence(text: str) -> str:
    """Close the code block that is open at the end of a text."""
    fences = Fences()
    for line in text.splitlines():
        fences.line(line)
    return text if fences.closing is None else f"{text}\n{fences.closing}"


def close_emphasis(text: str) -> str:
    """Close the bold part or the inline code that is open at the end of a cut text."""
    part = text[text.rfind("\n") + 1 :]
    if part.lstrip().startswith(("```", "~~~")):
        return text
    if part.count("`") % 2:
        return f"{text}`"
    bare = re.sub(r"`[^`]*`", lambda match: "x" * len(match[0]), part)
    opened = False
    for match in _BOLD.finditer(bare):
        before, after = bare[: match.start()], bare[match.end() :]
        if opened:
            opened = before[-1:].isspace()
        else:
            opened = (not before or not before[-1].isalnum()) and bool(after[:1].strip())
    if not opened:
        return text
    half = _HALF.search(bare) and bare.count("*") % 2  # one of the two marks that close it has come
    return f"{text}*" if half else f"{text}**"


def mark_cut(text: str, mark: str) -> str:
    """Append the mark of a cut text, below a code block that ends it.

    Args:
        text: The text, with everything closed.
        mark: The mark, with the space before it.
    """
    last = text[text.rfind("\n") + 1 :].strip()
    return f"{text}\n{mark.strip()}" if re.fullmatch(r"(?:> ?)*(?:`{3,}|~{3,})", last) else f"{text}{mark}"
