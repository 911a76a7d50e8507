"""Pairs of answers to one question: which strategies are compared, and what a judge is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sot.errors import ConfigError

from ..dataset.question import FORMS, in_turn
from ..run.records import AnswerRecord, Key
from .prompts import Aspect

BASELINE = "normal"
ShownFirst = Literal["strategy", "baseline"]
BOTH_ORDERS: tuple[ShownFirst, ShownFirst] = ("strategy", "baseline")


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


class Task(NamedTuple):
    """Verdict to be given; ``shown_first`` alone says which strategy wrote which answer."""

    pair: Pair
    aspect: Aspect
    shown_first: ShownFirst

    @property
    def first(self) -> str:
        """Text of the first answer."""
        return self.pair.text if self.shown_first == "strategy" else self.pair.baseline_text

    @property
    def second(self) -> str:
        """Text of the second answer."""
        return self.pair.baseline_text if self.shown_first == "strategy" else self.pair.text


def parse_comparisons(text: str | None, strategies: Sequence[str]) -> tuple[Comparison, ...]:
    """Parse ``STRATEGY:BASELINE`` with commas; ``None``: every other strategy with ``normal``."""
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
        strategy, _, baseline = (piece.strip() for piece in part.partition(":"))
        if not strategy or not baseline:
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
    """Find all pairs of answers, question by question; a failed answer has none: it is not a loss."""
    category = {record.question_id: record.category for record in answers.values()}
    order = in_turn(sorted(category, key=lambda own_id: (category[own_id], own_id)), category.__getitem__)
    repeats = sorted({key.repeat for key in answers})
    chosen = tuple(comparisons)
    done = {key: record for key, record in answers.items() if record.status == "done"}
    found: list[Pair] = []
    for question_id in order[:limit]:
        for repeat in repeats:
            for comparison in chosen:
                own, other = (done.get(Key(question_id, name, repeat)) for name in comparison)
                if own is not None and other is not None:
                    result = None if own.kind in FORMS else own.reference
                    asked = (own.category, own.question, result)
                    found.append(Pair(question_id, repeat, *asked, comparison, own.text, other.text))
    return found
