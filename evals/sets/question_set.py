"""A question set: what the loaders make, and in which order its questions are asked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sot.errors import ConfigError

from ..records import Kind, Question, QuestionSetInfo

_NUMBER = re.compile(r"[-−+]?[$€£¥]?\d[\d,]*(\.\d+)?\s*%?|[-−+]?\d+\s*/\s*\d+")
_CHOICE = re.compile(r"\(?[A-Za-z]\)?\.?")


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions with a name.

    Args:
        name: The set's name, or the file's.
        format: The format they were read from.
        questions: The questions, in the file's order.
    """

    name: str
    format: str
    questions: tuple[Question, ...]

    @property
    def info(self) -> QuestionSetInfo:
        """Name, size and checksum; the checksum is of the questions as read, however the file is laid out."""
        digest = hashlib.sha256()
        for question in self.questions:
            digest.update(question.model_dump_json(exclude={"source"}).encode() + b"\n")
        return QuestionSetInfo(
            name=self.name, sha256=digest.hexdigest(), count=len(self.questions), format=self.format
        )

    def chosen(
        self, *, limit: int | None = None, limit_per_category: int | None = None
    ) -> tuple[Question, ...]:
        """The questions to ask, in the order to ask them: one of each category in turn.

        So a small limit covers different categories, and a drift of the machine's speed meets all alike. A
        larger limit asks the same questions first.

        Args:
            limit: Most questions of all.
            limit_per_category: Most questions of each category.
        """
        groups: dict[str, list[Question]] = {}
        for question in self.questions:
            groups.setdefault(question.category, []).append(question)
        rounds = max((len(group) for group in groups.values()), default=0)
        if limit_per_category is not None:
            rounds = min(rounds, limit_per_category)
        ordered = [group[turn] for turn in range(rounds) for group in groups.values() if turn < len(group)]
        return tuple(ordered[:limit])


def make_set(name: str, form: str, questions: Sequence[Question], path: Path) -> QuestionSet:
    """A set of these questions.

    Args:
        name: Its name.
        form: The format they were read from.
        questions: The questions.
        path: Where from, for error messages.

    Raises:
        ConfigError: There are none, or two share an id.
    """
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


def kind_of(reference: str | None) -> Kind:
    """How a reference that comes without a kind is to be read: a number, a letter, a few words, or prose.

    Args:
        reference: The right answer, where there is one.
    """
    if reference is None:
        return "open"
    plain = reference.strip()
    if _NUMBER.fullmatch(plain):
        return "number"
    if _CHOICE.fullmatch(plain):
        return "choice"
    return "text" if 0 < len(plain.split()) <= 5 and len(plain) <= 40 else "open"
