"""Critical path of an answer in parts: its time if nobody waited for anybody, from the times its events show.

A point cannot begin before its line of the skeleton is known and the points whose texts it needs are
complete, and then takes as long as its own request does. The latest end of any point is the critical path:
the skeleton up to a line, and the longest chain of points from there. What the answer took beyond it was
waiting. Fields of an object are all known at once; they wait for the short values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..run.records import AnswerRecord, PointSpan


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """Critical path of one skeleton answer.

    Args:
        point: Number of the point that would have been complete last.
        path_s: When that would have been.
        chain: Points that waited for one another on the path, the last one last.
        overhead: Time of the answer beyond the path, as a share of it.
        over_longest: The same beyond "line of the longest point + that point", after the points it needs.
    """

    point: int
    path_s: float
    chain: tuple[int, ...]
    overhead: float
    over_longest: float


def path_of(record: AnswerRecord) -> CriticalPath | None:
    """Critical path of an answer; ``None`` without points."""
    return critical_path(record.spans, record.total_s)


def critical_path(points: Sequence[PointSpan], total_s: float) -> CriticalPath | None:
    """Critical path of an answer that took ``total_s``; ``None`` without points (normal, a fallback)."""
    ends: dict[int, float] = {}  # when each point would have been complete had nothing waited
    chains: dict[int, tuple[int, ...]] = {}
    for point in sorted(points, key=lambda point: (point.started_s, point.index)):
        starts, before = point.found_s, ()
        for other in point.needs:
            if ends.get(other, 0.0) > starts:
                starts, before = ends[other], chains[other]
        ends[point.index] = starts + point.own_s
        chains[point.index] = (*before, point.index)
    if not ends:
        return None
    last = max((point.index for point in points), key=ends.__getitem__)
    longest = max(points, key=lambda point: (point.tokens, ends[point.index])).index
    if min(ends[last], ends[longest]) <= 0:  # a clock that does not move: nothing can be said
        return None
    # kept times are rounded
    overhead, over_longest = (max(0.0, total_s / ends[index] - 1) for index in (last, longest))
    return CriticalPath(last, ends[last], chains[last], overhead, over_longest)
