"""Question sets: a built-in one by its name, or a file in any of the formats that people have."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from sot.errors import ConfigError

from . import readers
from .fields import read_text
from .question import Question, QuestionSetInfo, in_turn

BUILT_IN: Mapping[str, Path] = {
    "everyday-120": Path(__file__).parent / "everyday_120.jsonl",
    "everyday-ja-40": Path(__file__).parent / "everyday_ja_40.jsonl",
    "suitable": Path(__file__).parent / "questions" / "suitable.txt",
    "mixed": Path(__file__).parent / "questions" / "mixed.txt",
}
_READERS: Mapping[str, Callable[[Path], Iterator[Question]]] = {
    "text": readers.read_lines,
    "jsonl": readers.read_objects,
    "fastchat": readers.read_fastchat,
    "gsm8k": readers.read_gsm8k,
    "alpacaeval": readers.read_alpacaeval,
    "bbh": readers.read_bbh,
    "csv": readers.read_csv,
}
FORMATS = tuple(_READERS)
_JSON_LINES = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Named questions in the file's order, and the format they were read from."""

    name: str
    format: str
    questions: tuple[Question, ...]

    @property
    def info(self) -> QuestionSetInfo:
        """Identity of the set; the checksum is of the questions as read, however the file is laid out."""
        digest = hashlib.sha256()
        for question in self.questions:
            digest.update(question.model_dump_json(exclude={"source"}).encode() + b"\n")
        return QuestionSetInfo(
            name=self.name, sha256=digest.hexdigest(), count=len(self.questions), format=self.format
        )

    def chosen(
        self, *, limit: int | None = None, limit_per_category: int | None = None
    ) -> tuple[Question, ...]:
        """Return the questions to ask, in the order to ask them: one of each category in turn.

        So a small limit covers different categories, and a drift of the machine's speed meets all alike. A
        larger limit asks the same questions first.
        """
        found = in_turn(self.questions, lambda question: question.category, limit_per_category)
        return tuple(found[:limit])


def load_questions(spec: str, *, form: str | None = None, column: str | None = None) -> QuestionSet:
    """Load a question set.

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
        form = "jsonl" if path.suffix in _JSON_LINES else "text"
        questions = [question.model_copy(update={"source": spec}) for question in _READERS[form](path)]
        return _checked(spec, form, questions, path)
    path = Path(spec)
    if not path.exists():
        raise ConfigError(f"there is no question set or file {spec!r}; built in are {', '.join(BUILT_IN)}")
    form = form or ("csv" if column is not None else detect(path, read_text(path)))
    if form != "csv" and column is not None:
        raise ConfigError(f"--column is for CSV files, and {path} is read as {form}")
    reader = partial(readers.read_csv, column=column) if form == "csv" else _READERS[form]
    return _checked(path.name, form, tuple(reader(path)), path)


def detect(path: Path, text: str) -> str:
    """Tell the format of a file by its content, and by its name only where the content leaves it open."""
    begin = text.lstrip()[:1]
    first = next((line for line in text.split("\n") if line.strip()), "")
    if begin == "{" and (
        readers.is_object(first) or readers.parsed(text) or path.suffix.lower() in _JSON_LINES
    ):
        return _of_objects(text, first)
    if begin == "[" and (path.suffix.lower() == ".json" or readers.parsed(text)):
        return "alpacaeval"
    try:
        names = next(csv.reader([first], delimiter=readers.delimiter_of(text)), [])
    except csv.Error:
        names = []
    named = readers.question_column(names) is not None
    return "csv" if named or path.suffix.lower() in (".csv", ".tsv") else "text"


def _of_objects(text: str, line: str) -> str:
    (first,) = readers.parsed(line) or (None,)
    if not isinstance(first, dict):  # the first object does not end on its line, or is broken
        return "bbh" if '"examples"' in text else "jsonl"
    fields = cast("dict[str, Any]", first)
    if "examples" in fields:
        return "bbh"
    if "turns" in fields:
        return "fastchat"
    answer = fields.get("answer")
    return "gsm8k" if "question" in fields and isinstance(answer, str) and "####" in answer else "jsonl"


def _checked(name: str, form: str, questions: Sequence[Question], path: Path) -> QuestionSet:
    """A set of these questions; refused where there are none, or where two share an id."""
    if not questions:
        raise ConfigError(f"{path}: no questions")
    seen: dict[str, int] = {}
    for number, question in enumerate(questions, 1):
        if question.id in seen:
            raise ConfigError(
                f"{path}: questions {seen[question.id]} and {number} share the id {question.id!r}"
            )
        seen[question.id] = number
    return QuestionSet(name, form, tuple(questions))
