"""From verdicts to the net win rate, as the paper defines it (section 3.2): (wins - losses) / all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .bootstrap import RESAMPLES, Interval, by_question, mean_interval

Place = Literal["first", "second", "tie"]
Outcome = Literal[-1, 0, 1]


@dataclass(frozen=True, slots=True)
class NetWin:
    """Pairs one strategy won, tied and lost, and its net win rate by question (-1 to 1)."""

    wins: int
    ties: int
    losses: int
    rate: Interval


@dataclass(frozen=True, slots=True)
class PositionBias:
    """How much a judge goes by the place of an answer, from pairs with a verdict in both orders.

    Args:
        same_place: Pairs that had the same place named in both orders, whichever answer stood there:
            they count as ties.
    """

    pairs: int
    same_place: int
    firsts: int
    seconds: int

    @property
    def rate(self) -> float | None:
        """Share of pairs in which the place decided; ``None`` without pairs."""
        return self.same_place / self.pairs if self.pairs else None

    @property
    def first_share(self) -> float | None:
        """Share of the first place among the verdicts that name a place; 0.5 where it does not matter."""
        named = self.firsts + self.seconds
        return self.firsts / named if named else None


def combined(shown_first: Place, shown_second: Place) -> Outcome:
    """The outcome of a pair from its verdicts in both orders: each scores +1, 0 or -1, the sum's sign counts.

    Verdicts that contradict each other cancel out to a tie. The first verdict is that with the strategy's
    answer in the first place.
    """
    score = {"first": 1, "tie": 0, "second": -1}
    total = score[shown_first] - score[shown_second]
    return 1 if total > 0 else -1 if total < 0 else 0


def net_win(
    outcomes: Iterable[tuple[str, int]], *, seed: int = 0, resamples: int = RESAMPLES
) -> NetWin | None:
    """The net win rate from question and outcome of each pair; ``None`` without pairs."""
    rows = list(outcomes)
    means = list(by_question(rows).values())
    rate = mean_interval(means, lowest=-1, highest=1, seed=seed, resamples=resamples)
    if rate is None:
        return None
    wins = sum(outcome > 0 for _, outcome in rows)
    losses = sum(outcome < 0 for _, outcome in rows)
    return NetWin(wins, len(rows) - wins - losses, losses, rate)


def position_bias(verdicts: Sequence[tuple[Place, ...]]) -> PositionBias:
    """How often the place decided; of each pair both verdicts, or the one there is of a single order."""
    both = [pair for pair in verdicts if len(pair) == 2]
    named = [place for pair in verdicts for place in pair]
    return PositionBias(
        pairs=len(both),
        same_place=sum(one == other != "tie" for one, other in both),
        firsts=named.count("first"),
        seconds=named.count("second"),
    )
