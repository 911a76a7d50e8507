"""Outcomes of pairs from single verdicts, by judge and aspect, and how far they can be relied on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sot.terminal import one_line

from ..report.format import signed
from ..stats.net_win import Place, PositionBias, combined, net_win, position_bias
from .pairs import Comparison, Pair
from .records import HUMAN, Judgement, JudgementKey, ShownFirst, key_of, latest_judgements

BOTH_ORDERS: tuple[ShownFirst, ShownFirst] = ("strategy", "baseline")
DOUBTFUL_BIAS = 0.5  # a judge that goes by the place in more pairs than not says little about answers
_DOUBTFUL_UNREADABLE = 0.2
Reason = Literal["unparsable", "failed", "skipped", "open"]


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """Outcome of a pair by one judge.

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
    """Outcomes of one judge for one comparison and aspect.

    Args:
        prompts: Fingerprint of the judge's prompts.
        strategy: Whose net win.
        baseline: Against whom.
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
        """Strategies compared."""
        return Comparison(self.strategy, self.baseline)

    @property
    def bias(self) -> PositionBias:
        """Position bias of the judge."""
        return position_bias([outcome.verdicts for outcome in self.outcomes if outcome.verdicts])


def judged(judgements: Iterable[Judgement], pairs: Sequence[Pair]) -> list[Judged]:
    """Combine verdicts into outcomes, for every judge, comparison and aspect that has any.

    Args:
        judgements: The records of the file, in its order.
        pairs: All pairs of answers of the run; verdicts on other texts do not count.
    """
    current = latest_judgements(judgements)
    groups = dict.fromkeys(
        (key.judge, key.prompts, Comparison(key.strategy, key.baseline), key.aspect) for key in current
    )
    return [
        found
        for group in groups
        if (found := _judged(*group, current, pairs)).outcomes or found.replies or found.undecided
    ]


def _judged(
    judge: str,
    prompts: str,
    comparison: Comparison,
    aspect: str,
    current: Mapping[JudgementKey, Judgement],
    pairs: Sequence[Pair],
) -> Judged:
    outcomes: list[PairOutcome] = []
    undecided: Counter[Reason] = Counter()
    given: list[Judgement] = []
    for pair in pairs:
        if pair.comparison != comparison:
            continue
        keys = [key_of(judge, prompts, pair, aspect, order) for order in BOTH_ORDERS]
        own: dict[ShownFirst, Judgement] = {
            key.shown_first: found
            for key in keys
            if (found := current.get(key)) is not None and found.texts == pair.texts
        }
        given += own.values()
        outcome = _one_order(pair, own) if judge == HUMAN else _both_orders(pair, own)
        if isinstance(outcome, PairOutcome):
            outcomes.append(outcome)
        else:
            undecided[outcome] += 1
    return Judged(
        judge,
        prompts,
        *comparison,
        aspect,
        tuple(outcomes),
        identical=sum(not outcome.verdicts for outcome in outcomes),
        replies=sum(found.status in ("done", "unparsable") for found in given),
        unparsable=tuple(found for found in given if found.status == "unparsable"),
        undecided=dict(undecided),
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
    verdicts = (one.verdict, other.verdict)
    return PairOutcome(pair, combined(*verdicts), verdicts, (one.reply, other.reply))


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


def summary(found: Sequence[Judged], aspects: Sequence[str]) -> list[str]:
    """Describe what one judge decided: a line for each comparison and aspect, in the aspects' order."""
    chosen = [entry for entry in found if entry.aspect in aspects]
    comparisons = list(dict.fromkeys(entry.comparison for entry in chosen))
    chosen.sort(key=lambda entry: (comparisons.index(entry.comparison), aspects.index(entry.aspect)))
    return [line for entry in chosen for line in _lines(entry)]


def doubt(entry: Judged) -> str | None:
    """Return why a judge's verdicts should not be relied on, or ``None``."""
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


def _lines(entry: Judged) -> list[str]:
    result = net_win((outcome.pair.question_id, outcome.outcome) for outcome in entry.outcomes)
    if result is None:
        parts = ["no pair with readable verdicts"]
    else:
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
