"""Rows of comma-separated values, and of Markdown tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DELIMITERS = ("\t", "|", ";", ",", "，")
_PROSE = (";", ",", "，")  # of them, those that stand in sentences
_CELL_CHARS = 80
_SURE_CELLS = 3
_FEWEST = 3  # rows, the header among them
_RULE = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?\|?")
_PROSE_ENDS = (".", "!", "?", ":", "。", "！", "？", "：")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows among the lines of a request.

    Args:
        start: First line of the block.
        end: Line behind it.
        rows: The rows without the header; empty where words with commas may be among them.
        header: The header row, and the rule below it in a Markdown table; empty without one.
    """

    start: int
    end: int
    rows: tuple[str, ...]
    header: str = ""


def find_rows(lines: Sequence[str]) -> Rows | None:
    """Find the first block of rows with the same number of cells; ``None`` without one."""
    start = 0
    while start < len(lines):
        delimiter = next((mark for mark in _DELIMITERS if mark in lines[start]), None)
        end = start + 1
        if delimiter is not None:
            end = _block_end(lines, start, delimiter)
            if end - start >= _FEWEST:
                sure = delimiter not in _PROSE or _set_apart(lines, start, end, delimiter)
                return _rows(lines, start, end, delimiter) if sure else Rows(start, end, ())
        start = end
    return None


def cells(row: str) -> list[str]:
    """Return the cells of a row, by the first delimiter that it holds."""
    delimiter = next((mark for mark in _DELIMITERS if mark in row), None)
    return [cell.strip() for cell in row.strip().strip("|").split(delimiter)] if delimiter else [row.strip()]


def _set_apart(lines: Sequence[str], start: int, end: int, delimiter: str) -> bool:
    """Return whether the first line is surely a row, and no sentence above the rows with such a mark."""
    if lines[start].count(delimiter) + 1 >= _SURE_CELLS:
        return True
    if start == 0:
        return end < len(lines) and not lines[end].strip()
    above = lines[start - 1].strip()
    return not above or above.endswith((":", "："))


def _block_end(lines: Sequence[str], start: int, delimiter: str) -> int:
    count = lines[start].count(delimiter)
    end = start
    while end < len(lines) and _is_row(lines[end], delimiter, count):
        end += 1
    return max(end, start + 1)


def _is_row(line: str, delimiter: str, count: int) -> bool:
    text = line.strip()
    if line.count(delimiter) != count or (delimiter in _PROSE and text.endswith(_PROSE_ENDS)):
        return False
    return all(cell.strip() and len(cell) <= _CELL_CHARS for cell in text.strip("|").split(delimiter))


def _rows(lines: Sequence[str], start: int, end: int, delimiter: str) -> Rows | None:
    shown = [line.strip() for line in lines[start:end]]
    if _RULE.fullmatch(shown[1]):
        return Rows(start, end, tuple(shown[2:]), "\n".join(shown[:2]))
    if delimiter == "|" and shown[0].startswith("|"):
        return Rows(start, end, tuple(shown))
    named = not any(map(str.isdigit, shown[0])) and any(any(map(str.isdigit, row)) for row in shown[1:])
    return Rows(start, end, tuple(shown[1:]), shown[0]) if named else Rows(start, end, tuple(shown))
