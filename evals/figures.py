"""Figures as text."""

from __future__ import annotations

from .statistics import Interval

NOTHING = "–"


def times(interval: Interval | None) -> str:
    """A ratio: ``1.85× (1.60 to 2.10)``.

    Args:
        interval: The ratio.
    """
    if interval is None:
        return NOTHING
    if interval.low is None or interval.high is None:
        return f"{_ratio(interval.estimate)}×"
    return f"{_ratio(interval.estimate)}× ({_ratio(interval.low)} to {_ratio(interval.high)})"


def signed(interval: Interval | None) -> str:
    """A net win or a difference of shares: ``+12% (−3 to +27)``.

    Args:
        interval: The net win, from -1 to 1.
    """
    if interval is None:
        return NOTHING
    if interval.low is None or interval.high is None:
        return f"{points(interval.estimate)}%"
    return f"{points(interval.estimate)}% ({points(interval.low)} to {points(interval.high)})"


def share(interval: Interval | None) -> str:
    """A share: ``75% (60 to 86)``.

    Args:
        interval: The share, from 0 to 1.
    """
    if interval is None:
        return NOTHING
    if interval.low is None or interval.high is None:
        return f"{100 * interval.estimate:.0f}%"
    return f"{100 * interval.estimate:.0f}% ({100 * interval.low:.0f} to {100 * interval.high:.0f})"


def percent(value: float | None) -> str:
    """A share without an interval.

    Args:
        value: From 0 to 1.
    """
    return NOTHING if value is None else f"{100 * value:.0f}%"


def seconds(value: float | None) -> str:
    """Seconds.

    Args:
        value: How many.
    """
    return NOTHING if value is None else f"{value:.2f} s"


def number(value: float | None, digits: int = 0) -> str:
    """A plain number.

    Args:
        value: The number.
        digits: Digits after the point.
    """
    return NOTHING if value is None else f"{value:,.{digits}f}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def points(value: float) -> str:
    """A signed share as whole hundredths: ``+12``, ``−3``, ``0``.

    Args:
        value: From -1 to 1.
    """
    points = round(100 * value)
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"
