"""Two runs of the same questions against each other, question by question."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sot.errors import ConfigError

from ..exact import exact_score
from ..judge.outcomes import Judged
from ..records import Key, Manifest
from ..run.machine import differences
from ..statistics import Interval, by_question, mean_interval, ratio_interval
from . import measures
from .run_data import RunData


@dataclass(frozen=True, slots=True)
class StrategyDifference:
    """What changed for one strategy; ratios are the second run's over the first's.

    Args:
        strategy: The strategy.
        questions: Questions both runs answered by it.
        failed: Answers that failed, in the first and in the second run.
        total_s: Median seconds of the first and the second run, on those questions.
        sooner: How many times as quick the second run was.
        gain: How the times against the run's own baseline changed; ``None`` for the baseline.
        length: Words.
        completion_tokens: Completion tokens.
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
        judge: The judge.
        strategy: Whose net win.
        baseline: Against whom.
        aspect: In what respect.
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
        strategies: Strategy by strategy.
        verdicts: Judge by judge.
    """

    names: tuple[str, str]
    questions: int
    left_out: int
    made: tuple[tuple[str, str, str], ...]
    unlike_machines: bool
    strategies: tuple[StrategyDifference, ...]
    verdicts: tuple[VerdictDifference, ...]


def compare_runs(first: RunData, second: RunData) -> RunDifference:
    """Compare two runs.

    Args:
        first: The run to compare with.
        second: The other one.

    Raises:
        ConfigError: They were not asked the same questions.
    """
    one, two = first.manifest.questions, second.manifest.questions
    if one.sha256 != two.sha256:
        raise ConfigError(
            f"the runs were asked unlike question sets: {one.name} ({one.sha256[:12]}) and "
            f"{two.name} ({two.sha256[:12]}); only runs on the same set can be compared"
        )
    asked = {key.question_id for key in first.answers}, {key.question_id for key in second.answers}
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


def _made(one: Manifest, two: Manifest) -> list[tuple[str, str, str]]:
    facts = [_facts(manifest) for manifest in (one, two)]
    names = list(dict.fromkeys([*facts[0], *facts[1]]))
    return [
        (name, found[0], found[1])
        for name in names
        if (found := [fact.get(name, "none") for fact in facts])[0] != found[1]
    ]


def _facts(manifest: Manifest) -> Mapping[str, str]:
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
    keys = [key for key in first.done if key.strategy == strategy and key in second.done]
    shared = {key.question_id for key in keys}
    runs = (first, second)
    compared = strategy not in (first.baseline, second.baseline) and first.baseline == second.baseline
    return StrategyDifference(
        strategy=strategy,
        questions=len(shared),
        failed=(_failed(first, strategy), _failed(second, strategy)),
        total_s=(
            measures.middle([measures.total_s(first.done[key]) for key in keys]),
            measures.middle([measures.total_s(second.done[key]) for key in keys]),
        ),
        sooner=_ratio(keys, lambda key: _over(first, second, measures.total_s, key)),
        gain=_ratio(keys, lambda key: _gain(first, second, key)) if compared else None,
        length=_ratio(keys, lambda key: _over(second, first, measures.length, key)),
        completion_tokens=_ratio(keys, lambda key: _over(second, first, measures.completion_tokens, key)),
        accuracy=_accuracy(runs, keys),
    )


def _ratio(keys: list[Key], ratio: Callable[[Key], float | None]) -> Interval | None:
    logs = [(key.question_id, math.log(found)) for key in keys if (found := ratio(key)) is not None]
    return ratio_interval([math.exp(value) for value in by_question(logs).values()])


def _over(one: RunData, two: RunData, measure: measures.Measure, key: Key) -> float | None:
    over, under = measure(one.done[key]), measure(two.done[key])
    return over / under if over > 0 and under > 0 else None


def _gain(first: RunData, second: RunData, key: Key) -> float | None:
    """How many times as quick as its own baseline the second run was, over the same of the first."""
    normal = key._replace(strategy=first.baseline)
    if normal not in first.done or normal not in second.done:
        return None
    before = _over(first, second, measures.total_s, key)
    baseline = _over(first, second, measures.total_s, normal)
    return before / baseline if before is not None and baseline is not None else None


def _accuracy(runs: tuple[RunData, RunData], keys: list[Key]) -> Interval | None:
    found: list[tuple[str, float]] = []
    for key in keys:
        before, after = (exact_score(run.answers[key]) for run in runs)
        if before is not None and after is not None:
            found.append((key.question_id, float(after.correct) - float(before.correct)))
    return mean_interval(list(by_question(found).values()), lowest=-1, highest=1)


def _failed(run: RunData, strategy: str) -> int:
    return sum(key.strategy == strategy and record.status == "failed" for key, record in run.answers.items())


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
        rates = (
            sum(before[name] for name in shared) / len(shared),
            sum(after[name] for name in shared) / len(shared),
        )
        found.append(
            VerdictDifference(
                entry.judge, entry.strategy, entry.baseline, entry.aspect, len(shared), rates, change
            )
        )
    return found


def _about(entry: Judged) -> tuple[str, str, str, str, str]:
    return (entry.judge, entry.prompts, entry.strategy, entry.baseline, entry.aspect)


def _wins(entry: Judged) -> Mapping[str, float]:
    return by_question((outcome.pair.question_id, float(outcome.outcome)) for outcome in entry.outcomes)
