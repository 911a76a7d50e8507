"""Continuation of an answer by normal decoding, after points that were shown and stay."""

from __future__ import annotations

from dataclasses import replace

from ..text.stops import StopReached
from .base import Outcome, Run
from .finish import gravest_finish
from .sequential import decode_again


async def go_on_after(run: Run, points: Outcome, reason: str) -> Outcome:
    """Decode normally after points that have been shown, and return the outcome of both.

    The filter of stop sequences stays: one may begin in the points and end in what follows.

    Args:
        run: The answer in progress.
        points: The outcome of the points alone.
        reason: The reason why no more points follow.

    Raises:
        SotError: Normal decoding failed.
    """
    try:
        rest = await decode_again(run, run.written)
    except StopReached:
        rest = Outcome(run.spent, finish_reason="stop")
    run.end_text()
    return replace(
        points,
        usage=run.spent,
        fell_back=reason,
        finish_reason=gravest_finish((points.finish_reason, rest.finish_reason)),
        complete=points.complete and rest.complete,
    )
