"""How figures are written in the cells of a table."""

from __future__ import annotations

import re

from ..statistics import Interval
from .figures import Group
from .stats import Spread

UNKNOWN = "–"


def spread_cell(value: Spread | None, digits: int = 2, *, rate: bool = False) -> str:
    """The median and the 95th percentile; of a rate the least and the greatest."""
    if value is None:
        return UNKNOWN
    if rate:
        return f"{value.median:.{digits}f} ({value.least:.{digits}f} to {value.most:.{digits}f})"
    return f"{value.median:.{digits}f} ({value.p95:.{digits}f})"


def interval_cell(value: Interval | None, digits: int = 2, unit: str = "") -> str:
    """A figure with its 95% interval, where there is one."""
    if value is None:
        return UNKNOWN
    if value.low is None or value.high is None:
        return f"{value.estimate:.{digits}f}{unit}"
    return f"{value.estimate:.{digits}f}{unit} ({value.low:.{digits}f} to {value.high:.{digits}f})"


def times_cell(value: Interval | None, digits: int = 2) -> str:
    """How many times, with its interval."""
    return interval_cell(value, digits, "x")


def gaps_cell(median: Spread | None, p95: Spread | None) -> str:
    """The median gap and the 95th percentile of gaps, in milliseconds."""
    if median is None or p95 is None:
        return UNKNOWN
    return f"{1000 * median.median:.0f}, {1000 * p95.median:.0f}"


def milli_cell(value: Spread | None) -> str:
    """The median in milliseconds."""
    return UNKNOWN if value is None else f"{1000 * value.median:.1f}"


def percent_cell(value: Spread | None) -> str:
    """The median and the 95th percentile as shares."""
    return UNKNOWN if value is None else f"{value.median:.1%} ({value.p95:.1%})"


def share_cell(value: float | None) -> str:
    """A share in percent."""
    return UNKNOWN if value is None else f"{value:.0%}"


def accepted_cell(group: Group) -> str:
    """The share of proposed tokens that the model took."""
    return "none proposed" if group.drafted == 0 else share_cell(group.acceptance)


def cost_cell(value: Spread | None) -> str:
    """The median cost of a thousand."""
    return UNKNOWN if value is None else f"{1000 * value.median:.3g}"


def short_name(accelerator: str) -> str:
    """An accelerator's name without the folders of its paths.

    Args:
        accelerator: As it was written.
    """
    return "+".join(re.sub(r":.*[/\\\\]", ":", part) for part in accelerator.split("+"))
