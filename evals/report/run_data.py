"""A run read back: answers that count, verdicts put together, and the order to show things in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from sot.errors import ConfigError
from sot.serialise import AnswerJson

from ..judge.file import read_judgements
from ..judge.outcomes import Judged, judged
from ..judge.pairs import BASELINE, Comparison, find_pairs
from ..records import AnswerRecord, Key, Manifest, latest
from ..run.folder import read_answers, read_manifest

NO_CATEGORY = "(none)"
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class RunData:
    """A run.

    Args:
        folder: Its folder.
        manifest: How it was made.
        answers: The record that counts for each key.
        done: The answers of those that did not fail.
        judged: What judges said of its answers.
        strategies: In the order they were asked for.
        categories: In the order of the question set.
        baseline: What the others are compared with: ``normal``, or the first strategy without it.
    """

    folder: Path
    manifest: Manifest
    answers: Mapping[Key, AnswerRecord]
    done: Mapping[Key, AnswerJson]
    judged: tuple[Judged, ...]
    strategies: tuple[str, ...]
    categories: tuple[str, ...]
    baseline: str

    @property
    def others(self) -> tuple[str, ...]:
        """The strategies but for the baseline."""
        return tuple(name for name in self.strategies if name != self.baseline)

    def category(self, key: Key) -> str:
        """The category of a key's question."""
        return self.answers[key].category or NO_CATEGORY


def load_run(folder: Path) -> RunData:
    """Read a run.

    Args:
        folder: Its folder.

    Raises:
        ConfigError: There is no run, it has no answers, or a line of its files is damaged.
    """
    manifest = read_manifest(folder)
    answers = latest(read_answers(folder))
    if not answers:
        raise ConfigError(f"{folder}: the run has no answers yet")
    found = list(dict.fromkeys(key.strategy for key in answers))
    strategies = sorted(
        found, key=lambda name: (name not in manifest.strategies, _place(manifest.strategies, name))
    )
    order = {question_id: number for number, question_id in enumerate(manifest.question_ids)}
    keys = sorted(answers, key=lambda key: (order.get(key.question_id, len(order)), key.question_id))
    verdicts = read_judgements(folder)
    comparisons = dict.fromkeys(Comparison(verdict.strategy, verdict.baseline) for verdict in verdicts)
    return RunData(
        folder=folder,
        manifest=manifest,
        answers=answers,
        done={key: _parsed(folder, key, answers[key]) for key in keys if answers[key].status == "done"},
        judged=tuple(judged(verdicts, find_pairs(answers, comparisons))),
        strategies=tuple(strategies),
        categories=tuple(dict.fromkeys(answers[key].category or NO_CATEGORY for key in keys)),
        baseline=BASELINE if BASELINE in strategies else strategies[0],
    )


def _parsed(folder: Path, key: Key, record: AnswerRecord) -> AnswerJson:
    try:
        return AnswerJson.model_validate(record.answer)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(str(part) for part in found["loc"])
        raise ConfigError(
            f"{folder}: the answer to {key.question_id} by {key.strategy} cannot be read: "
            f"{where}: {found['msg']}"
        ) from None


def _place(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)
