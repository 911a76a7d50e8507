"""Two runs of the same questions against each other, question by question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

from sot.errors import ConfigError

from ..analysis.paired import bounded_difference, pairs, ratio, ratio_of
from ..judge.outcomes import Judged
from ..run.machine import differences
from ..run.manifest import EvalManifest
from ..stats import Interval, by_question, mean_interval
from .figures import completion_tokens, length, middle, right, total_s
from .format import points, seconds, signed, times
from .run_data import RunData
from .table import Table


@dataclass(frozen=True, slots=True)
class StrategyDifference:
    """What changed for one strategy; ratios are the second run's over the first's.

    Args:
        questions: Questions both runs answered by it.
        failed: Answers that failed, in the first and in the second run.
        total_s: Median seconds of the first and the second run, on those questions.
        sooner: Speed-up of the whole answer in the second run.
        gain: How the speed-up over the run's own baseline changed; ``None`` for the baseline.
        length: Words.
        accuracy: Share of right results, second less first; ``None`` where no question has a right answer.
    """

    strategy: str
    questions: int
    failed: tuple[int, int]
    total_s: tuple[float | None, float | None]
    sooner: Interval | None
    gain: Interval | None
    length: Interval | None
    completion_tokens: Interval | None
    accuracy: Interval | None


@dataclass(frozen=True, slots=True)
class VerdictDifference:
    """How a net win changed by the same judge with the same prompts.

    Args:
        questions: Questions that both runs have a verdict on.
        rates: Net win of the first and the second run on them.
        change: Second less first.
    """

    judge: str
    strategy: str
    baseline: str
    aspect: str
    questions: int
    rates: tuple[float, float]
    change: Interval


@dataclass(frozen=True, slots=True)
class RunDifference:
    """All that is different between two runs.

    Args:
        names: The runs' folders.
        questions: Questions both have.
        left_out: Questions that only one of them has.
        made: What they were made with, where that differs: name, first, second.
        unlike_machines: Whether times of one cannot be held against times of the other.
    """

    names: tuple[str, str]
    questions: int
    left_out: int
    made: tuple[tuple[str, str, str], ...]
    unlike_machines: bool
    strategies: tuple[StrategyDifference, ...]
    verdicts: tuple[VerdictDifference, ...]

    def tables(self) -> Iterator[Table | str]:
        """The comparison for people: tables, and sentences between them."""
        one, two = self.names
        left_out = f"; {self.left_out} more that only one has are left out" if self.left_out else ""
        yield f"{one} (first) and {two} (second): {self.questions} questions in common{left_out}."
        if self.made:
            yield Table(("", "first", "second"), self.made, align=("left",) * 3, title="Made differently")
        else:
            yield "Made alike."
        yield Table(
            (
                *("strategy", "questions", "failed", "whole answer", "speed-up", "gain over own baseline"),
                *("words", "completion tokens", "right results"),
            ),
            [
                (
                    row.strategy,
                    str(row.questions),
                    f"{row.failed[0]}, {row.failed[1]}",
                    f"{seconds(row.total_s[0])}, {seconds(row.total_s[1])}",
                    *map(times, (row.sooner, row.gain, row.length, row.completion_tokens)),
                    signed(row.accuracy),
                )
                for row in self.strategies
            ],
            title="Second run against first, question by question (95% CI)",
        )
        if self.unlike_machines:
            yield (
                "The runs were made on unlike machines or with unlike packages: do not hold their times "
                "against each other. The gain over the run's own baseline is fairer."
            )
        if not self.verdicts:
            yield "No judge has judged both runs with the same prompts."
            return
        yield Table(
            ("judge", "comparison", "respect", "questions", "first, second", "change"),
            [
                (
                    entry.judge,
                    f"{entry.strategy} against {entry.baseline}",
                    entry.aspect,
                    str(entry.questions),
                    f"{points(entry.rates[0])}%, {points(entry.rates[1])}%",
                    signed(entry.change),
                )
                for entry in self.verdicts
            ],
            align=("left", "left", "left", "right", "right", "right"),
            title="Net win by the same judge",
        )


def compare_runs(first: RunData, second: RunData) -> RunDifference:
    """Compare a run with another one.

    Raises:
        ConfigError: They were not asked the same questions.
    """
    one, two = first.manifest.questions, second.manifest.questions
    if one.sha256 != two.sha256:
        raise ConfigError(
            f"the runs were asked unlike question sets: {one.name} ({one.sha256[:12]}) and "
            f"{two.name} ({two.sha256[:12]}); only runs on the same set can be compared"
        )
    asked = {row.question for row in first.rows}, {row.question for row in second.rows}
    common = [name for name in first.strategies if name in second.strategies]
    if not common or not asked[0] & asked[1]:
        raise ConfigError("the runs have no question that both answered by the same strategy")
    return RunDifference(
        names=(first.folder.resolve().name, second.folder.resolve().name),
        questions=len(asked[0] & asked[1]),
        left_out=len(asked[0] ^ asked[1]),
        made=tuple(_made(first.manifest, second.manifest)),
        unlike_machines=bool(differences(first.manifest.sessions[0], second.manifest.sessions[0])),
        strategies=tuple(_strategy(first, second, name) for name in common),
        verdicts=tuple(_verdicts(first, second)),
    )


def _made(one: EvalManifest, two: EvalManifest) -> list[tuple[str, str, str]]:
    before, after = _facts(one), _facts(two)
    found = ((name, before.get(name, "none"), after.get(name, "none")) for name in {**before, **after})
    return [(name, old, new) for name, old, new in found if old != new]


def _facts(manifest: EvalManifest) -> Mapping[str, str]:
    first = manifest.sessions[0]
    machine = first.machine
    return {
        "model": manifest.model,
        "engine": manifest.backend,
        "sot": manifest.sot_version,
        "strategies": ", ".join(manifest.strategies),
        "seed": str(manifest.seed),
        "repeat": str(manifest.repeat),
        **{f"setting {name}": str(value) for name, value in manifest.settings.items()},
        **{f"prompts {name}": digest[:12] for name, digest in manifest.prompts.items()},
        "python": first.python,
        **{f"package {name}": version for name, version in first.packages.items()},
        "machine": ", ".join([machine.cpu, f"{machine.cores} cores", *machine.gpus]),
    }


def _strategy(first: RunData, second: RunData, strategy: str) -> StrategyDifference:
    both = list(pairs(first.side(strategy), second.side(strategy)))
    before, after = [one for one, _ in both], [two for _, two in both]
    compared = strategy not in (first.baseline, second.baseline) and first.baseline == second.baseline
    return StrategyDifference(
        strategy=strategy,
        questions=len({row.question for row in before}),
        failed=(_failed(first, strategy), _failed(second, strategy)),
        total_s=(middle(before, total_s), middle(after, total_s)),
        sooner=ratio(before, after, total_s),
        gain=ratio_of(_gains(first, second, strategy)) if compared else None,
        length=ratio(after, before, length),
        completion_tokens=ratio(after, before, completion_tokens),
        accuracy=bounded_difference(after, before, right),
    )


def _gains(first: RunData, second: RunData, strategy: str) -> Iterator[tuple[str, float, float]]:
    """Of each question the speed-up from run to run of the strategy, and of its baseline."""
    base = {
        (one.question, one.repeat): (one.record.total_s, two.record.total_s)
        for one, two in pairs(first.side(first.baseline), second.side(first.baseline))
    }
    for one, two in pairs(first.side(strategy), second.side(strategy)):
        before, after = base.get((one.question, one.repeat), (0.0, 0.0))
        if min(before, after, one.record.total_s, two.record.total_s) > 0:
            yield one.question, one.record.total_s / two.record.total_s, before / after


def _failed(run: RunData, strategy: str) -> int:
    return sum(row.method == strategy and row.status == "failed" for row in run.rows)


def _verdicts(first: RunData, second: RunData) -> list[VerdictDifference]:
    others = {_about(entry): entry for entry in second.judged}
    found: list[VerdictDifference] = []
    for entry in first.judged:
        other = others.get(_about(entry))
        if other is None:
            continue
        before, after = _wins(entry), _wins(other)
        shared = [question for question in before if question in after]
        # a pair of opposite steps of one: with two, twelve questions would hardly ever show a change
        change = mean_interval([after[name] - before[name] for name in shared], lowest=-1, highest=1)
        if change is None:
            continue
        one, two = (fmean(wins[name] for name in shared) for wins in (before, after))
        about = entry.judge, entry.strategy, entry.baseline, entry.aspect
        found.append(VerdictDifference(*about, len(shared), (one, two), change))
    return found


def _about(entry: Judged) -> tuple[str, str, str, str, str]:
    return (entry.judge, entry.prompts, entry.strategy, entry.baseline, entry.aspect)


def _wins(entry: Judged) -> Mapping[str, float]:
    return by_question((outcome.pair.question_id, float(outcome.outcome)) for outcome in entry.outcomes)
