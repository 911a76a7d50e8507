"""The ways to answer a question; each is a small object with one method."""

from __future__ import annotations

from ..types import StrategyName
from .base import Outcome, Run, Strategy


def strategy_for(name: StrategyName) -> Strategy:
    """The strategy of that name.

    Args:
        name: One of `sot.types.STRATEGIES`.
    """
    if name == "skeleton":
        from .skeleton import SkeletonStrategy

        return SkeletonStrategy()
    from .sequential import NormalStrategy, ReasoningStrategy

    return NormalStrategy() if name == "normal" else ReasoningStrategy(name)


__all__ = ["Outcome", "Run", "Strategy", "strategy_for"]
