"""What answers and verdicts show, and how sure it is. Pure Python; questions are what is resampled."""

from __future__ import annotations

from .bootstrap import Interval, by_question, mean_interval, ratio_interval, statistic_interval
from .length_control import MATCHED_WITHIN, LengthControl, length_control
from .net_win import NetWin, PositionBias, combined, net_win, position_bias
from .plain_words import many_categories, what_it_can_show, what_it_shows

__all__ = [
    "MATCHED_WITHIN",
    "Interval",
    "LengthControl",
    "NetWin",
    "PositionBias",
    "by_question",
    "combined",
    "length_control",
    "many_categories",
    "mean_interval",
    "net_win",
    "position_bias",
    "ratio_interval",
    "statistic_interval",
    "what_it_can_show",
    "what_it_shows",
]
