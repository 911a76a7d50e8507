"""Two runs of the same questions against each other, question by question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from statistics import fmean
from typing import Any

from sot.errors import ConfigError

from ..analysis.paired import pairs, ratio_of
from ..judge.outcomes import Judged
from ..run.machine import differences
from ..stats.bootstrap import Interval, mean_interval, median
from .format import note, points, seconds, signed, times
from .quality import wins_of
from .run_data import RunData, Side, completion_tokens, length
from .sections import facts
from .table import Table

Fields = Mapping[str, Any]


def compare_runs(first: RunData, second: RunData) -> dict[str, Any]:
    """Compare a run with another one, by the names of ``--json``.

    Raises:
        ConfigError: They were not asked the same questions.
    """
    one, two = first.manifest.questions, second.manifest.questions
    if one.sha256 != two.sha256:
        raise ConfigError(
            f"the runs were asked unlike question sets: {one.name} ({one.sha256[:12]}) and "
            f"{two.name} ({two.sha256[:12]}); only runs on the same set can be compared"
        )
    asked = first.questions(), second.questions()
    common = [name for name in first.strategies if name in second.strategies]
    if not common or not asked[0] & asked[1]:
        raise ConfigError("the runs have no question that both answered by the same strategy")
    before, after = facts(first.manifest), facts(second.manifest)
    made = [(name, before.get(name, "none"), after.get(name, "none")) for name in {**before, **after}]
    return {
        "names": [first.folder.resolve().name, second.folder.resolve().name],
        "questions": len(asked[0] & asked[1]),
        "left_out": len(asked[0] ^ asked[1]),  # questions that only one of them has
        "made": [(name, old, new) for name, old, new in made if old != new],
        "unlike_machines": bool(differences(first.manifest.sessions[0], second.manifest.sessions[0])),
        "strategies": [_strategy(first, second, name) for name in common],
        "verdicts": list(_verdicts(first, second)),
    }


def _strategy(first: RunData, second: RunData, name: str) -> Fields:
    """Changes of a strategy; ratios are the second run's over the first's."""
    both = list(pairs(first.side(name).own, second.side(name).own))
    before, after = [one for one, _ in both], [two for _, two in both]
    side = Side(name, after, before)
    return {
        "strategy": name,
        "questions": len({row.question for row in before}),
        "failed": [first.failed(name), second.failed(name)],
        "total_s": [median(row.record.total_s for row in rows) for rows in (before, after)],
        "sooner": side.speedup,
        "gain": _gain(first, second, name),
        "length": side.ratio(length),
        "completion_tokens": side.ratio(completion_tokens),
        "accuracy": side.accuracy_gain,
    }


def _gain(first: RunData, second: RunData, name: str) -> Interval | None:
    """Change of the speed-up over the run's own baseline; ``None`` for the baseline."""
    baseline = first.baseline
    if name in (baseline, second.baseline) or baseline != second.baseline:
        return None
    own, later, base, later_base = (
        {(row.question, row.repeat): row.record.total_s for row in run.side(strategy).own}
        for strategy in (name, baseline)
        for run in (first, second)
    )
    shared = [key for key in own if all(found.get(key) for found in (own, later, base, later_base))]
    return ratio_of((key[0], own[key] / later[key], base[key] / later_base[key]) for key in shared)


def _verdicts(first: RunData, second: RunData) -> Iterator[Fields]:
    """Net wins by the same judge with the same prompts, on the questions that both runs have verdicts on."""

    def about(entry: Judged) -> tuple[str, ...]:
        return entry.judge, entry.prompts, entry.strategy, entry.baseline, entry.aspect

    others = {about(entry): entry for entry in second.judged}
    for entry in first.judged:
        if (other := others.get(about(entry))) is None:
            continue
        before, after = wins_of(entry), wins_of(other)
        shared = [question for question in before if question in after]
        # a pair of opposite steps of one: with two, twelve questions would hardly ever show a change
        change = mean_interval([after[name] - before[name] for name in shared], lowest=-1, highest=1)
        if change is not None:
            yield {
                "judge": entry.judge,
                "strategy": entry.strategy,
                "baseline": entry.baseline,
                "aspect": entry.aspect,
                "questions": len(shared),
                "rates": [fmean(wins[name] for name in shared) for wins in (before, after)],
                "change": change,
            }


_STRATEGY: Mapping[str, Callable[[Fields], str]] = {
    "strategy": lambda row: row["strategy"],
    "questions": lambda row: str(row["questions"]),
    "failed": lambda row: ", ".join(map(str, row["failed"])),
    "whole answer": lambda row: ", ".join(map(seconds, row["total_s"])),
    "speed-up": lambda row: times(row["sooner"]),
    "gain over own baseline": lambda row: times(row["gain"]),
    "words": lambda row: times(row["length"]),
    "completion tokens": lambda row: times(row["completion_tokens"]),
    "right results": lambda row: signed(row["accuracy"]),
}
_VERDICT: Mapping[str, Callable[[Fields], str]] = {
    "judge": lambda row: row["judge"],
    "comparison": lambda row: f"{row['strategy']} against {row['baseline']}",
    "respect": lambda row: row["aspect"],
    "questions": lambda row: str(row["questions"]),
    "first, second": lambda row: ", ".join(f"{points(rate)}%" for rate in row["rates"]),
    "change": lambda row: signed(row["change"]),
}


def tables(found: Fields) -> Iterator[Table | str]:
    """The comparison for people: tables, and sentences between them."""
    one, two = found["names"]
    left_out = f"; {found['left_out']} more that only one has are left out" if found["left_out"] else ""
    yield f"{one} (first) and {two} (second): {found['questions']} questions in common{left_out}."
    if found["made"]:
        yield Table(("", "first", "second"), found["made"], ("left",) * 3, title="Made differently")
    else:
        yield "Made alike."
    title = "Second run against first, question by question (95% CI)"
    yield Table.of(found["strategies"], _STRATEGY, title=title)
    if found["unlike_machines"]:
        yield note("unlike_machines")
    if found["verdicts"]:
        yield Table.of(found["verdicts"], _VERDICT, left=3, title="Net win by the same judge")
    else:
        yield "No judge has judged both runs with the same prompts."
