"""The questions of a file alone, for the measuring scripts: one a line, or JSON Lines."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from sot.errors import ConfigError

from .sets.fields import read_text
from .sets.lines import is_object, read_lines, read_objects

SUITABLE = Path(__file__).parent / "questions" / "suitable.txt"


def read_questions(path: Path, *, limit: int | None = None) -> list[str]:
    """The questions of a file.

    Args:
        path: A text file with one question a line, or JSON Lines whose objects have a ``question`` or
            ``instruction`` text, or FastChat's ``turns`` (the first turn is taken).
        limit: Most questions to read.

    Raises:
        ConfigError: The file cannot be read; with the line at fault.
    """
    first = next((line for line in read_text(path).split("\n") if line.strip()), "")
    reader = read_objects if is_object(first) else read_lines
    questions = [question.question for question in islice(reader(path), limit)]
    if not questions:
        raise ConfigError(f"{path}: no questions")
    return questions
