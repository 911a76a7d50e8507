"""Reads questions from files: one a line, or JSON Lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from sot.errors import ConfigError

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
    try:
        # Parted at line feeds alone: JSON may hold other line separators.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the questions cannot be read: {error}") from None
    questions: list[str] = []
    for number, line in enumerate(lines, 1):
        if line.strip() and (limit is None or len(questions) < limit):
            jsonl = line.lstrip().startswith("{")
            questions.append(_question(path, number, line) if jsonl else line.strip())
    if not questions:
        raise ConfigError(f"{path}: no questions")
    return questions


def _question(path: Path, number: int, line: str) -> str:
    where = f"{path}:{number}"
    try:
        entry = cast("dict[str, Any]", json.loads(line))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: not JSON: {error}") from None
    turns = entry.get("turns")
    candidates = (
        entry.get("question"),
        entry.get("instruction"),
        turns[0] if isinstance(turns, list) and turns else None,
    )
    for candidate in candidates:
        if isinstance(candidate, str) and candidate.strip():
            return candidate
    raise ConfigError(f"{where}: no text in the field question, instruction or turns")
