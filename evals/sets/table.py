"""Questions from a column of a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from sot.errors import ConfigError

from ..records import Question
from .fields import read_text
from .question_set import kind_of

COLUMNS = ("question", "prompt", "instruction", "query")
_DELIMITERS = (",", ";", "\t")


def read_csv(path: Path, column: str | None = None) -> Iterator[Question]:
    """The questions of a CSV file whose first line names the columns; the delimiter is ``,``, ``;`` or tab.

    Columns called ``id``, ``category``, ``reference`` and ``language`` are read as well.

    Args:
        path: The file.
        column: The column with the questions; one called question, prompt, instruction or query unless given.

    Raises:
        ConfigError: The file cannot be read, there is no such column, or a row is wrong; with file and line.
    """
    text = read_text(path)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    try:
        names = next(rows, [])
        place = _place(path, names, column)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _question(path, rows.line_num, names, row, place)
    except csv.Error as error:
        raise ConfigError(f"{path}:{rows.line_num}: not CSV: {error}") from None


def delimiter_of(text: str) -> str:
    """The delimiter that parts the first line into the most columns.

    Args:
        text: The file's text.
    """
    first = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)


def question_column(names: list[str]) -> str | None:
    """The column that is called as one with questions, if there is one.

    Args:
        names: The columns' names.
    """
    plain = {name.strip().casefold(): name for name in reversed(names)}
    return next((plain[name] for name in COLUMNS if name in plain), None)


def _place(path: Path, names: list[str], column: str | None) -> int:
    wanted = question_column(names) if column is None else column
    if wanted is None:
        raise ConfigError(f"{path}:1: which column has the questions? --column: {', '.join(names)}")
    if wanted not in names:
        raise ConfigError(f"{path}:1: there is no column {wanted!r}; there are {', '.join(names) or 'none'}")
    return names.index(wanted)


def _question(path: Path, line: int, names: list[str], row: list[str], place: int) -> Question:
    if len(row) != len(names):
        raise ConfigError(f"{path}:{line}: {len(row)} cells where the first line has {len(names)}")
    text = row[place].strip()
    if not text:
        raise ConfigError(f"{path}:{line}: field {names[place]}: is empty")
    cells = {name.strip().casefold(): cell.strip() for name, cell in zip(names, row, strict=True)}
    reference = cells.get("reference") or None
    return Question(
        id=cells.get("id") or f"{path.stem}-{line}",
        category=cells.get("category", ""),
        question=text,
        turns=[text],
        reference=reference,
        kind=kind_of(reference),
        language=cells.get("language", ""),
        source=path.name,
    )
