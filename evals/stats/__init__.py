"""Estimates with intervals, by resampling questions; quantiles; what a sample can show. Pure Python."""

from __future__ import annotations

from .bootstrap import (
    Interval,
    by_question,
    log_interval,
    mean_interval,
    ratio_interval,
    statistic_interval,
)
from .length_control import MATCHED_WITHIN, HeldEqual, LengthControl, held_equal, length_control
from .net_win import NetWin, PositionBias, combined, net_win, position_bias
from .power import many_categories, what_it_can_show, what_it_shows
from .quantiles import Spread, median, percentile, spread

__all__ = [
    "MATCHED_WITHIN",
    "HeldEqual",
    "Interval",
    "LengthControl",
    "NetWin",
    "PositionBias",
    "Spread",
    "by_question",
    "combined",
    "held_equal",
    "length_control",
    "log_interval",
    "many_categories",
    "mean_interval",
    "median",
    "net_win",
    "percentile",
    "position_bias",
    "ratio_interval",
    "spread",
    "statistic_interval",
    "what_it_can_show",
    "what_it_shows",
]
