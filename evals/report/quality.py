"""Verdicts of judges, by comparison and aspect, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..judge.outcomes import Judged, PairOutcome, Reason, doubt
from ..judge.prompts import GENERAL, judge_prompts
from ..judge.records import HUMAN
from ..score.text_checks import differences, words
from ..stats import (
    HeldEqual,
    LengthControl,
    NetWin,
    by_question,
    held_equal,
    length_control,
    net_win,
    what_it_can_show,
    what_it_shows,
)
from .run_data import NO_CATEGORY, RunData

_REASONS: Mapping[Reason, str] = {
    "open": "not judged yet",
    "unparsable": "with an unreadable reply",
    "failed": "whose request failed",
    "skipped": "skipped",
}


@dataclass(frozen=True, slots=True)
class Rated:
    """Net win of a category; ``None`` without pairs."""

    name: str
    net_win: NetWin | None


@dataclass(frozen=True, slots=True)
class AspectResult:
    """One judge's verdicts on one comparison in one respect.

    Args:
        title: The aspect's name for people.
        length: Net win with length taken out.
        style: Net win with length and style taken out; ``None`` but for general quality.
        doubt: Why not to rely on it.
    """

    title: str
    judged: Judged
    net_win: NetWin | None
    length: LengthControl
    style: HeldEqual | None
    doubt: str | None
    by_category: tuple[Rated, ...]

    @property
    def undecided(self) -> str:
        """Pairs without an outcome, by reason, for people."""
        return ", ".join(f"{count} {_REASONS[reason]}" for reason, count in self.judged.undecided.items())


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """One judge on two strategies.

    Args:
        judge: The judge, for people.
        strategy: Whose net win.
        shows: What it says, and what it would take to say more, in plain words.
        can_show: The latter alone.
        aspects: ``general`` first.
    """

    judge: str
    is_human: bool
    strategy: str
    baseline: str
    shows: str
    can_show: str
    aspects: tuple[AspectResult, ...]

    @property
    def who(self) -> str:
        """The judge, in a sentence."""
        return "a person" if self.is_human else self.judge

    @property
    def decided(self) -> int:
        """Pairs it decided in the main respect."""
        result = self.main.net_win
        return 0 if result is None else result.wins + result.ties + result.losses

    @property
    def main(self) -> AspectResult:
        """The aspect that headlines go by: general quality, or the first there is."""
        return self.aspects[0]


def comparisons(run: RunData) -> list[ComparisonResult]:
    """All that judges said, humans first, by comparison."""
    prompts: dict[str, set[str]] = {}
    for entry in run.judged:
        prompts.setdefault(entry.judge, set()).add(entry.prompts)
    groups: dict[tuple[str, str, str, str], list[Judged]] = {}
    for entry in run.judged:
        groups.setdefault((entry.judge, entry.prompts, entry.strategy, entry.baseline), []).append(entry)
    order = list(judge_prompts().aspects)
    found: list[ComparisonResult] = []
    for (judge, fingerprint, strategy, baseline), entries in groups.items():
        named = f"{judge} (prompts {fingerprint})" if len(prompts[judge]) > 1 else judge
        entries.sort(key=lambda entry: order.index(entry.aspect) if entry.aspect in order else len(order))
        main = list(by_question(_rows(entries[0].outcomes)).values())
        found.append(
            ComparisonResult(
                named,
                judge == HUMAN,
                strategy,
                baseline,
                what_it_shows(main, better=strategy, than=baseline),
                what_it_can_show(main),
                tuple(_aspect(run, entry) for entry in entries),
            )
        )
    strategies = [*run.strategies]
    return sorted(
        found, key=lambda entry: (not entry.is_human, entry.judge, strategies.index(entry.strategy))
    )


def leading(found: Sequence[ComparisonResult], strategy: str, baseline: str) -> ComparisonResult | None:
    """The judge that decided most pairs in general quality, a person before a model; ``None`` without any.

    Args:
        found: Of every judge, people first.
    """
    own = [
        entry
        for entry in found
        if (entry.strategy, entry.baseline, entry.main.judged.aspect) == (strategy, baseline, GENERAL)
    ]
    return max(own, key=lambda entry: entry.decided, default=None)


def _aspect(run: RunData, entry: Judged) -> AspectResult:
    known = judge_prompts().aspects.get(entry.aspect)
    ratios = (
        (one.pair.question_id, one.outcome, ratio)
        for one in entry.outcomes
        if (ratio := length_ratio(one)) is not None
    )
    general = entry.aspect == GENERAL
    return AspectResult(
        title=known.title if known else entry.aspect,
        judged=entry,
        net_win=net_win(_rows(entry.outcomes)),
        length=length_control(list(ratios)),
        style=_style(entry) if general else None,
        doubt=doubt(entry),
        by_category=tuple(
            Rated(category, net_win(_rows(_of(entry.outcomes, category))))
            for category in (run.categories if general else ())
        ),
    )


def _style(entry: Judged) -> HeldEqual:
    pairs = [
        (outcome.pair.question_id, outcome.outcome, found)
        for outcome in entry.outcomes
        if (found := differences(outcome.pair.text, outcome.pair.baseline_text)) is not None
    ]
    return held_equal(pairs)


def length_ratio(outcome: PairOutcome) -> float | None:
    """Words of the strategy's answer over the baseline's; ``None`` where one has none."""
    own, other = len(words(outcome.pair.text)), len(words(outcome.pair.baseline_text))
    return own / other if own and other else None


def _rows(outcomes: Sequence[PairOutcome]) -> list[tuple[str, int]]:
    return [(outcome.pair.question_id, outcome.outcome) for outcome in outcomes]


def _of(outcomes: Sequence[PairOutcome], category: str) -> list[PairOutcome]:
    return [outcome for outcome in outcomes if (outcome.pair.category or NO_CATEGORY) == category]
