"""Pairs of answers to one question: which strategies are compared with which."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sot.errors import ConfigError

from ..dataset.question import in_turn
from ..run.records import AnswerRecord, Key

BASELINE = "normal"


class Comparison(NamedTuple):
    """Two strategies; the net win counts for the first."""

    strategy: str
    baseline: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one question: ``text`` by the strategy, ``baseline_text`` by the baseline."""

    question_id: str
    repeat: int
    category: str
    question: str
    reference: str | None
    comparison: Comparison
    text: str
    baseline_text: str

    @property
    def texts(self) -> str:
        """Fingerprint of both answers."""
        return hashlib.sha256(f"{self.text}\0{self.baseline_text}".encode()).hexdigest()[:16]

    @property
    def identical(self) -> bool:
        """Whether both answers are the same."""
        return self.text.strip() == self.baseline_text.strip()


def parse_comparisons(text: str | None, strategies: Sequence[str]) -> tuple[Comparison, ...]:
    """Parse ``STRATEGY:BASELINE`` with commas; ``None``: every other strategy with ``normal``.

    Raises:
        ConfigError: A strategy was not run, or a pair makes no sense.
    """
    if text is None:
        others = [name for name in strategies if name != BASELINE]
        if BASELINE not in strategies or not others:
            raise ConfigError(
                f"the run has {', '.join(strategies) or 'no answers'}: nothing to compare with {BASELINE}; "
                "say what to compare with --pairs STRATEGY:BASELINE"
            )
        return tuple(Comparison(name, BASELINE) for name in others)
    found: list[Comparison] = []
    for part in text.split(","):
        strategy, colon, baseline = (piece.strip() for piece in part.partition(":"))
        if not colon or not strategy or not baseline:
            raise ConfigError(f"--pairs has {part.strip()!r}; it must be like skeleton:normal,auto:normal")
        for name in (strategy, baseline):
            if name not in strategies:
                raise ConfigError(f"--pairs: the run has no {name!r}; it has {', '.join(strategies)}")
        if strategy == baseline:
            raise ConfigError(f"--pairs compares {strategy!r} with itself")
        found.append(Comparison(strategy, baseline))
    return tuple(dict.fromkeys(found))


def find_pairs(
    answers: Mapping[Key, AnswerRecord], comparisons: Iterable[Comparison], *, limit: int | None = None
) -> list[Pair]:
    """Find all pairs of answers, question by question. A failed answer has no pair: it is not a loss.

    Args:
        answers: The records that count.
        comparisons: What to compare.
        limit: Most questions, taken from all categories in turn.
    """
    category = {record.question_id: record.category for record in answers.values()}
    order = in_turn(sorted(category, key=lambda own_id: (category[own_id], own_id)), category.__getitem__)
    repeats = sorted({key.repeat for key in answers})
    chosen = tuple(comparisons)
    return [
        pair
        for question_id in order[:limit]
        for repeat in repeats
        for comparison in chosen
        if (pair := _pair(answers, question_id, repeat, comparison)) is not None
    ]


def _pair(
    answers: Mapping[Key, AnswerRecord], question_id: str, repeat: int, comparison: Comparison
) -> Pair | None:
    own, other = (answers.get(Key(question_id, name, repeat)) for name in comparison)
    if own is None or other is None or own.status != "done" or other.status != "done":
        return None
    asked = (own.category, own.question, own.reference)
    return Pair(question_id, repeat, *asked, comparison, own.text, other.text)
