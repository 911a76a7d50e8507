"""From single verdicts to the outcome of each pair, judge by judge and aspect by aspect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..statistics.net_win import Place, PositionBias, combined, position_bias
from .pairs import Comparison, Pair
from .records import HUMAN, Judgement, JudgementKey, ShownFirst, latest_judgements

BOTH_ORDERS: tuple[ShownFirst, ShownFirst] = ("strategy", "baseline")
Reason = Literal["unparsable", "failed", "skipped", "open"]


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """What a judge says about a pair.

    Args:
        pair: The pair.
        outcome: 1: the strategy's answer is better, -1: the baseline's, 0: neither.
        verdicts: Its verdicts with the strategy's answer first and second; one alone of a human, who sees one
            order; none for identical answers.
        replies: What the judge wrote, in the same order.
    """

    pair: Pair
    outcome: int
    verdicts: tuple[Place, ...]
    replies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """All outcomes of one judge in one respect.

    Args:
        judge: The judge's name.
        prompts: Fingerprint of its prompts.
        strategy: Whose net win.
        baseline: Against whom.
        aspect: In what respect.
        outcomes: Those of the pairs that were decided.
        identical: How many of them were ties without a judge, because the answers are the same.
        replies: Replies there were, readable or not.
        unparsable: The unreadable ones.
        undecided: Pairs without an outcome, by the reason.
    """

    judge: str
    prompts: str
    strategy: str
    baseline: str
    aspect: str
    outcomes: tuple[PairOutcome, ...]
    identical: int
    replies: int
    unparsable: tuple[Judgement, ...]
    undecided: Mapping[Reason, int]

    @property
    def comparison(self) -> Comparison:
        """The strategies."""
        return Comparison(self.strategy, self.baseline)

    @property
    def bias(self) -> PositionBias:
        """How often the place decided."""
        return position_bias([outcome.verdicts for outcome in self.outcomes if outcome.verdicts])


def judged(judgements: Iterable[Judgement], pairs: Sequence[Pair]) -> list[Judged]:
    """Put verdicts together, for every judge, comparison and aspect that has any.

    Args:
        judgements: The records of the file, in its order.
        pairs: All pairs of answers of the run; verdicts on other texts do not count.
    """
    current = latest_judgements(judgements)
    groups = dict.fromkeys(
        (key.judge, key.prompts, key.strategy, key.baseline, key.aspect) for key in current
    )
    return [
        found
        for group in groups
        if (found := _judged(group, current, pairs)).outcomes or found.replies or found.undecided
    ]


def _judged(
    group: tuple[str, str, str, str, str],
    current: Mapping[JudgementKey, Judgement],
    pairs: Sequence[Pair],
) -> Judged:
    judge, prompts, strategy, baseline, aspect = group
    outcomes: list[PairOutcome] = []
    undecided: dict[Reason, int] = {}
    unparsable: list[Judgement] = []
    identical = replies = 0
    for pair in pairs:
        if pair.comparison != Comparison(strategy, baseline):
            continue
        own: dict[ShownFirst, Judgement] = {}
        for order in BOTH_ORDERS:
            key = JudgementKey(
                judge, prompts, pair.question_id, pair.repeat, strategy, baseline, aspect, order
            )
            if (found := current.get(key)) is not None and found.texts == pair.texts:
                own[order] = found
        replies += sum(found.status in ("done", "unparsable") for found in own.values())
        unparsable += [found for found in own.values() if found.status == "unparsable"]
        outcome = _one_order(pair, own) if judge == HUMAN else _both_orders(pair, own)
        if isinstance(outcome, PairOutcome):
            outcomes.append(outcome)
            identical += any(found.status == "identical" for found in own.values())
        else:
            undecided[outcome] = undecided.get(outcome, 0) + 1
    return Judged(
        judge,
        prompts,
        strategy,
        baseline,
        aspect,
        tuple(outcomes),
        identical,
        replies,
        tuple(unparsable),
        undecided,
    )


def _both_orders(pair: Pair, own: Mapping[ShownFirst, Judgement]) -> PairOutcome | Reason:
    states = {found.status for found in own.values()}
    if "identical" in states:
        return PairOutcome(pair, 0, ())
    if "unparsable" in states:
        return "unparsable"
    if "failed" in states:
        return "failed"
    one, other = own.get("strategy"), own.get("baseline")
    if one is None or other is None or one.verdict is None or other.verdict is None:
        return "open"
    return PairOutcome(
        pair, combined(one.verdict, other.verdict), (one.verdict, other.verdict), (one.reply, other.reply)
    )


def _one_order(pair: Pair, own: Mapping[ShownFirst, Judgement]) -> PairOutcome | Reason:
    newest = max(own.values(), key=lambda found: found.judged_at, default=None)
    if newest is None:
        return "open"
    if newest.status == "identical":
        return PairOutcome(pair, 0, ())
    if newest.verdict is None:
        return "skipped"
    score = {"first": 1, "tie": 0, "second": -1}[newest.verdict]
    return PairOutcome(pair, score if newest.shown_first == "strategy" else -score, (newest.verdict,))
