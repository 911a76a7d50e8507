"""Collection of a skeleton's points: titles, scopes and dependencies; repeated points are dropped."""

from __future__ import annotations

from ..types import Point
from .likeness import Likeness, likeness
from .scopes import Scoped, read_scope
from .titles import make_title, title_key

_MAX_DROPPED = 1000  # repeated and empty points after which the parser gives up
_MAX_NEAR = 3  # near-equal points after which the model repeats itself


class PointCollector:
    """Collector of points, which gives them their indexes.

    Args:
        max_points: Most points; further ones are ignored.
        max_title_chars: Most characters of a title.

    Attributes:
        points: The points so far.
        repeated: A point has come a second time, or near-equal ones three times.
        exhausted: A thousand points were dropped.
    """

    def __init__(self, max_points: int, max_title_chars: int) -> None:
        self._max_points = max_points
        self._max_title_chars = max_title_chars
        self.clear()

    def clear(self) -> None:
        """Forget all points."""
        self.points: list[Point] = []
        self.repeated = False
        self.exhausted = False
        self._keys: dict[str, int] = {}
        self._likenesses: list[Likeness] = []
        self._indexes: dict[int, int] = {}  # of the points, by the number that the model wrote
        self._items = 0
        self._scoped = 0
        self._dropped = 0
        self._near = 0

    @property
    def full(self) -> bool:
        """Whether there are as many points as there may be."""
        return len(self.points) >= self._max_points

    @property
    def scoped(self) -> bool:
        """Whether at least half of the points say what they cover or need."""
        return 0 < len(self.points) <= 2 * self._scoped

    def add(self, text: str, number: int = 0) -> None:
        """Add the point of a list item's text, unless it is empty or repeated.

        Args:
            text: Text of the item, without its number.
            number: The number that the model wrote; 0 where it wrote none.
        """
        if self.full:
            return
        self._items += 1
        number = number or self._items
        scope = read_scope(text)
        title = make_title(scope.title, self._max_title_chars)
        if not title:
            self._drop()
            return
        key, like = title_key(title), likeness(title)
        index = self._find(key, like)
        if index:
            self._indexes.setdefault(number, index)  # who needs this point needs the one that it repeats
            self._drop()
            return
        self._append(title, scope, number)
        self._keys[key] = len(self.points)
        self._likenesses.append(like)

    def _append(self, title: str, scope: Scoped, number: int) -> None:
        needs = {
            self._indexes[needed] for needed in scope.needs if needed != number and needed in self._indexes
        }
        index = len(self.points) + 1
        self.points.append(Point(index, title, tuple(sorted(needs)), scope.covers))
        self._indexes[number] = index
        self._scoped += scope.marked

    def _find(self, key: str, like: Likeness) -> int:
        """Return the index of the point that a title repeats; 0 if it repeats none."""
        if index := self._keys.get(key, 0):
            self.repeated = True
            return index
        for index, other in enumerate(self._likenesses, start=1):
            if like.alike(other):
                self._near += 1
                self.repeated = self.repeated or self._near >= _MAX_NEAR
                return index
        return 0

    def _drop(self) -> None:
        self._dropped += 1
        self.exhausted = self._dropped >= _MAX_DROPPED
