"""What judging says when it is over."""

from __future__ import annotations

from collections.abc import Sequence

from sot.terminal import one_line

from ..figures import signed
from ..statistics import net_win
from .outcomes import Judged

DOUBTFUL_BIAS = 0.5  # a judge that goes by the place in more pairs than not says little about answers


def summary(found: Sequence[Judged], aspects: Sequence[str]) -> list[str]:
    """Lines of text, one for each comparison and aspect.

    Args:
        found: What one judge decided.
        aspects: The aspects to show, in this order.
    """
    chosen = [entry for entry in found if entry.aspect in aspects]
    comparisons = list(dict.fromkeys(entry.comparison for entry in chosen))
    chosen.sort(key=lambda entry: (comparisons.index(entry.comparison), aspects.index(entry.aspect)))
    return [line for entry in chosen for line in _lines(entry)]


def doubt(entry: Judged) -> str | None:
    """Why a judge's verdicts should not be relied on, or ``None``.

    Args:
        entry: What it decided.
    """
    rate = entry.bias.rate
    if rate is not None and rate > DOUBTFUL_BIAS:
        share = entry.bias.first_share or 0.0
        place = "first" if share > 0.5 else "second"
        return (
            f"in {rate:.0%} of the pairs this judge named the same place in both orders, mostly the {place}: "
            "it goes by the place, and its net win says little about the answers"
        )
    if entry.replies and len(entry.unparsable) > entry.replies / 5:
        return (
            f"{len(entry.unparsable) / entry.replies:.0%} of this judge's replies have no readable verdict: "
            "the rest may not stand for all"
        )
    return None


def _lines(entry: Judged) -> list[str]:
    result = net_win((outcome.pair.question_id, outcome.outcome) for outcome in entry.outcomes)
    if result is None:
        parts = ["no pair with readable verdicts"]
    else:
        parts = [
            f"net win {signed(result.rate)}",
            f"{result.wins} won, {result.ties} tied, {result.losses} lost",
        ]
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
    lines = [f"{title}: {'; '.join(parts)}"]
    if (found := doubt(entry)) is not None:
        lines.append(f"  note: {found}")
    return lines
