"""Finds a question set by its name, or reads a file in any of the formats that people have."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from sot.errors import ConfigError

from ..records import Question
from .documents import read_alpacaeval, read_bbh
from .fields import read_text
from .lines import is_object, read_fastchat, read_gsm8k, read_lines, read_objects
from .question_set import QuestionSet, make_set
from .table import delimiter_of, question_column, read_csv

BUILT_IN: Mapping[str, Path] = {
    "everyday-120": Path(__file__).parent / "everyday_120.jsonl",
    "everyday-ja-40": Path(__file__).parent / "everyday_ja_40.jsonl",
}
_READERS: Mapping[str, Callable[[Path], Iterator[Question]]] = {
    "text": read_lines,
    "jsonl": read_objects,
    "fastchat": read_fastchat,
    "gsm8k": read_gsm8k,
    "alpacaeval": read_alpacaeval,
    "bbh": read_bbh,
    "csv": read_csv,
}
_JSON_LINES = (".json", ".jsonl", ".ndjson")
FORMATS = tuple(_READERS)


def load_questions(spec: str, *, form: str | None = None, column: str | None = None) -> QuestionSet:
    """A question set.

    Args:
        spec: The name of a built-in set, or a file.
        form: The file's format, one of `FORMATS`; found out from its content unless given.
        column: The column of a CSV file that has the questions.

    Raises:
        ConfigError: There is no such set, or the file is wrong; with file, line and field.
    """
    if form is not None and form not in FORMATS:
        raise ConfigError(f"there is no format {form!r}; there are {', '.join(FORMATS)}")
    path = BUILT_IN.get(spec)
    if path is not None:
        if form is not None or column is not None:
            raise ConfigError(f"{spec} is a built-in set: --format and --column are for files")
        found = make_set(spec, "jsonl", tuple(read_objects(path)), path)
        questions = tuple(question.model_copy(update={"source": spec}) for question in found.questions)
        return QuestionSet(spec, "jsonl", questions)
    path = Path(spec)
    if not path.exists():
        raise ConfigError(f"there is no question set or file {spec!r}; built in are {', '.join(BUILT_IN)}")
    form = form or ("csv" if column is not None else detect(path, read_text(path)))
    if form != "csv" and column is not None:
        raise ConfigError(f"--column is for CSV files, and {path} is read as {form}")
    reader = partial(read_csv, column=column) if form == "csv" else _READERS[form]
    return make_set(path.name, form, tuple(reader(path)), path)


def detect(path: Path, text: str) -> str:
    """The format of a file, by its content, and by its name only where the content leaves it open.

    Args:
        path: The file.
        text: Its content.
    """
    begin = text.lstrip()[:1]
    first = next((line for line in text.split("\n") if line.strip()), "")
    if begin == "{" and (is_object(first) or _json(text) is not None or path.suffix.lower() in _JSON_LINES):
        return _of_objects(text)
    if begin == "[" and (path.suffix.lower() == ".json" or _json(text) is not None):
        return "alpacaeval"
    try:
        names = next(csv.reader([first], delimiter=delimiter_of(text)), [])
    except csv.Error:
        names = []
    named = question_column(names) is not None
    return "csv" if named or path.suffix.lower() in (".csv", ".tsv") else "text"


def _of_objects(text: str) -> str:
    first = _json(next(line for line in text.split("\n") if line.strip()))
    if not isinstance(first, dict):  # the first object does not end on its line, or is broken
        return "bbh" if '"examples"' in text else "jsonl"
    fields = cast("dict[str, Any]", first)
    if "examples" in fields:
        return "bbh"
    if "turns" in fields:
        return "fastchat"
    answer = fields.get("answer")
    return "gsm8k" if "question" in fields and isinstance(answer, str) and "####" in answer else "jsonl"


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
