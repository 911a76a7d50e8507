"""Decision when the points after the first one start: with their lines, or with the end of the skeleton.

A point that starts with its line ends sooner by as much as its line comes before the skeleton's end, unless
it is the last one. It slows the skeleton by what its row adds to a step, but that row must be decoded at some
time in any case. Simulated with measured profiles, points of equal lengths end at the same time either way
(within 2%), as they do where the last one is the longest; with lengths as they vary otherwise waiting costs
8% to 29% of the total. Only where a batch takes nearly as long as its requests one after the other is nothing
lost by waiting; there the first point, which is read meanwhile, comes sooner if the others wait.
"""

from __future__ import annotations

from .base import Run

_DEAR = 4.5  # times as long a step that eight requests take at least where the others wait


def starts_at_once(run: Run) -> bool:
    """Return whether a point after the first one starts as soon as its line is complete."""
    stated = run.options.step_ratio
    if stated == "auto":
        points = run.engine_for("point")
        if points is not run.engine_for("skeleton"):
            return True  # the skeleton is not slowed
        times = points.turn.admission.gain.times
        return times is None or times.ratio < _DEAR
    return stated == "off" or stated < _DEAR
