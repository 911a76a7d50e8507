"""Tables whose rows are numbered, so that their titles are plainly the points."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?:[^\W\d_]{2,12}\s|#)?(\d{1,2})[.)]?")
_NUMBERED = re.compile(r"(\d{1,2})[.)]\s+(?=\S)")


def read_row(line: str) -> tuple[int, str] | None:
    """Return the number of a table's row and its title, with what it covers after a pipe; ``None``: neither.

    The number stands in the first cell, alone or before the title; any other table holds no points.
    """
    cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
    first = cells[0].strip("*_ ")
    if alone := _NUMBER.fullmatch(first):
        number, texts = int(alone[1]), cells[1:3]
    elif numbered := _NUMBERED.match(first):
        number, texts = int(numbered[1]), [first[numbered.end() :], *cells[1:2]]
    else:
        return None
    if not texts or not any(map(str.isalpha, texts[0])):
        return None
    return number, " | ".join(filter(None, texts))
