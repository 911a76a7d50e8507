"""Question files with one question a line: plain text, JSON Lines, FastChat's and GSM8K's JSON Lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from sot.errors import ConfigError

from ..records import KINDS, Kind, Question
from .fields import Entry, read_text
from .question_set import kind_of

_FINAL = "####"
_OBJECT = re.compile(r"\s*\{\s*(?:[\"'}]|$)")


def read_lines(path: Path) -> Iterator[Question]:
    """The questions of a file with one a line: text, or a JSON object as `read_objects` has it.

    Args:
        path: The file. What follows a line is not looked at before it is asked for.

    Raises:
        ConfigError: The file cannot be read, or a line is wrong; with file, line and field.
    """
    for number, line in _numbered(path):
        if is_object(line):
            yield _own(_entry(path, number, line), f"{path.stem}-{number}", path.name)
        else:
            yield _text(line, f"{path.stem}-{number}", path.name)


def read_objects(path: Path) -> Iterator[Question]:
    """The questions of JSON Lines: objects with ``question``, ``instruction`` (and ``input``) or ``turns``;
    and, where there are, ``id``, ``category``, ``reference``, ``kind`` and ``language``.

    A line that is no JSON at all is a question in text; other JSON than an object, such as ``null``, is not.

    Args:
        path: The file. What follows a line is not looked at before it is asked for.

    Raises:
        ConfigError: The file cannot be read, or a line is wrong; with file, line and field.
    """
    for number, line in _numbered(path):
        if line.lstrip().startswith("{") or _is_json(line):
            yield _own(_entry(path, number, line), f"{path.stem}-{number}", path.name)
        else:
            yield _text(line, f"{path.stem}-{number}", path.name)


def is_object(line: str) -> bool:
    """Whether a line is meant as a JSON object, rather than as text that begins with a brace.

    Args:
        line: The line.
    """
    return _OBJECT.match(line) is not None


def read_fastchat(path: Path) -> Iterator[Question]:
    """The questions of FastChat's JSON Lines: ``question_id``, ``category``, ``turns``, ``reference``.

    Args:
        path: The file.

    Raises:
        ConfigError: The file cannot be read, or a line is wrong; with file, line and field.
    """
    for number, line in _numbered(path):
        entry = _entry(path, number, line)
        turns = entry.texts("turns")
        if not turns or not turns[0].strip():
            raise entry.wrong("turns", "has no first text")
        references = entry.texts("reference") if entry.fields.get("reference") else []
        yield Question(
            id=entry.optional("question_id", "id") or f"{path.stem}-{number}",
            category=entry.optional("category"),
            question=turns[0],
            turns=turns,
            reference=(references[0].strip() or None) if references else None,
            source=path.name,
        )


def read_gsm8k(path: Path) -> Iterator[Question]:
    """The questions of GSM8K's JSON Lines: ``question``, and ``answer`` with the result after ``####``.

    Args:
        path: The file.

    Raises:
        ConfigError: The file cannot be read, or a line is wrong; with file, line and field.
    """
    for number, line in _numbered(path):
        entry = _entry(path, number, line)
        question, answer = entry.text("question"), entry.text("answer")
        _, marked, result = answer.rpartition(_FINAL)
        if not marked or not result.strip():
            raise entry.wrong("answer", f"has no result after {_FINAL}")
        yield Question(
            id=entry.optional("id") or f"{path.stem}-{number}",
            category="math",
            question=question,
            turns=[question],
            reference=result.strip(),
            kind="number",
            language="en",
            source=path.name,
        )


def _text(line: str, own_id: str, source: str) -> Question:
    text = line.strip()
    return Question(id=own_id, question=text, turns=[text], source=source)


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _own(entry: Entry, default_id: str, source: str) -> Question:
    turns = _turns(entry)
    reference = entry.optional("reference") or None
    return Question(
        id=entry.optional("id", "question_id") or default_id,
        category=entry.optional("category"),
        question=turns[0],
        turns=turns,
        reference=reference,
        kind=_kind(entry, reference),
        language=entry.optional("language"),
        source=source,
    )


def _turns(entry: Entry) -> list[str]:
    for name in ("question", "instruction"):
        value = entry.fields.get(name)
        if isinstance(value, str) and value.strip():
            given = _input(entry) if name == "instruction" else ""
            text = entry.text(name)
            return [f"{text}\n\n{given}" if given else text]
    turns = entry.fields.get("turns")
    if isinstance(turns, list) and turns and isinstance(turns[0], str) and turns[0].strip():
        return entry.texts("turns")
    raise ConfigError(f"{entry.where}: no text in the field question, instruction or turns")


def _input(entry: Entry) -> str:
    """What an instruction is about: ``input`` as Alpaca has it, or that of Self-Instruct's first instance."""
    instances = entry.fields.get("instances")
    if isinstance(instances, list) and instances and isinstance(instances[0], dict):
        return Entry(f"{entry.where}: instances", instances[0]).optional("input").strip()
    return entry.optional("input").strip()


def _kind(entry: Entry, reference: str | None) -> Kind:
    named = entry.optional("kind")
    if not named:
        return kind_of(reference)
    for kind in KINDS:
        if kind == named:
            if kind != "open" and reference is None:
                raise entry.wrong("kind", f"{kind} needs the field reference")
            return kind
    raise entry.wrong("kind", f"is {named!r}; it must be one of {', '.join(KINDS)}")


def _entry(path: Path, number: int, line: str) -> Entry:
    return Entry.parsed(f"{path}:{number}", line)


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    # Parted at line feeds alone: JSON may hold other line separators.
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            yield number, line
