"""Questions of the measure, and the answers recorded for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sot.errors import ConfigError
from sot.types import Answer

QUESTIONS = Path(__file__).parent / "questions_60.jsonl"
Part = Literal["develop", "kept-apart"]
Strategy = Literal["skeleton", "normal"]
GREEDY = -1
"""Seed of an answer decoded greedily, which is what a caller gets who sets nothing."""


class MeasureQuestion(BaseModel):
    """A question of the measure; those kept apart are not looked at while prompts or weights change."""

    model_config = ConfigDict(frozen=True)

    id: str
    part: Part
    category: str
    question: str


class RecordedPoint(BaseModel):
    """A point of a recorded answer."""

    model_config = ConfigDict(frozen=True)

    title: str
    text: str
    status: str


class RecordedAnswer(BaseModel):
    """One answer, with what the measure reads of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    part: Part
    question: str
    strategy: Strategy
    seed: int
    text: str
    points: tuple[RecordedPoint, ...] = ()
    fell_back: str | None = None
    finish_reason: str | None = None
    completion_tokens: int = 0

    @property
    def key(self) -> tuple[str, str, int]:
        """Identity of the answer within a run."""
        return self.id, self.strategy, self.seed


def record(question: MeasureQuestion, strategy: Strategy, seed: int, answer: Answer) -> RecordedAnswer:
    """Keep what the measure needs of an answer."""
    return RecordedAnswer(
        id=question.id,
        part=question.part,
        question=question.question,
        strategy=strategy,
        seed=seed,
        text=answer.text,
        points=tuple(
            RecordedPoint(title=point.title, text=point.text, status=point.status) for point in answer.points
        ),
        fell_back=answer.fell_back,
        finish_reason=answer.finish_reason,
        completion_tokens=answer.usage.completion_tokens,
    )


def read_questions(path: Path, part: Part | Literal["all"]) -> list[MeasureQuestion]:
    """Read the questions of one part.

    Raises:
        ConfigError: The file cannot be read, or has no such questions.
    """
    questions = [MeasureQuestion.model_validate_json(line) for line in _lines(path)]
    chosen = [question for question in questions if part in ("all", question.part)]
    if not chosen:
        raise ConfigError(f"{path}: no questions of the part {part!r}")
    return chosen


def read_records(path: Path) -> list[RecordedAnswer]:
    """Read the answers of a run; a last line that was cut off is left out.

    Raises:
        ConfigError: Another line is no answer.
    """
    lines = _lines(path) if path.exists() else []
    found: list[RecordedAnswer] = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(RecordedAnswer.model_validate_json(line))
        except ValidationError as error:
            if number < len(lines):
                raise ConfigError(
                    f"{path}:{number}: not a recorded answer: {error.errors()[0]['msg']}"
                ) from error
    return found


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    return list(_filled(text.split("\n")))


def _filled(lines: list[str]) -> Iterator[str]:
    yield from (line for line in lines if line.strip())
