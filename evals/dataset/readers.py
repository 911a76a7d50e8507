"""Readers of question files: plain text, JSON Lines, FastChat, GSM8K, AlpacaEval, BIG-Bench-Hard, CSV.

Each raises `ConfigError` with file, line and field where an entry is wrong.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from sot.errors import ConfigError

from .fields import Entry, read_text
from .question import KINDS, Kind, Question

COLUMNS = ("question", "prompt", "instruction", "query")
_DELIMITERS = (",", ";", "\t")
_FINAL = "####"
_OBJECT = re.compile(r"\s*\{\s*(?:[\"'}]|$)")
_EXAMPLES = re.compile(r'"examples"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_NUMBER = re.compile(r"[-−+]?[$€£¥]?\d[\d,]*(\.\d+)?\s*%?|[-−+]?\d+\s*/\s*\d+")
_CHOICE = re.compile(r"\(?[A-Za-z]\)?\.?")


def read_lines(path: Path) -> Iterator[Question]:
    """Read a file with one question a line: text, or a JSON object as `read_objects` has it."""
    for number, line in _numbered(path):
        yield _any(path, number, line, is_json=is_object(line))


def read_objects(path: Path) -> Iterator[Question]:
    """Read JSON Lines: objects with ``question``, ``instruction`` (and ``input``) or ``turns``.

    ``id``, ``category``, ``reference``, ``kind`` and ``language`` are read where there are. A line that is no
    JSON at all is a question in text; other JSON than an object, such as ``null``, is refused.
    """
    for number, line in _numbered(path):
        yield _any(path, number, line, is_json=line.lstrip().startswith("{") or parsed(line) is not None)


def is_object(line: str) -> bool:
    """Tell whether a line is meant as a JSON object, not as text that begins with a brace."""
    return _OBJECT.match(line) is not None


def parsed(text: str) -> tuple[Any] | None:
    """Return the value of a JSON text in a tuple of one; ``None`` where it is no JSON."""
    try:
        return (json.loads(text),)
    except (ValueError, RecursionError):
        return None


def read_fastchat(path: Path) -> Iterator[Question]:
    """Read FastChat's JSON Lines: ``question_id``, ``category``, ``turns``, ``reference``."""
    for number, line in _numbered(path):
        entry = _entry(path, number, line)
        turns = entry.texts("turns")
        if not turns or not turns[0].strip():
            raise entry.wrong("turns", "has no first text")
        references = entry.texts("reference") if entry.fields.get("reference") else []
        yield _question(
            path,
            entry.optional("question_id", "id") or number,
            turns,
            category=entry.optional("category"),
            reference=(references[0].strip() or None) if references else None,
        )


def read_gsm8k(path: Path) -> Iterator[Question]:
    """Read GSM8K's JSON Lines: ``question``, and ``answer`` with the result after ``####``."""
    for number, line in _numbered(path):
        entry = _entry(path, number, line)
        question, answer = entry.text("question"), entry.text("answer")
        _, marked, result = answer.rpartition(_FINAL)
        if not marked or not result.strip():
            raise entry.wrong("answer", f"has no result after {_FINAL}")
        given = entry.optional("id") or number
        yield _question(
            path, given, [question], category="math", reference=result.strip(), kind="number", language="en"
        )


def read_alpacaeval(path: Path) -> Iterator[Question]:
    """Read AlpacaEval's JSON: a list of objects with ``instruction`` and ``dataset``.

    Their ``output`` is another model's answer, not the right one, and is passed over.
    """
    text = read_text(path)
    found = _document(path, text)
    if not isinstance(found, list):
        raise ConfigError(f"{path}:1: AlpacaEval's format is a list of objects, not {type(found).__name__}")
    for number, entry in enumerate(_entries(path, text, cast("list[Any]", found), text.find("[") + 1), 1):
        instruction, given = entry.text("instruction"), entry.optional("input").strip()
        question = f"{instruction}\n\n{given}" if given else instruction
        category = entry.optional("category", "dataset")
        yield _question(path, entry.optional("id") or number, [question], category=category)


def read_bbh(path: Path) -> Iterator[Question]:
    """Read a BIG-Bench-Hard task: ``examples`` with ``input`` and ``target``; its name is the category."""
    text = read_text(path)
    found = _document(path, text)
    examples = cast("dict[str, Any]", found).get("examples") if isinstance(found, dict) else None
    if not isinstance(examples, list):
        raise ConfigError(f"{path}:1: field examples: must be a list of objects with input and target")
    begins = _EXAMPLES.search(text)
    start = begins.end() if begins else len(text)
    for number, entry in enumerate(_entries(path, text, cast("list[Any]", examples), start), 1):
        question, reference = entry.text("input"), entry.optional("target").strip()
        if not reference:
            raise entry.wrong("target", "missing or empty")
        kind = _kind_of(reference)
        yield _question(
            path,
            number,
            [question],
            category=path.stem,
            reference=reference,
            kind="text" if kind == "open" else kind,
            language="en",
        )


