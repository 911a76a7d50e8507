"""Finders of the list in a request, one for each form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ..text.fences import Fences
from .item_lines import Line, quotations, read_line
from .item_rows import find_rows

Form = Literal["numbered", "bulleted", "quoted", "rows", "fenced", "lines"]
_INLINE_CHARS = 20_000  # of a request whose quoted items stand in one line
_LINE_CHARS = 400  # of an item without a mark
_LABEL_WORDS = 4  # of a line between two fenced texts
_RULE = re.compile(r"\s*([-*_=#~])(?:\s*\1){2,}\s*")  # between texts
_OPENS = (":", "：")
_ENDS = (*_OPENS, ".", "。", "!", "！", "?", "？")


@dataclass(frozen=True, slots=True)
class GivenItem:
    """Item of a list.

    Args:
        index: Place in the list, from 1.
        mark: Own mark: ``7.``, ``-``, ``①``, an opening quotation mark or a fence; empty without one.
        text: The item without its mark, its lines as they stand; may be empty.
        close: Mark behind it: a closing quotation mark or fence.
    """

    index: int
    mark: str
    text: str
    close: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Found list, with the text before and after it."""

    before: str
    after: str
    items: tuple[GivenItem, ...]
    form: Form
    header: str = ""


_NONE = Block("", "", (), "lines")  # a list that cannot be read: no other finder shall try


def _fenced(lines: Sequence[str]) -> Block | None:
    """Find several fenced texts; any other use of fences makes the request unreadable."""
    fences = Fences()
    found: list[list[str]] = []
    outside: list[tuple[int, str]] = []  # with the number of fenced texts before it
    inside = False
    for line in lines:
        is_code = fences.line(line)
        if is_code and not inside:
            found.append([])
        if is_code:
            found[-1].append(line)
        else:
            outside.append((len(found), line))
        inside = fences.closing is not None
    if not found:
        return None
    between = [line for place, line in outside if 0 < place < len(found) and line.strip()]
    if len(found) < 2 or inside or any(len(line.split()) > _LABEL_WORDS for line in between):
        return _NONE
    items = tuple(
        GivenItem(index, block[0].strip(), "\n".join(block[1:-1]).strip("\n"), block[-1].strip())
        for index, block in enumerate(found, 1)
    )
    before = "\n".join(line for place, line in outside if place == 0)
    after = "\n".join(line for place, line in outside if place == len(found))
    return Block(before, after, items, "fenced")


def _marked(raw: Sequence[str]) -> Block | None:
    """Find a numbered or bulleted list."""
    lines = [read_line(line) for line in raw]
    own = _own_lines(lines)
    if len(own) < 2:
        return None
    numbers = [lines[place].number for place in own]
    if numbers[0] and not all(one < other for one, other in pairwise(numbers)):
        return _NONE
    first, end = own[0], _end(lines, own)
    others = [line for place, line in enumerate(lines) if line.mark and not first <= place < end]
    starts = [*own, end]
    if others or any(_breaks(lines[start + 1 : stop], lines[start]) for start, stop in pairwise(starts)):
        return _NONE
    items = tuple(
        _item(index, lines[start], raw[start + 1 : stop])
        for index, (start, stop) in enumerate(pairwise(starts), 1)
    )
    form: Form = "numbered" if numbers[0] else "bulleted"
    return Block("\n".join(raw[:first]), "\n".join(raw[end:]), items, form)


def _own_lines(lines: Sequence[Line]) -> list[int]:
    """Return where the items of the first list with two items or more begin."""
    families: dict[tuple[str, int], list[int]] = {}
    for place, line in enumerate(lines):
        if line.mark:
            families.setdefault((line.family, line.indent), []).append(place)
    none: list[int] = []
    return next((places for places in families.values() if len(places) > 1), none)


def _end(lines: Sequence[Line], own: Sequence[int]) -> int:
    """Return the line behind the last item: lines right below it belong to it where others have such, too."""
    last = own[-1]
    goes_on = any(other - one > 1 and lines[one + 1].text for one, other in pairwise(own))
    end = last + 1
    while end < len(lines) and lines[end].text and (goes_on or lines[end].indent > lines[last].indent):
        end += 1
    return end


