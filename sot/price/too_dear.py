"""Decision whether a skeleton is too dear, by what it is expected to cost."""

from __future__ import annotations

from ..types import Estimate
from .money import times


def too_dear(estimate: Estimate, limit: float) -> str | None:
    """Return why a skeleton is too dear; ``None``: it is not.

    Args:
        estimate: Its expected cost.
        limit: Most times the cost of normal decoding.
    """
    if estimate.ratio <= limit:
        return None
    if estimate.normal <= 0 < estimate.cost:
        return "would cost something, and normal decoding nothing"
    return f"would cost {times(estimate.ratio, limit)} times normal decoding, more than {limit:g}"
