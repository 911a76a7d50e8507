"""Question sets: a built-in one by its name, or a file in any of the formats that people have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sot.errors import ConfigError

from . import readers
from .question import Question, QuestionSetInfo, in_turn

_HERE = Path(__file__).parent
BUILT_IN: Mapping[str, Path] = {
    "everyday-120": _HERE / "everyday_120.jsonl",
    "everyday-ja-40": _HERE / "everyday_ja_40.jsonl",
    "suitable": _HERE / "questions" / "suitable.txt",
    "mixed": _HERE / "questions" / "mixed.txt",
    "schemas-20": _HERE / "schemas_20.jsonl",
    "items-20": _HERE / "items_20.jsonl",
}
_READERS: Mapping[str, Callable[[Path, str], Iterator[Question]]] = {
    "text": readers.read_lines,
    "jsonl": partial(readers.read_lines, json_lines=True),
    "fastchat": readers.read_fastchat,
    "gsm8k": readers.read_gsm8k,
    "alpacaeval": readers.read_alpacaeval,
    "bbh": readers.read_bbh,
    "csv": readers.read_csv,
}
FORMATS = tuple(_READERS)
_JSON_LINES = (".json", ".jsonl", ".ndjson")
_MARK = re.compile("^\ufeff+", re.MULTILINE)  # files that were joined have some at other lines, too


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
    if (built_in := BUILT_IN.get(spec)) and (form is not None or column is not None):
        raise ConfigError(f"{spec} is a built-in set: --format and --column are for files")
    path = built_in or Path(spec)
    if not path.exists():
        raise ConfigError(f"there is no question set or file {spec!r}; built in are {', '.join(BUILT_IN)}")
    try:
        text = _MARK.sub("", path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the questions cannot be read: {error}") from None
    form = form or ("csv" if column is not None else detect(path, text))
    if form != "csv" and column is not None:
        raise ConfigError(f"--column is for CSV files, and {path} is read as {form}")
    reader = _READERS[form] if column is None else partial(readers.read_csv, column=column)
    seen: dict[str, int] = {}
    questions: list[Question] = []
    for number, question in enumerate(reader(path, text), 1):
        if number != (first := seen.setdefault(question.id, number)):
            raise ConfigError(f"{path}: questions {first} and {number} share the id {question.id!r}")
        questions.append(question.model_copy(update={"source": spec if built_in else path.name}))
    if not questions:
        raise ConfigError(f"{path}: no questions")
    return QuestionSet(spec if built_in else path.name, form, tuple(questions))


def detect(path: Path, text: str) -> str:
    """Tell the format of a file by its content, and by its name only where the content leaves it open."""
    begin, suffix = text.lstrip()[:1], path.suffix.lower()
    first = next((line for line in text.split("\n") if line.strip()), "")
    if begin == "{" and (readers.is_object(first) or suffix in _JSON_LINES or readers.parsed(text)):
        return _of_objects(text, first)
    if begin == "[" and (suffix == ".json" or readers.parsed(text)):
        return "alpacaeval"
    return "csv" if suffix in (".csv", ".tsv") or readers.has_question_column(text) else "text"


def _of_objects(text: str, line: str) -> str:
    match readers.parsed(line):
        case ({"examples": _},):
            return "bbh"
        case ({"turns": _},):
            return "fastchat"
        case ({"question": _, "answer": str(answer)},) if "####" in answer:
            return "gsm8k"
        case (dict(),):
            return "jsonl"
        case _:  # the first object does not end on its line, or is broken
            return "bbh" if '"examples"' in text else "jsonl"
