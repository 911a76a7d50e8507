"""The few sentences that a reader who reads nothing else should take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..engines import is_simulated
from ..run.machine import differences
from ..stats import Interval, many_categories
from .figures import Accuracy, Speed
from .format import counted, signed
from .quality import ComparisonResult, leading
from .run_data import RunData

_SMALL = "SmolLM2-135M"


@dataclass(frozen=True, slots=True)
class Headline:
    """Speed, quality and right results of a strategy in a few sentences."""

    strategy: str
    text: str


def headlines(
    run: RunData,
    speeds: Sequence[Speed],
    comparisons: Sequence[ComparisonResult],
    accuracies: Sequence[Accuracy],
) -> list[Headline]:
    """A few sentences about each strategy but the baseline."""
    found: list[Headline] = []
    for speed in speeds:
        if speed.strategy != run.baseline:
            parts = (
                _speed(speed, run.baseline),
                _quality(speed.strategy, run.baseline, comparisons),
                _accuracy(speed.strategy, run.baseline, accuracies),
            )
            found.append(Headline(speed.strategy, " ".join(filter(None, parts))))
    return found


def cautions(run: RunData, comparisons: Sequence[ComparisonResult]) -> list[str]:
    """What to keep in mind when reading the tables."""
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
    text = f"The whole answer came {sooner.estimate:.2f}x as fast as {baseline}'s{_ci(sooner)}"
    if sooner.low is None:
        text += f", on {counted(sooner.count, 'question')}: an anecdote"
    elif not sooner.excludes(1):
        text += ", which shows no difference"
    return f"{text}; {pace.estimate:.2f}x the words a second{_ci(pace)}." if pace else f"{text}."


def _ci(found: Interval) -> str:
    if found.low is None or found.high is None:
        return ""
    return f" (95% CI {found.low:.2f} to {found.high:.2f})"


def _quality(strategy: str, baseline: str, comparisons: Sequence[ComparisonResult]) -> str:
    judge = leading(comparisons, strategy, baseline)
    if judge is None or judge.main.net_win is None:
        return "Nobody has judged its answers."
    rate = judge.main.net_win.rate
    questions = counted(rate.count, "question")
    if judge.main.doubt:
        return (
            f"The verdicts of {judge.who} (net win {signed(rate)} on {questions}) say little "
            "about the answers: do not rely on this judge, see below."
        )
    if rate.excludes(0):
        text = f"Its answers are {'better' if rate.estimate > 0 else 'worse'} by the verdict of {judge.who}"
    else:
        text = f"The verdicts of {judge.who} show no difference in quality"
    return f"{text}: net win {signed(rate)} on {questions}."


def _accuracy(strategy: str, baseline: str, accuracies: Sequence[Accuracy]) -> str:
    own = {entry.strategy: entry for entry in accuracies if entry.category is None}
    if strategy not in own or baseline not in own:
        return ""
    one, other = own[strategy], own[baseline]
    return (
        f"Right results: {one.right} of {one.answers}, {baseline} {other.right} of {other.answers}; "
        f"difference {signed(one.against)}."
    )
