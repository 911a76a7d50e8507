"""A run of `sot eval run` read back, and answers beside those that they are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter
from pathlib import Path

from sot.errors import ConfigError
from sot.serialise import AnswerJson

from ..analysis.paired import NO_CATEGORY, Measure, Row, bounded_difference, ratio, rows, where
from ..judge.outcomes import Judged, judged
from ..judge.pairs import BASELINE, Comparison, find_pairs
from ..judge.records import read_judgements
from ..run.folder import read_answers, read_manifest, whole_answer
from ..run.manifest import MANIFEST, EvalManifest
from ..run.records import AnswerRecord, Key, latest
from ..score.exact import exact_score
from ..score.text_checks import words
from ..stats.bootstrap import Interval, by_question, mean_interval, median

AUTO = "auto"
AnswerRow = Row[AnswerRecord]

total_s: Measure[AnswerRecord] = attrgetter("total_s")
prompt_tokens: Measure[AnswerRecord] = attrgetter("usage.prompt_tokens")
completion_tokens: Measure[AnswerRecord] = attrgetter("usage.completion_tokens")


@lru_cache(maxsize=20_000)
def count_words(text: str) -> int:
    """Number of words."""
    return len(words(text))


def length(record: AnswerRecord) -> int:
    """Words of the answer."""
    return count_words(record.text)


def pace(record: AnswerRecord) -> float:
    """Words a second, from the question to the end."""
    return length(record) / record.total_s if record.total_s else 0.0


def right(record: AnswerRecord) -> float | None:
    """1 for a right result, 0 for a wrong one; ``None`` where the question has none."""
    score = exact_score(record)
    return None if score is None else float(score.correct)


@dataclass(frozen=True)
class Side:
    """Answers that did not fail, and those they are compared with on the same questions: the baseline's.

    Args:
        name: Their strategy.
        category: Their category; ``""``: all.
    """

    name: str
    own: Sequence[AnswerRow]
    base: Sequence[AnswerRow]
    category: str = ""

    def median(self, measure: Measure[AnswerRecord]) -> float | None:
        """Return the median over the answers."""
        return median(value for row in self.own if (value := measure(row.record)) is not None)

    def ratio(self, measure: Measure[AnswerRecord]) -> Interval | None:
        """Return the measure over the baseline's."""
        return ratio(self.own, self.base, measure)

    @cached_property
    def speedup(self) -> Interval | None:
        """Speed-up of the whole answer."""
        return ratio(self.base, self.own, total_s)

    @cached_property
    def scores(self) -> list[tuple[str, float]]:
        """Question and score of each answer that was scored by rule."""
        return [(row.question, score) for row in self.own if (score := right(row.record)) is not None]

    @cached_property
    def accuracy(self) -> Interval | None:
        """Share of right results, by question."""
        return mean_interval(list(by_question(self.scores).values()), lowest=0, highest=1)

    @property
    def accuracy_gain(self) -> Interval | None:
        """That share less the baseline's."""
        return bounded_difference(self.own, self.base, right)

    @property
    def right_of(self) -> str:
        """Right results of the answers scored: ``3 of 4``."""
        return f"{sum(score for _, score in self.scores):.0f} of {len(self.scores)}"


@dataclass(frozen=True, slots=True)
class RunData:
    """A run; strategies in the order they were asked for, the rest in the order of the question set.

    Args:
        answers: The record that counts for each key.
        done: The answers of those that did not fail.
        rows: The same records as a frame.
        baseline: What the others are compared with: ``normal``, or the first strategy without it.
    """

    folder: Path
    manifest: EvalManifest
    answers: Mapping[Key, AnswerRecord]
    done: Mapping[Key, AnswerJson]
    rows: Sequence[AnswerRow]
    judged: Sequence[Judged]
    strategies: Sequence[str]
    categories: Sequence[str]
    baseline: str

    @property
    def others(self) -> list[str]:
        """Strategies but for the baseline."""
        return [name for name in self.strategies if name != self.baseline]

    def questions(self, category: str = "") -> set[str]:
        """Return the ids of the questions."""
        return {row.question for row in where(self.rows, category=category or None)}

    def side(self, strategy: str, category: str = "") -> Side:
        """Return a strategy's answers beside the baseline's."""
        own = where(self.rows, method=strategy, category=category or None, done=True)
        base = [] if strategy == self.baseline else where(self.rows, method=self.baseline, done=True)
        return Side(strategy, own, base, category)

    def answer(self, row: AnswerRow) -> AnswerJson:
        """Return the answer of a row that did not fail."""
        return self.done[row.record.key]

    def failed(self, strategy: str) -> int:
        """Count a strategy's failed answers."""
        return sum(row.status == "failed" for row in where(self.rows, method=strategy))


def load_run(folder: Path) -> RunData:
    """Read a run.

    Raises:
        ConfigError: There is no run, it has no answers, or a line of its files is damaged.
    """
    manifest = read_manifest(folder)
    answers = latest(read_answers(folder))
    if not answers:
        raise ConfigError(f"{folder}: the run has no answers yet")
    if not manifest.sessions:  # facts of the first one are shown
        raise ConfigError(f"{folder / MANIFEST}: sessions: empty, so it was not `sot eval run` that wrote it")
    found = dict.fromkeys(key.strategy for key in answers)
    strategies = [name for name in dict.fromkeys([*manifest.strategies, *found]) if name in found]
    order = {question_id: number for number, question_id in enumerate(manifest.question_ids)}
    keys = sorted(answers, key=lambda key: (order.get(key.question_id, len(order)), key.question_id))
    done = {key: whole_answer(folder, answers[key]) for key in keys if answers[key].status == "done"}
    verdicts = read_judgements(folder)
    comparisons = dict.fromkeys(Comparison(verdict.strategy, verdict.baseline) for verdict in verdicts)
    return RunData(
        folder=folder,
        manifest=manifest,
        answers=answers,
        done=done,
        rows=rows(answers[key] for key in keys),
        judged=judged(verdicts, find_pairs(answers, comparisons)),
        strategies=strategies,
        categories=list(dict.fromkeys(answers[key].category or NO_CATEGORY for key in keys)),
        baseline=BASELINE if BASELINE in found else strategies[0],
    )
