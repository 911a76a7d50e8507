"""Siblings: what the writers of one answer's points share."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..text.repetition import Said
from .repairs import RepairGate


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
