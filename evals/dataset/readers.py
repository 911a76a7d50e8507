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
from typing import Any

from sot.errors import ConfigError

from .question import KINDS, Kind, Question

_COLUMNS = ("question", "prompt", "instruction", "query")
_DELIMITERS = (",", ";", "\t")
_FINAL = "####"
_OBJECT = re.compile(r"\s*\{\s*(?:[\"'}]|$)")
_EXAMPLES = re.compile(r'"examples"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_NUMBER = re.compile(r"[-−+]?[$€£¥]?\d[\d,]*(\.\d+)?\s*%?|[-−+]?\d+\s*/\s*\d+")
_CHOICE = re.compile(r"\(?[A-Za-z]\)?\.?")


class Entry:
    """Object in a question file.

    Args:
        where: Its file and line, for error messages.
        number: Stands for its id where it has none.
    """

    def __init__(self, path: Path, line: int, fields: object, number: int | None = None) -> None:
        self.where = f"{path}:{line}"
        if not isinstance(fields, dict):
            raise ConfigError(f"{self.where}: not a JSON object")
        self.fields: dict[str, Any] = fields
        self._path, self._line, self.number = path, line, number or line

    def wrong(self, field: str, what: str) -> ConfigError:
        """Return an error that names file, line and field."""
        return ConfigError(f"{self.where}: field {field}: {what}")

    def text(self, field: str) -> str:
        """Return a field that must hold text."""
        value = self._value(field)
        if not isinstance(value, str):
            raise self.wrong(field, f"must be text, not {type(value).__name__}")
        if not value.strip():
            raise self.wrong(field, "is empty")
        return _encodable(value)

    def optional(self, *names: str) -> str:
        """Return the first of these fields that is there, as text; numbers are taken, too. Else ``""``."""
        for name in names:
            value = self.fields.get(name)
            if value is None or value == "":
                continue
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise self.wrong(name, f"must be text or a number, not {type(value).__name__}")
            return _encodable(str(value))
        return ""

    def texts(self, field: str) -> list[str]:
        """Return a field that must hold a list of texts."""
        value = self._value(field)
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self.wrong(field, "must be a list of texts")
        return [_encodable(part) for part in value]

    def instruction(self) -> str:
        """Return the instruction and what it is about: ``input``, or that of the first of ``instances``."""
        text, about = self.text("instruction"), self
        match self.fields.get("instances"):
            case [dict() as first, *_]:  # Self-Instruct
                about = Entry(self._path, self._line, first)
                about.where += ": instances"
        given = about.optional("input").strip()
        return f"{text}\n\n{given}" if given else text

    def question(self, *turns: str, **fields: Any) -> Question:
        """Make the question of these turns, with the entry's id and category."""
        if "id" not in fields:
            fields["id"] = self.optional("id", "question_id") or f"{self._path.stem}-{self.number}"
        if "category" not in fields:
            fields["category"] = self.optional("category")
        return Question(question=turns[0], turns=list(turns), source=self._path.name, **fields)

    def described(self, *turns: str) -> Question:
        """Make the question of these turns, with all that the entry says of it."""
        reference = self.optional("reference") or self._schema()
        kind = self.optional("kind") or ("json" if "schema" in self.fields else _kind_of(reference))
        if kind not in KINDS:
            raise self.wrong("kind", f"is {kind!r}; it must be one of {', '.join(KINDS)}")
        if kind != "open" and reference is None:
            raise self.wrong("kind", f"{kind} needs the field reference")
        return self.question(*turns, reference=reference, kind=kind, language=self.optional("language"))

    def _schema(self) -> str | None:
        """Return the JSON schema of the answer as JSON."""
        if (schema := self.fields.get("schema")) is None:
            return None
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import validator_for

        if not isinstance(schema, dict):
            raise self.wrong("schema", f"must be an object, not {type(schema).__name__}")
        try:
            validator_for(schema).check_schema(schema)
        except SchemaError as error:
            raise self.wrong("schema", error.message) from None
        return _encodable(json.dumps(schema, ensure_ascii=False))

    def _value(self, field: str) -> object:
        if field not in self.fields:
            raise self.wrong(field, f"missing; there are {', '.join(self.fields) or 'no fields'}")
        return self.fields[field]


def read_lines(path: Path, text: str, *, json_lines: bool = False) -> Iterator[Question]:
    """Read one question a line: a JSON object with ``question``, ``instruction`` or ``turns``, or else text.

    Args:
        json_lines: Whether other JSON than an object, such as ``null``, is refused, not taken as text.
    """
    for number, line in _lines(text):
        is_json = is_object(line)
        if json_lines:
            is_json = line.lstrip().startswith("{") or parsed(line) is not None
        yield _of_object(path, number, line) if is_json else Entry(path, number, {}).question(line.strip())


def read_fastchat(path: Path, text: str) -> Iterator[Question]:
    """Read FastChat's JSON Lines: ``question_id``, ``category``, ``turns``, ``reference``."""
    for entry in _entries(path, text):
        turns = entry.texts("turns")
        if not turns or not turns[0].strip():
            raise entry.wrong("turns", "has no first text")
        references = entry.texts("reference") if entry.fields.get("reference") else [""]
        given = {"id": own} if (own := entry.optional("question_id")) else {}
        yield entry.question(*turns, reference=references[0].strip() or None, **given)


def read_gsm8k(path: Path, text: str) -> Iterator[Question]:
    """Read GSM8K's JSON Lines: ``question``, and ``answer`` with the result after ``####``."""
    for entry in _entries(path, text):
        question, answer = entry.text("question"), entry.text("answer")
        _, marked, result = answer.rpartition(_FINAL)
        if not marked or not result.strip():
            raise entry.wrong("answer", f"has no result after {_FINAL}")
        known = {"category": "math", "kind": "number", "language": "en"}
        yield entry.question(question, reference=result.strip(), **known)


def read_alpacaeval(path: Path, text: str) -> Iterator[Question]:
    """Read AlpacaEval's JSON: a list of objects with ``instruction`` and ``dataset``.

    Their ``output`` is another model's answer, not the right one, and is passed over.
    """
    found = _json(path, text)
    if not isinstance(found, list):
        raise ConfigError(f"{path}:1: AlpacaEval's format is a list of objects, not {type(found).__name__}")
    for entry in _entries_of_list(path, text, found, text.find("[") + 1):
        yield entry.question(entry.instruction(), category=entry.optional("category", "dataset"))


def read_bbh(path: Path, text: str) -> Iterator[Question]:
    """Read a BIG-Bench-Hard task: ``examples`` with ``input`` and ``target``; its name is the category."""
    found = _json(path, text)
    examples = found.get("examples") if isinstance(found, dict) else None
    if not isinstance(examples, list):
        raise ConfigError(f"{path}:1: field examples: must be a list of objects with input and target")
    begins = _EXAMPLES.search(text)
    for entry in _entries_of_list(path, text, examples, begins.end() if begins else len(text)):
        question, reference = entry.text("input"), entry.optional("target").strip()
        if not reference:
            raise entry.wrong("target", "missing or empty")
        kind = _kind_of(reference)
        known = {"category": path.stem, "kind": "text" if kind == "open" else kind, "language": "en"}
        yield entry.question(question, id=f"{path.stem}-{entry.number}", reference=reference, **known)


def read_csv(path: Path, text: str, column: str | None = None) -> Iterator[Question]:
    """Read a CSV file whose first line names the columns; the delimiter is ``,``, ``;`` or tab.

    Columns called ``id``, ``category``, ``reference`` and ``language`` are read as well.

    Args:
        column: The column with the questions; one called question, prompt, instruction or query unless given.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        names = next(rows, [])
        asked = _named_column(names) if column is None else column
        if asked is None:
            raise ConfigError(f"{path}:1: which column has the questions? --column: {', '.join(names)}")
        if asked not in names:
            there = ", ".join(names) or "none"
            raise ConfigError(f"{path}:1: there is no column {asked!r}; there are {there}")
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _of_row(path, rows.line_num, names, row, names.index(asked))
    except csv.Error as error:
        raise ConfigError(f"{path}:{rows.line_num}: not CSV: {error}") from None


def has_question_column(text: str) -> bool:
    """Tell whether the first line names columns, one of which is for questions."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    try:
        return _named_column(next(csv.reader([first], delimiter=_delimiter(text)), [])) is not None
    except csv.Error:
        return False


def is_object(line: str) -> bool:
    """Tell whether a line is meant as a JSON object, not as text that begins with a brace."""
    return _OBJECT.match(line) is not None


def parsed(text: str) -> tuple[Any] | None:
    """Return the value of a JSON text in a tuple of one; ``None`` where it is no JSON."""
    try:
        return (json.loads(text),)
    except (ValueError, RecursionError):
        return None


def _of_object(path: Path, number: int, line: str) -> Question:
    entry = Entry(path, number, _json(path, line, number))
    for name in ("question", "instruction"):
        value = entry.fields.get(name)
        if isinstance(value, str) and value.strip():
            return entry.described(entry.instruction() if name == "instruction" else entry.text(name))
    turns = entry.fields.get("turns")
    if isinstance(turns, list) and turns and isinstance(turns[0], str) and turns[0].strip():
        return entry.described(*entry.texts("turns"))
    raise ConfigError(f"{entry.where}: no text in the field question, instruction or turns")


def _of_row(path: Path, line: int, names: list[str], row: list[str], place: int) -> Question:
    if len(row) != len(names):
        raise ConfigError(f"{path}:{line}: {len(row)} cells where the first line has {len(names)}")
    cells = {name.strip().casefold(): cell.strip() for name, cell in zip(names, row, strict=True)}
    known = {name: cells.get(name, "") for name in ("id", "category", "reference", "language")}
    entry = Entry(path, line, known)
    if not row[place].strip():
        raise entry.wrong(names[place], "is empty")
    return entry.described(row[place].strip())


def _named_column(names: list[str]) -> str | None:
    plain = {name.strip().casefold(): name for name in reversed(names)}
    return next((plain[name] for name in _COLUMNS if name in plain), None)


def _delimiter(text: str) -> str:
    """The delimiter that parts the first line into the most columns."""
    return max(_DELIMITERS, key=text.split("\n", 1)[0].count)


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


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # Parted at line feeds alone: JSON may hold other line separators. What follows a line is not looked at
    # before it is asked for.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def _entries(path: Path, text: str) -> Iterator[Entry]:
    for number, line in _lines(text):
        yield Entry(path, number, _json(path, line, number))


def _json(path: Path, text: str, line: int = 1) -> Any:
    """The value of a JSON text that begins at a line of the file."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        at = line + error.lineno - 1
        raise ConfigError(f"{path}:{at}: not JSON: {error.msg}, column {error.colno}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}:{line}: not JSON: {error}") from None


def _entries_of_list(path: Path, text: str, found: list[Any], start: int) -> Iterator[Entry]:
    """Entries with their lines, found by reading the text of the list once more, entry by entry."""
    decoder = json.JSONDecoder()
    place, line, counted = start, text.count("\n", 0, start) + 1, start
    for number, value in enumerate(found, 1):
        between = _BETWEEN.match(text, place)
        place = between.end() if between else place
        line, counted = line + text.count("\n", counted, place), place
        yield Entry(path, line, value, number)
        try:
            _, place = decoder.raw_decode(text, place)
        except ValueError:  # an unusual document: the line of the entry before is near enough
            place = len(text)


def _encodable(text: str) -> str:
    # JSON can escape half a surrogate pair, which no file of ours can hold: it is replaced.
    return text.encode("utf-8", "replace").decode("utf-8")
