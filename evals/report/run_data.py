"""A run of `sot eval run` read back: answers that count, verdicts put together, the order of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from sot.errors import ConfigError
from sot.serialise import AnswerJson

from ..analysis.frame import NO_CATEGORY, Row, rows, where
from ..judge.outcomes import Judged, judged
from ..judge.pairs import BASELINE, Comparison, find_pairs
from ..judge.records import read_judgements
from ..run.folder import read_answers, read_manifest
from ..run.manifest import EvalManifest
from ..run.records import AnswerRecord, Key, latest

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class RunData:
    """A run.

    Args:
        answers: The record that counts for each key.
        done: The answers of those that did not fail, in the order of the question set.
        rows: The same records as a frame.
        strategies: In the order they were asked for.
        categories: In the order of the question set.
        baseline: What the others are compared with: ``normal``, or the first strategy without it.
    """

    folder: Path
    manifest: EvalManifest
    answers: Mapping[Key, AnswerRecord]
    done: Mapping[Key, AnswerJson]
    rows: tuple[Row[AnswerRecord], ...]
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

    def side(self, strategy: str, category: str | None = None) -> list[Row[AnswerRecord]]:
        """A strategy's answers that did not fail, of all categories or of one."""
        return where(self.rows, method=strategy, category=category, done=True)

    def answer(self, row: Row[AnswerRecord]) -> AnswerJson:
        """The answer of a row that did not fail."""
        return self.done[row.record.key]


def load_run(folder: Path) -> RunData:
    """Read a run.

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
        rows=tuple(rows(answers[key] for key in keys)),
        judged=tuple(judged(verdicts, find_pairs(answers, comparisons))),
        strategies=tuple(strategies),
        categories=tuple(dict.fromkeys(answers[key].category or NO_CATEGORY for key in keys)),
        baseline=BASELINE if BASELINE in strategies else strategies[0],
    )


def run_facts(run: RunData) -> list[tuple[str, str]]:
    """The facts of the manifest and of the judges, as names and values for people."""
    manifest = run.manifest
    first, starts = manifest.sessions[0], len(manifest.sessions)
    settings = (f"{name} {value}" for name, value in manifest.settings.items() if _told(value))
    packages = ", ".join(f"{name} {version}" for name, version in first.packages.items())
    facts = [
        ("Model", manifest.model),
        ("Engine", manifest.backend),
        ("Questions", f"{manifest.questions.name} ({manifest.questions.count} in the set)"),
        ("Question set", f"SHA-256 {manifest.questions.sha256}"),
        ("Answers to each question", str(manifest.repeat)),
        ("Seed", "none" if manifest.seed is None else str(manifest.seed)),
        ("Settings", ", ".join(settings) or "defaults"),
        ("Machine", str(first.machine)),
        ("Software", f"sot {manifest.sot_version}, Python {first.python}, {packages}; {first.platform}"),
        ("Prompt packs", ", ".join(f"{name} {digest[:12]}" for name, digest in manifest.prompts.items())),
        ("Begun", f"{manifest.created_at}, in {'one go' if starts == 1 else f'{starts} starts'}"),
    ]
    judges = dict.fromkeys((entry.judge, entry.prompts) for entry in run.judged)
    return facts + [
        ("Judge", f"{judge}, prompts {prompts}" if prompts else judge) for judge, prompts in judges
    ]


def _parsed(folder: Path, key: Key, record: AnswerRecord) -> AnswerJson:
    try:
        return AnswerJson.model_validate(record.answer)
    except ValidationError as error:
        found = error.errors()[0]
        where_ = ".".join(str(part) for part in found["loc"])
        raise ConfigError(
            f"{folder}: the answer to {key.question_id} by {key.strategy} cannot be read: "
            f"{where_}: {found['msg']}"
        ) from None


def _place(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _told(value: object) -> bool:
    return value is not None and value not in ("", [], {})
