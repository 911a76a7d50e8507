"""Training examples of an adapter: a question, the titles of a good skeleton, and a text for each point.

Each line of a file is ``{"question": …, "points": [titles], "texts": [one text a point]}``. A file that is
broken is an error; an example whose form a model should not learn is left out, and said to be.

    python -m sot.evals.adapter.examples FILE.jsonl …
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sot.errors import ConfigError

from .records import QUESTIONS, read_questions
from .text_form import (
    changes_person,
    loops,
    near_equal,
    repeated_sentences,
    same_question,
    title_fault,
    words,
)

DATA = Path(__file__).parent / "data"
POINTS = range(5, 11)
_TITLE_WORDS = range(1, 6)
_SENTENCES = range(2, 5)
# A mark before a small letter ends no sentence: "at 7 a.m. and".
_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s+[^a-z\s]|\s*$)")
_MARKUP = re.compile(r"\n|\*\*|^\s*(?:[-*#•]|\d+[.)])\s|\|", re.MULTILINE)


class Example(BaseModel):
    """One training example."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question: str = Field(min_length=1)
    points: tuple[str, ...] = Field(min_length=2)
    texts: tuple[str, ...] = Field(min_length=2)

    @property
    def written(self) -> list[int]:
        """Positions of the points that have a text, from 0."""
        return [at for at, text in enumerate(self.texts) if text]

    @property
    def fault(self) -> str | None:
        """What a model should not learn from this example; ``None``: nothing."""
        return next(_faults(self), None)


@dataclass(frozen=True, slots=True)
class ExampleFiles:
    """Examples of some files.

    Args:
        examples: Those to train on.
        left_out: Place and fault of those whose form a model should not learn.
    """

    examples: tuple[Example, ...]
    left_out: tuple[str, ...]


def read_examples(paths: Sequence[Path], *, keep_all: bool = False) -> ExampleFiles:
    """Read the examples of files and folders.

    Args:
        paths: JSON Lines files, or folders with such files.
        keep_all: Keep examples whatever their form, such as those of other languages.

    Raises:
        ConfigError: A file cannot be read, a line is no example, or there are none.
    """
    kept: list[Example] = []
    left_out: list[str] = []
    seen: dict[str, str] = {}
    apart = [] if keep_all else [question.question for question in read_questions(QUESTIONS, "all")]
    for path in _files(paths):
        for number, line in _lines(path):
            place = f"{path}:{number}"
            example = _example(line, place)
            question = " ".join(words(example.question)) or example.question
            twin = seen.setdefault(question, place)
            fault = f"asks what {twin} asks" if twin != place else example.fault
            if any(same_question(example.question, other) for other in apart):
                fault = "asks what a question of the measure asks"
            if fault is None or (keep_all and twin == place):
                kept.append(example)
            else:
                left_out.append(f"{place}: {fault}")
    if not kept:
        reason = f"; the first is left out because of {left_out[0]}" if left_out else ""
        raise ConfigError(f"no training examples in {', '.join(map(str, paths))}{reason}")
    return ExampleFiles(tuple(kept), tuple(left_out))


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not found:
        raise ConfigError(f"no .jsonl file in {', '.join(map(str, paths))}")
    return found


def _lines(path: Path) -> Iterable[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _example(line: str, place: str) -> Example:
    try:
        example = Example.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{place}: {f'{where}: ' if where else ''}{first['msg']}") from None
    if len(example.points) != len(example.texts):
        raise ConfigError(f"{place}: {len(example.points)} points, but {len(example.texts)} texts")
    if any(not part.strip() for part in (example.question, *example.points, *example.texts)):
        raise ConfigError(f"{place}: the question, a point or a text is empty")
    return example


def _faults(example: Example) -> Iterator[str]:
    if len(example.points) not in POINTS:
        yield f"{len(example.points)} points, not {POINTS[0]} to {POINTS[-1]}"
    for title in example.points:
        if len(words(title)) not in _TITLE_WORDS:
            yield f"a title of {len(words(title))} words: {title!r}"
        if (fault := title_fault(title)) is not None:
            yield f"a title that is no heading ({fault}): {title!r}"
    if near_equal(example.points):
        yield "two titles that say the same"
    for title, text in zip(example.points, example.texts, strict=True):
        yield from _text_faults(example.question, title, text)
    if repeated_sentences("\n".join(example.texts))[0] or loops("\n".join(example.texts)):
        yield "a sentence that comes twice"


def text_fault(question: str, title: str, text: str) -> str | None:
    """Return what a model should not learn from a point's text; ``None``: nothing."""
    return next(_text_faults(question, title, text), None)


def _text_faults(question: str, title: str, text: str) -> Iterator[str]:
    count = len(_END.findall(text))
    if count not in _SENTENCES:
        yield f"{count} sentences, not {_SENTENCES[0]} to {_SENTENCES[-1]}: {text[:40]!r}"
    if not _END.search(text.rstrip()[-3:]):
        yield f"an unfinished sentence: {text[-40:]!r}"
    if _MARKUP.search(text):
        yield f"markup or a list: {text[:40]!r}"
    if changes_person(question, text):
        yield f"speaks as I or we: {text[:40]!r}"
    if text.casefold().startswith(title.casefold()):
        yield f"begins with its title: {title!r}"


def main(arguments: Sequence[str]) -> int:
    """Check files and print their faults; returns the exit code."""
    try:
        found = read_examples([Path(argument) for argument in arguments] or [DATA])
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(*found.left_out, f"{len(found.examples)} examples, {len(found.left_out)} left out", sep="\n")
    return 1 if found.left_out else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
