"""Puts the whole report together; the templates only show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sot.strategies import strategy_names

from ..judge.records import Judgement
from ..records import Manifest
from .categories import CategoryBlock, category_blocks
from .examples import Example, examples
from .facts import Accuracy, Cost, Skeletons, accuracies, costs, routes, skeletons
from .headlines import Headline, cautions, headlines
from .quality import ComparisonResult, comparisons
from .run_data import AUTO, RunData, load_run
from .run_facts import run_facts
from .speed import Speed, SpeedRow, by_route, speeds
from .svg import Scale, ratio_scale

_SHOWN_FAILURES = 12


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that failed, how often, and where for example."""

    what: str
    count: int
    where: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report shows.

    Args:
        title: The run's name.
        manifest: How it was made.
        strategies: In order.
        categories: In order.
        baseline: What the others are compared with.
        questions: Questions that have any answer.
        headlines: What to begin with.
        cautions: What to keep in mind.
        others: The strategies but for the baseline.
        speeds: Times.
        blocks: By category.
        comparisons: Verdicts.
        accuracies: Exact scores.
        route_names: The strategies that ``auto`` chose.
        routes: Of each category, how often which strategy was chosen.
        routed: The times of ``auto`` by the strategy it chose.
        skeletons: How skeletons went.
        costs: Tokens and requests.
        examples: Answers to look at.
        failures: What failed.
        unreadable: Replies of judges that have no readable verdict, a few.
        run_facts: How it was run, for people.
    """

    title: str
    manifest: Manifest
    strategies: Sequence[str]
    categories: Sequence[str]
    baseline: str
    others: Sequence[str]
    questions: int
    headlines: Sequence[Headline]
    cautions: Sequence[str]
    speeds: Sequence[Speed]
    blocks: Sequence[CategoryBlock]
    comparisons: Sequence[ComparisonResult]
    accuracies: Sequence[Accuracy]
    route_names: Sequence[str]
    routes: Sequence[tuple[str, Mapping[str, int]]]
    routed: Sequence[tuple[str, SpeedRow]]
    skeletons: Sequence[Skeletons]
    costs: Sequence[Cost]
    examples: Sequence[Example]
    failures: Sequence[Failure]
    unreadable: Sequence[Judgement]
    run_facts: Sequence[tuple[str, str]]

    @property
    def ratio_scale(self) -> Scale:
        """The axis of all speed-ups."""
        return ratio_scale([row.sooner for block in self.blocks for row in block.rows])


def build_report(folder: Path) -> Report:
    """Read a run and work everything out.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: There is no run, it has no answers, or a file is damaged.
    """
    run = load_run(folder)
    times = speeds(run)
    verdicts = comparisons(run)
    exact = accuracies(run)
    chosen = routes(run)
    return Report(
        title=folder.resolve().name,
        manifest=run.manifest,
        strategies=run.strategies,
        categories=run.categories,
        baseline=run.baseline,
        others=run.others,
        questions=len({key.question_id for key in run.answers}),
        headlines=headlines(run, times, verdicts, exact),
        cautions=cautions(run, verdicts),
        speeds=times,
        blocks=category_blocks(run, times, verdicts),
        comparisons=verdicts,
        accuracies=exact,
        route_names=[name for name in strategy_names() if any(counts[name] for _, counts in chosen)],
        routes=chosen,
        routed=by_route(run) if run.baseline != AUTO else [],
        skeletons=skeletons(run),
        costs=costs(run),
        examples=examples(run),
        failures=_failures(run),
        unreadable=[reply for entry in run.judged for reply in entry.unparsable[:2]][:_SHOWN_FAILURES],
        run_facts=run_facts(run),
    )


def _failures(run: RunData) -> list[Failure]:
    """What failed, alike ones together, the most frequent first."""
    grouped: dict[str, list[str]] = {}
    for key, record in run.answers.items():
        where = f"{key.question_id} by {key.strategy}"
        if record.status == "failed":
            grouped.setdefault(f"no answer: {record.error or 'unknown'}", []).append(where)
    for key, answer in run.done.items():
        where = f"{key.question_id} by {key.strategy}"
        if answer.fell_back is not None:
            grouped.setdefault(f"fell back to normal decoding: {answer.fell_back}", []).append(where)
        if missing := sum(point.status == "missing" for point in answer.points):
            grouped.setdefault("points that could not be written", []).extend([where] * missing)
        if answer.finish_reason == "length":
            grouped.setdefault("cut by the token limit", []).append(where)
    found = [Failure(what, len(places), places[0]) for what, places in grouped.items()]
    return sorted(found, key=lambda failure: -failure.count)[:_SHOWN_FAILURES]
