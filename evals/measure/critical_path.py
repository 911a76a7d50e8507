"""Critical path of a skeleton answer: its time if nobody waited for anybody, from the times its events show.

A point cannot begin before its line of the skeleton is known and the points whose texts it needs are
complete, and then takes as long as its own request does. The latest end of any point is the critical path:
the skeleton up to a line, and the longest chain of points from there. What the answer took beyond it was
waiting.
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
        longest_point: Point with the most tokens; of several, the one that ends last.
        longest_path_s: When that point would have been complete, after the points that it needs.
        total_s: When the answer was complete.
        chain: Points that waited for one another on the path, the last one last.
    """

    point: int
    path_s: float
    longest_point: int
    longest_path_s: float
    total_s: float
    chain: tuple[int, ...] = ()

    @property
    def overhead(self) -> float:
        """Time of the answer beyond the critical path, as a share of the path."""
        return max(0.0, self.total_s / self.path_s - 1)  # kept times are rounded

    @property
    def over_longest(self) -> float:
        """Time of the answer beyond "line of the longest point + that point", as a share of it."""
        return max(0.0, self.total_s / self.longest_path_s - 1)


def path_of(record: AnswerRecord) -> CriticalPath | None:
    """Return an answer's critical path; ``None`` without points."""
    return critical_path(record.spans, record.total_s)


def critical_path(points: Sequence[PointSpan], total_s: float) -> CriticalPath | None:
    """Return the critical path; ``None`` without points (a normal answer, a fallback)."""
    if not points:
        return None
    ends, chains = _ends(points)
    last = max(points, key=lambda point: ends[point.index])
    longest = max(points, key=lambda point: (point.tokens, ends[point.index]))
    path_s, longest_s = ends[last.index], ends[longest.index]
    if min(path_s, longest_s) <= 0:  # a clock that does not move: nothing can be said
        return None
    return CriticalPath(last.index, path_s, longest.index, longest_s, total_s, chains[last.index])


def _ends(points: Sequence[PointSpan]) -> tuple[dict[int, float], dict[int, tuple[int, ...]]]:
    """When each point would have been complete had nothing waited, and the chain that led there."""
    ends: dict[int, float] = {}
    chains: dict[int, tuple[int, ...]] = {}
    for point in sorted(points, key=lambda point: point.index):
        starts, before = point.found_s, ()
        for other in point.needs:
            if ends.get(other, 0.0) > starts:
                starts, before = ends[other], chains[other]
        ends[point.index] = starts + point.own_s
        chains[point.index] = (*before, point.index)
    return ends, chains
