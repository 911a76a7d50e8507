"""Outcomes of pairs from single verdicts, by judge and aspect, and how far they can be relied on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sot.terminal import one_line

from ..report.format import signed
from ..stats.net_win import Place, PositionBias, combined, net_win, position_bias
from .pairs import BOTH_ORDERS, Comparison, Pair, ShownFirst
from .records import HUMAN, Judgement

DOUBTFUL_BIAS = 0.5  # a judge that goes by the place in more pairs than not says little about answers
_DOUBTFUL_UNREADABLE = 0.2
Reason = Literal["unparsable", "failed", "skipped", "open"]
_REASONS: tuple[Reason, ...] = ("unparsable", "failed", "skipped")
Own = Mapping[ShownFirst, Judgement]  # a judge's verdicts on one pair


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """Outcome of a pair by one judge.

    Args:
        outcome: 1: the strategy's answer is better, -1: the baseline's, 0: neither.
        verdicts: Its verdicts with the strategy's answer first and second; one alone of a human, who sees one
            order; none for identical answers.
        replies: What the judge wrote, in the same order.
    """

    pair: Pair
    outcome: int
    verdicts: tuple[Place, ...] = ()
    replies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """Outcomes of one judge for one comparison and aspect.

    Args:
        prompts: Fingerprint of the judge's prompts.
        replies: Replies there were, readable or not.
    """

    judge: str
    prompts: str
    strategy: str
    baseline: str
    aspect: str
    outcomes: tuple[PairOutcome, ...]
    replies: int
    unparsable: tuple[Judgement, ...]
    undecided: Mapping[Reason, int]

    @property
    def comparison(self) -> Comparison:
        """Strategies compared."""
        return Comparison(self.strategy, self.baseline)

    @property
    def identical(self) -> int:
        """Ties without a judge, because the answers are the same."""
        return sum(not outcome.verdicts for outcome in self.outcomes)

    @property
    def bias(self) -> PositionBias:
        """Position bias of the judge."""
        return position_bias([outcome.verdicts for outcome in self.outcomes])


def judged(judgements: Iterable[Judgement], pairs: Sequence[Pair]) -> list[Judged]:
    """Combine verdicts into outcomes, by judge, comparison and aspect; those on other texts do not count."""
    groups: dict[tuple[str, ...], dict[tuple[str, int, str], dict[ShownFirst, Judgement]]] = {}
    for one in judgements:
        own = groups.setdefault((one.judge, one.prompts, one.strategy, one.baseline, one.aspect), {})
        own.setdefault((one.question_id, one.repeat, one.texts), {})[one.shown_first] = one
    asked: dict[Comparison, list[Pair]] = {}
    for pair in pairs:
        asked.setdefault(pair.comparison, []).append(pair)
    return [
        _judged(group, [(pair, own.get((pair.question_id, pair.repeat, pair.texts), {})) for pair in found])
        for group, own in groups.items()
        if (found := asked.get(Comparison(group[2], group[3])))
    ]


def _judged(group: tuple[str, ...], verdicts: Sequence[tuple[Pair, Own]]) -> Judged:
    judge, prompts, strategy, baseline, aspect = group
    found: list[PairOutcome | Reason] = [_outcome(pair, own, human=judge == HUMAN) for pair, own in verdicts]
    undecided: list[Reason] = [one for one in found if not isinstance(one, PairOutcome)]
    given = [own[order] for _, own in verdicts for order in BOTH_ORDERS if order in own]
    return Judged(
        *(judge, prompts, strategy, baseline, aspect),
        outcomes=tuple(one for one in found if isinstance(one, PairOutcome)),
        replies=sum(one.status in ("done", "unparsable") for one in given),
        unparsable=tuple(one for one in given if one.status == "unparsable"),
        undecided=Counter(undecided),
    )


def _outcome(pair: Pair, own: Own, *, human: bool) -> PairOutcome | Reason:
    if human:  # sees one order, and may have judged again
        own = {one.shown_first: one for one in sorted(own.values(), key=lambda one: one.judged_at)[-1:]}
    statuses = {one.status for one in own.values()}
    if "identical" in statuses:
        return PairOutcome(pair, 0)
    for reason in _REASONS:
        if reason in statuses:
            return reason
    places: dict[ShownFirst, Place] = {
        order: place for order in BOTH_ORDERS if order in own and (place := own[order].verdict)
    }
    if len(places) < (1 if human else 2):
        return "open"
    outcome = combined(places.get("strategy", "tie"), places.get("baseline", "tie"))
    return PairOutcome(pair, outcome, tuple(places.values()), tuple(own[order].reply for order in places))


def doubt(entry: Judged) -> str | None:
    """Why a judge's verdicts should not be relied on, or ``None``."""
    rate = entry.bias.rate
    if rate is not None and rate > DOUBTFUL_BIAS:
        place = "first" if (entry.bias.first_share or 0.0) > 0.5 else "second"
        return (
            f"in {rate:.0%} of the pairs this judge named the same place in both orders, mostly the {place}: "
            "it goes by the place, and its net win says little about the answers"
        )
    unreadable = len(entry.unparsable) / entry.replies if entry.replies else 0.0
    if unreadable > _DOUBTFUL_UNREADABLE:
        return (
            f"{unreadable:.0%} of this judge's replies have no readable verdict: "
            "the rest may not stand for all"
        )
    return None


def summary(entry: Judged) -> list[str]:
    """Describe what one judge decided in one respect, in a line and a note where one is due."""
    result = net_win((one.pair.question_id, one.outcome) for one in entry.outcomes)
    parts = ["no pair with readable verdicts"]
    if result is not None:
        counts = f"{result.wins} won, {result.ties} tied, {result.losses} lost"
        parts = [f"net win {signed(result.rate)}", counts]
    if entry.bias.rate is not None:
        parts.append(f"position bias {entry.bias.rate:.0%}")
    if entry.unparsable:
        parts.append(f"{len(entry.unparsable)} of {entry.replies} replies unparsable")
    parts += [
        f"{count} pair{'s' if count > 1 else ''} {reason}"
        for reason, count in entry.undecided.items()
        if reason != "unparsable"
    ]
    title = f"{one_line(entry.strategy)} against {one_line(entry.baseline)}, {entry.aspect}"
    note = doubt(entry)
    return [f"{title}: {'; '.join(parts)}", *([f"  note: {note}"] if note else [])]