def read_csv(path: Path, column: str | None = None) -> Iterator[Question]:
    """Read a CSV file whose first line names the columns; the delimiter is ``,``, ``;`` or tab.

    Columns called ``id``, ``category``, ``reference`` and ``language`` are read as well.

    Args:
        path: The file.
        column: The column with the questions; one called question, prompt, instruction or query unless given.
    """
    text = read_text(path)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    try:
        names = next(rows, [])
        place = _place(path, names, column)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _of_row(path, rows.line_num, names, row, place)
    except csv.Error as error:
        raise ConfigError(f"{path}:{rows.line_num}: not CSV: {error}") from None


def delimiter_of(text: str) -> str:
    """Return the delimiter that parts the first line into the most columns."""
    first = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)


def question_column(names: list[str]) -> str | None:
    """Return the column whose name is one for questions, if there is one."""
    plain = {name.strip().casefold(): name for name in reversed(names)}
    return next((plain[name] for name in COLUMNS if name in plain), None)


def _question(
    path: Path,
    own_id: str | int,
    turns: list[str],
    *,
    category: str = "",
    reference: str | None = None,
    kind: Kind = "open",
    language: str = "",
) -> Question:
    """A question; a number stands for the id of an entry that has none."""
    return Question(
        id=own_id if isinstance(own_id, str) else f"{path.stem}-{own_id}",
        category=category,
        question=turns[0],
        turns=turns,
        reference=reference,
        kind=kind,
        language=language,
        source=path.name,
    )


def _any(path: Path, number: int, line: str, *, is_json: bool) -> Question:
    if not is_json:
        return _question(path, number, [line.strip()])
    entry = _entry(path, number, line)
    return _whole(path, number, entry, _turns(entry))


def _whole(path: Path, number: int, entry: Entry, turns: list[str]) -> Question:
    """A question with all that its entry says of it."""
    reference = entry.optional("reference") or None
    return _question(
        path,
        entry.optional("id", "question_id") or number,
        turns,
        category=entry.optional("category"),
        reference=reference,
        kind=_kind(entry, reference),
        language=entry.optional("language"),
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
        return _kind_of(reference)
    for kind in KINDS:
        if kind == named:
            if kind != "open" and reference is None:
                raise entry.wrong("kind", f"{kind} needs the field reference")
            return kind
    raise entry.wrong("kind", f"is {named!r}; it must be one of {', '.join(KINDS)}")


def _kind_of(reference: str | None) -> Kind:
    """How a reference that comes without a kind is read: a number, a letter, a few words, or prose."""
    if reference is None:
        return "open"
    plain = reference.strip()
    if _NUMBER.fullmatch(plain):
        return "number"
    if _CHOICE.fullmatch(plain):
        return "choice"
    return "text" if 0 < len(plain.split()) <= 5 and len(plain) <= 40 else "open"


def _entry(path: Path, number: int, line: str) -> Entry:
    return Entry.parsed(f"{path}:{number}", line)


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    # Parted at line feeds alone: JSON may hold other line separators. What follows a line is not looked at
    # before it is asked for.
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            yield number, line


def _document(path: Path, text: str) -> object:
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


def _place(path: Path, names: list[str], column: str | None) -> int:
    wanted = question_column(names) if column is None else column
    if wanted is None:
        raise ConfigError(f"{path}:1: which column has the questions? --column: {', '.join(names)}")
    if wanted not in names:
        raise ConfigError(f"{path}:1: there is no column {wanted!r}; there are {', '.join(names) or 'none'}")
    return names.index(wanted)


def _of_row(path: Path, line: int, names: list[str], row: list[str], place: int) -> Question:
    if len(row) != len(names):
        raise ConfigError(f"{path}:{line}: {len(row)} cells where the first line has {len(names)}")
    text = row[place].strip()
    if not text:
        raise ConfigError(f"{path}:{line}: field {names[place]}: is empty")
    cells = {name.strip().casefold(): cell.strip() for name, cell in zip(names, row, strict=True)}
    known = {name: cells.get(name, "") for name in ("id", "category", "reference", "language")}
    return _whole(path, line, Entry(f"{path}:{line}", known), [text])
