"""The few sentences that a reader who reads nothing else should take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..engines import is_simulated
from ..figures import signed
from ..run.machine import differences
from ..statistics import Interval, many_categories
from .facts import Accuracy
from .quality import ComparisonResult, leading
from .run_data import RunData
from .speed import Speed

_SMALL = "SmolLM2-135M"


@dataclass(frozen=True, slots=True)
class Headline:
    """What is said about a strategy.

    Args:
        strategy: The strategy.
        text: Its speed, quality and right results.
    """

    strategy: str
    text: str


def headlines(
    run: RunData,
    speeds: Sequence[Speed],
    comparisons: Sequence[ComparisonResult],
    accuracies: Sequence[Accuracy],
) -> list[Headline]:
    """A few sentences about each strategy but the baseline.

    Args:
        run: The run.
        speeds: Of every strategy.
        comparisons: Of every judge.
        accuracies: Over all, and by category.
    """
    return [
        Headline(
            speed.strategy,
            " ".join(
                filter(
                    None,
                    (
                        _speed(speed, run.baseline),
                        _quality(speed.strategy, run.baseline, comparisons),
                        _accuracy(speed.strategy, run.baseline, accuracies),
                    ),
                )
            ),
        )
        for speed in speeds
        if speed.strategy != run.baseline
    ]


def cautions(run: RunData, comparisons: Sequence[ComparisonResult]) -> list[str]:
    """What to keep in mind when reading the tables.

    Args:
        run: The run.
        comparisons: Of every judge.
    """
    manifest = run.manifest
    found: list[str] = []
    if is_simulated(manifest.backend):
        found.append("The engine was a simulation (replay): times and texts are simulated, not measured.")
    if _SMALL in manifest.model:
        found.append(
            "The model has 135 million parameters: this run shows how the harness and the mechanism work, "
            "and says nothing about the quality of Skeleton-of-Thought on a model that one would use."
        )
    at_once = manifest.settings.get("concurrency", 1)
    if isinstance(at_once, int) and at_once > 1:
        found.append(f"{at_once} answers were made at the same time, so that each slowed the others down.")
    found += [
        f"A later start of the run differed from the first: {', '.join(changed)}."
        for session in manifest.sessions[1:]
        if (changed := differences(manifest.sessions[0], session))
    ]
    if any(record.status == "failed" for record in run.answers.values()):
        found.append("Failed answers are left out of every figure; they are neither slow nor bad.")
    judges = [entry for name in run.others if (entry := leading(comparisons, name, run.baseline)) is not None]
    judges = [entry for entry in judges if not entry.main.doubt]  # what such a sample shows is the judge
    if judges:
        widest = min(judges, key=lambda entry: entry.decided)
        found.append(f"{widest.decided} pairs judged ({widest.strategy}, by {widest.who}). {widest.can_show}")
    found += [f"{entry.who}: {entry.main.doubt}." for entry in comparisons if entry.main.doubt]
    return [*dict.fromkeys(found), *filter(None, [many_categories(len(run.categories))])]


def _speed(speed: Speed, baseline: str) -> str:
    sooner, pace = speed.over_all.sooner, speed.over_all.pace
    if sooner is None:
        return f"No question has been answered by both it and {baseline}."
    text = f"The whole answer was {sooner.estimate:.2f} times as quick as {baseline}'s{_range(sooner)}"
    if sooner.low is None:
        text += f", on {_questions(sooner.count)}: an anecdote"
    elif not sooner.excludes(1):
        text += ", which shows no difference"
    return f"{text}; in words a second {pace.estimate:.2f} times{_range(pace)}." if pace else f"{text}."


def _quality(strategy: str, baseline: str, comparisons: Sequence[ComparisonResult]) -> str:
    judge = leading(comparisons, strategy, baseline)
    if judge is None or judge.main.net_win is None:
        return "Nobody has judged its answers."
    rate = judge.main.net_win.rate
    if judge.main.doubt:
        return (
            f"The verdicts of {judge.who} (net win {signed(rate)} on {_questions(rate.count)}) say little "
            "about the answers: do not rely on this judge, see below."
        )
    if rate.excludes(0):
        text = f"Its answers are {'better' if rate.estimate > 0 else 'worse'} by the verdict of {judge.who}"
    else:
        text = f"The verdicts of {judge.who} show no difference in quality"
    return f"{text}: net win {signed(rate)} on {_questions(rate.count)}."


def _accuracy(strategy: str, baseline: str, accuracies: Sequence[Accuracy]) -> str:
    own = {entry.strategy: entry for entry in accuracies if entry.category is None}
    if strategy not in own or baseline not in own:
        return ""
    one, other = own[strategy], own[baseline]
    return (
        f"Right results: {one.right} of {one.answers}, {baseline} {other.right} of {other.answers}; "
        f"difference {signed(one.against)}."
    )


def _range(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return ""
    return f" ({interval.low:.2f} to {interval.high:.2f})"


def _questions(count: int) -> str:
    return f"{count} question{'s' if count != 1 else ''}"
