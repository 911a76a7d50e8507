"""What a sample can and cannot show, for readers who do not read intervals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from .bootstrap import mean_interval

_TOLD = 1.96  # standard errors from zero at which an interval no longer holds it
_FOUND = 2.80  # the same, plus what it takes for 8 of 10 samples to get that far


def what_it_shows(values: Sequence[float], *, better: str, than: str, seed: int = 0) -> str:
    """What the questions' net wins (-1 to 1) say, and what it would take to say more."""
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
    """How small a net win a sample of this size and spread can tell from zero."""
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
    """A warning about looking at many intervals at once."""
    if count < 2:
        return ""
    return (
        f"Each of the {count} category intervals misses the truth in 1 of 20 runs; that at least one of them "
        f"does happens in about {1 - 0.95**count:.0%} of runs. A single category that stands out is a hint, "
        "not a finding."
    )
