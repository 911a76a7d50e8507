"""Net win rate from verdicts, as the paper defines it (section 3.2): (wins - losses) / all."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .bootstrap import RESAMPLES, Interval, by_question, mean_interval

Place = Literal["first", "second", "tie"]
_SCORES: Mapping[Place, int] = {"first": 1, "tie": 0, "second": -1}
_TOLD = 1.96  # standard errors from zero at which an interval no longer holds it
_FOUND = 2.80  # the same, plus what it takes for 8 of 10 samples to get that far


@dataclass(frozen=True, slots=True)
class NetWin:
    """Pairs one strategy won, tied and lost, and its net win rate by question (-1 to 1)."""

    wins: int
    ties: int
    losses: int
    rate: Interval


@dataclass(frozen=True, slots=True)
class PositionBias:
    """Position bias of a judge; ``None`` without pairs.

    Args:
        rate: Share of pairs with the same place named in both orders: these count as ties.
        first_share: Share of the first place among the verdicts that name one; 0.5 where it does not matter.
    """

    rate: float | None
    first_share: float | None


def combined(shown_first: Place, shown_second: Place) -> int:
    """Outcome of a pair from its verdicts in both orders, the strategy's answer in the first place first.

    The sign of the scores' sum counts: verdicts that contradict each other cancel out to a tie.
    """
    total = _SCORES[shown_first] - _SCORES[shown_second]
    return 1 if total > 0 else -1 if total < 0 else 0


def net_win(
    outcomes: Iterable[tuple[str, int]], *, seed: int = 0, resamples: int = RESAMPLES
) -> NetWin | None:
    """Net win rate from question and outcome of each pair; ``None`` without pairs."""
    rows = list(outcomes)
    means = list(by_question(rows).values())
    rate = mean_interval(means, lowest=-1, highest=1, seed=seed, resamples=resamples)
    if rate is None:
        return None
    wins = sum(outcome > 0 for _, outcome in rows)
    losses = sum(outcome < 0 for _, outcome in rows)
    return NetWin(wins, len(rows) - wins - losses, losses, rate)


def position_bias(verdicts: Sequence[tuple[Place, ...]]) -> PositionBias:
    """Position bias from each pair's verdicts: both, or the one there is of a single order."""
    both = [pair for pair in verdicts if len(pair) == 2]
    same = sum(one == other != "tie" for one, other in both)
    named = [place for pair in verdicts for place in pair if place != "tie"]
    return PositionBias(
        rate=same / len(both) if both else None,
        first_share=named.count("first") / len(named) if named else None,
    )


def what_it_shows(values: Sequence[float], *, better: str, than: str, seed: int = 0) -> str:
    """Conclusion from the questions' net wins (-1 to 1), and what it would take to say more."""
    interval = mean_interval(values, lowest=-1, highest=1, seed=seed)
    if interval is None:
        return f"No pair of {better} and {than} has been judged: nothing can be said."
    questions = f"{len(values)} question{'s' if len(values) > 1 else ''}"
    if interval.excludes(0):
        winner, loser = (better, than) if interval.estimate > 0 else (than, better)
        verdict = f"On these {questions}, the answers of {winner} are judged better than those of {loser}."
    else:
        verdict = f"These {questions} cannot tell whether the answers of {better} or of {than} are better."
    return f"{verdict} {what_it_can_show(values)}"


def what_it_can_show(values: Sequence[float]) -> str:
    """Smallest net win that a sample of this size and spread can tell from zero."""
    widened = [*values, -1.0, 1.0]
    error = statistics.pstdev(widened) / math.sqrt(len(widened))
    told, found = _TOLD * error, _FOUND * error
    if found >= 0.995:
        return "So few questions would miss almost any true difference."
    return (
        f"A net win nearer to zero than about {told:.0%} cannot be told from zero here; a true one of "
        f"{found:.0%} would be noticed in 8 of 10 runs of this size, a smaller one less often."
    )


def many_categories(count: int) -> str:
    """Warning about many intervals looked at together."""
    if count < 2:
        return ""
    return (
        f"Each of the {count} category intervals misses the truth in 1 of 20 runs; that at least one of them "
        f"does happens in about {1 - 0.95**count:.0%} of runs. A single category that stands out is a hint, "
        "not a finding."
    )
