"""Question files that are one JSON document: AlpacaEval's list and BIG-Bench-Hard's examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from sot.errors import ConfigError

from ..records import Question
from .fields import Entry, read_text
from .question_set import kind_of

_EXAMPLES = re.compile(r'"examples"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


def read_alpacaeval(path: Path) -> Iterator[Question]:
    """The questions of AlpacaEval's JSON: a list of objects with ``instruction`` and ``dataset``. Their
    ``output`` is another model's answer, not the right one, and is passed over.

    Args:
        path: The file.

    Raises:
        ConfigError: The file cannot be read, or an entry is wrong; with file, line and field.
    """
    text = read_text(path)
    found = _parsed(path, text)
    if not isinstance(found, list):
        raise ConfigError(f"{path}:1: AlpacaEval's format is a list of objects, not {type(found).__name__}")
    for number, entry in enumerate(_entries(path, text, cast("list[Any]", found), text.find("[") + 1), 1):
        instruction, given = entry.text("instruction"), entry.optional("input").strip()
        question = f"{instruction}\n\n{given}" if given else instruction
        yield Question(
            id=entry.optional("id") or f"{path.stem}-{number}",
            category=entry.optional("category", "dataset"),
            question=question,
            turns=[question],
            source=path.name,
        )


def read_bbh(path: Path) -> Iterator[Question]:
    """The questions of a BIG-Bench-Hard task: ``examples``, a list of objects with ``input`` and ``target``.

    Args:
        path: The file; its name is the category.

    Raises:
        ConfigError: The file cannot be read, or an example is wrong; with file, line and field.
    """
    text = read_text(path)
    found = _parsed(path, text)
    examples = cast("dict[str, Any]", found).get("examples") if isinstance(found, dict) else None
    if not isinstance(examples, list):
        raise ConfigError(f"{path}:1: field examples: must be a list of objects with input and target")
    begins = _EXAMPLES.search(text)
    start = begins.end() if begins else len(text)
    for number, entry in enumerate(_entries(path, text, cast("list[Any]", examples), start), 1):
        question = entry.text("input")
        reference = entry.optional("target").strip()
        if not reference:
            raise entry.wrong("target", "missing or empty")
        kind = kind_of(reference)
        yield Question(
            id=f"{path.stem}-{number}",
            category=path.stem,
            question=question,
            turns=[question],
            reference=reference,
            kind="text" if kind == "open" else kind,
            language="en",
            source=path.name,
        )


def _parsed(path: Path, text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None


def _entries(path: Path, text: str, found: list[Any], start: int) -> Iterator[Entry]:
    """Entries with their lines, found by reading the text of the list once more, entry by entry."""
    decoder = json.JSONDecoder()
    place, line, counted = start, text.count("\n", 0, start) + 1, start
    for value in found:
        between = _BETWEEN.match(text, place)
        place = between.end() if between else place
        line, counted = line + text.count("\n", counted, place), place
        yield Entry(f"{path}:{line}", value)
        try:
            _, place = decoder.raw_decode(text, place)
        except ValueError:  # an unusual document: the line of the entry before is near enough
            place = len(text)
