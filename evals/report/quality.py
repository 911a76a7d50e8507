"""What judges said, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..judge.outcomes import Judged, PairOutcome, Reason
from ..judge.prompts import GENERAL, judge_prompts
from ..judge.records import HUMAN
from ..judge.summary import doubt
from ..statistics import (
    LengthControl,
    NetWin,
    PositionBias,
    by_question,
    length_control,
    net_win,
    what_it_can_show,
    what_it_shows,
)
from ..text_checks import words
from .run_data import NO_CATEGORY, RunData

_REASONS: Mapping[Reason, str] = {
    "open": "not judged yet",
    "unparsable": "with an unreadable reply",
    "failed": "whose request failed",
    "skipped": "skipped",
}


@dataclass(frozen=True, slots=True)
class Rated:
    """Pairs of one kind and what came of them; ``None`` where there are none."""

    name: str
    net_win: NetWin | None


@dataclass(frozen=True, slots=True)
class AspectResult:
    """One judge's verdicts on one comparison in one respect.

    Args:
        aspect: The aspect's name.
        title: For people.
        net_win: Over all questions.
        length: With length taken out.
        bias: How much went by the place.
        replies: How many replies there were.
        unparsable: How many of them had no readable verdict.
        identical: Pairs that were ties because the answers are the same.
        undecided: Pairs without an outcome, by reason, for people.
        doubt: Why not to rely on it.
        by_category: Net win of each category.
    """

    aspect: str
    title: str
    net_win: NetWin | None
    length: LengthControl
    bias: PositionBias
    replies: int
    unparsable: int
    identical: int
    undecided: str
    doubt: str | None
    by_category: tuple[Rated, ...]


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """One judge on two strategies.

    Args:
        judge: The judge, for people.
        is_human: Whether a person judged.
        strategy: Whose net win.
        baseline: Against whom.
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
    """All that judges said, humans first, by comparison.

    Args:
        run: The run.
    """
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
        strategy: Whose net win.
        baseline: Against whom.
    """
    own = [
        entry
        for entry in found
        if (entry.strategy, entry.baseline, entry.main.aspect) == (strategy, baseline, GENERAL)
    ]
    return max(own, key=lambda entry: entry.decided, default=None)


def _aspect(run: RunData, entry: Judged) -> AspectResult:
    known = judge_prompts().aspects.get(entry.aspect)
    return AspectResult(
        aspect=entry.aspect,
        title=known.title if known else entry.aspect,
        net_win=net_win(_rows(entry.outcomes)),
        length=length_control(
            [
                (outcome.pair.question_id, outcome.outcome, ratio)
                for outcome in entry.outcomes
                if (ratio := length_ratio(outcome)) is not None
            ]
        ),
        bias=entry.bias,
        replies=entry.replies,
        unparsable=len(entry.unparsable),
        identical=entry.identical,
        undecided=", ".join(f"{count} {_REASONS[reason]}" for reason, count in entry.undecided.items()),
        doubt=doubt(entry),
        by_category=tuple(
            Rated(category, net_win(_rows(_of(entry.outcomes, category)))) for category in run.categories
        )
        if entry.aspect == GENERAL
        else (),
    )


def length_ratio(outcome: PairOutcome) -> float | None:
    """Words of the strategy's answer over the baseline's; ``None`` where one has none.

    Args:
        outcome: The pair.
    """
    own, other = len(words(outcome.pair.text)), len(words(outcome.pair.baseline_text))
    return own / other if own and other else None


def _rows(outcomes: Sequence[PairOutcome]) -> list[tuple[str, int]]:
    return [(outcome.pair.question_id, outcome.outcome) for outcome in outcomes]


def _of(outcomes: Sequence[PairOutcome], category: str) -> list[PairOutcome]:
    return [outcome for outcome in outcomes if (outcome.pair.category or NO_CATEGORY) == category]
