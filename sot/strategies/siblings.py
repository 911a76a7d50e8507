"""Siblings: what the writers of one answer's points share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..text.repetition import Said
from .base import Run
from .repairs import LONGEST_WAIT, RepairGate


@dataclass(slots=True)
class Siblings:
    """What the writers of one answer's points share.

    Args:
        titles: Titles of all points, in order; grows while the skeleton is written. A point ends where
            another one's title begins.
        said: What the points have said, so that none says it again.
        gate: Gate that their repairs pass.
    """

    titles: list[str] = field(default_factory=list[str])
    said: Said = field(default_factory=Said)
    gate: RepairGate = field(default_factory=RepairGate)


def new_siblings(run: Run, titles: Sequence[str] = ()) -> Siblings:
    """Return what the writers of an answer's points share; repairs wait no longer than the answer may."""
    left = run.seconds_left
    patience = LONGEST_WAIT if left is None else min(LONGEST_WAIT, left)
    return Siblings([*titles], gate=RepairGate(patience))