def _breaks(inner: Sequence[Line], item: Line) -> bool:
    """Return whether the lines below an item hold another list, or a paragraph that is not its own."""
    apart = False
    for line in inner:
        if not line.text:
            apart = True
        elif line.indent <= item.indent and (apart or line.mark):
            return True
    return False


def _item(index: int, line: Line, below: Sequence[str]) -> GivenItem:
    more = "\n".join(below).rstrip()
    text = f"{line.rest}\n{more}" if more.strip() else line.rest
    return GivenItem(index, line.mark, text.strip())


def _rows(lines: Sequence[str]) -> Block | None:
    """Find comma-separated rows, or a table."""
    found = find_rows(lines)
    if found is None:
        return None
    items = tuple(GivenItem(index, "", row) for index, row in enumerate(found.rows, 1))
    before, after = "\n".join(lines[: found.start]), "\n".join(lines[found.end :])
    return Block(before, after, items, "rows", found.header)


def _lines(lines: Sequence[str]) -> Block | None:
    """Find plain lines below words that end in a colon or a full stop, or above such words."""
    text = ["" if _RULE.fullmatch(line) else line.strip() for line in lines]
    span = _span(text)
    if span is None:
        return None
    start, end = span
    shown = [line for line in text[start:end] if line]
    if not all(len(line) <= _LINE_CHARS for line in shown):
        return None
    items = tuple(GivenItem(index, "", line) for index, line in enumerate(shown, 1))
    return Block("\n".join(text[:start]), "\n".join(text[end:]), items, "lines")


def _span(text: Sequence[str]) -> tuple[int, int] | None:
    """Return which lines are the list: by blank lines, or below the first line that introduces it.

    A list is one paragraph of several lines, or several paragraphs of one line.
    """
    paragraphs = _paragraphs(text)
    if not paragraphs:
        return None
    first, last = paragraphs[0], paragraphs[-1]
    introduced = text[first[1] - 1].endswith(_OPENS)
    if first[1] - first[0] > 2 and len(paragraphs) <= 2 and text[first[0]].endswith(_ENDS):
        if len(paragraphs) == 1 or _single(last):
            return first[0] + 1, first[1]
        return None
    if _single(first) and len(paragraphs) > 1:
        second = paragraphs[1]
        if len(paragraphs) <= 3 and not _single(second) and text[first[0]].endswith(_ENDS):
            return second if len(paragraphs) == 2 or _single(last) else None
        if introduced and all(map(_single, paragraphs[1:])) and len(paragraphs) > 2:
            return second[0], last[1]
        return None
    if len(paragraphs) == 2 and not _single(first) and _single(last):
        return first
    return None


def _single(paragraph: tuple[int, int]) -> bool:
    return paragraph[1] - paragraph[0] == 1


def _paragraphs(text: Sequence[str]) -> list[tuple[int, int]]:
    """Return start and end of every run of lines with text."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for place, line in enumerate((*text, "")):
        if line and start is None:
            start = place
        elif not line and start is not None:
            found.append((start, place))
            start = None
    return found


def _inline(lines: Sequence[str]) -> Block | None:
    """Find quoted texts one after the other in a line."""
    text = "\n".join(lines)
    if len(text) > _INLINE_CHARS:
        return None
    row = quotations(text)
    if row is None:
        return None
    start, end, quoted = row
    if text[:start].strip() and re.search(r"\w", text[end:].split("\n", 1)[0]):
        return _NONE  # inside a sentence
    items = tuple(GivenItem(index, one[0], one[1:-1], one[-1]) for index, one in enumerate(quoted, 1))
    return Block(text[:start], text[end:], items, "quoted")


FINDERS: tuple[Callable[[Sequence[str]], Block | None], ...] = (_fenced, _marked, _inline, _rows, _lines)
"""In order of how surely their form is a list; the first that finds one decides."""
