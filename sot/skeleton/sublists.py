"""Numbered lists below the points of a numbered list, at the same indentation."""

from __future__ import annotations

from .items import Item

_FEWEST = 2  # items of a sublist that may be the list itself


class Sublist:
    """Follower of a numbered list below a point: it begins at 1 again, in another dress than the points.

    ``1. **Plan**`` / ``1. Choose a date`` / ``2. Invite`` / ``2. **Cook**`` has two points.
    """

    def __init__(self) -> None:
        self._items: list[Item] = []  # of the last sublist
        self._number = 0  # of its last item; 0 outside one
        self._point = 0  # number of the point above it

    def takes(self, item: Item, first: Item, number: int) -> bool:
        """Whether an item belongs to a sublist.

        Args:
            item: The item.
            first: The list's first item, the model of the points.
            number: Number of the last point.
        """
        if item.kind != "number" or first.kind != "number" or not item.number:
            return False
        outer = item.dress == first.dress and item.indent <= first.indent
        if not self._number:
            if outer or item.number != 1 or not number:
                return False
            self._items, self._point = [], number
        elif outer or (item.number not in (1, self._number + 1) and item.number == self._point + 1):
            self._number = 0
            return False
        self._number = item.number
        self._items.append(item)
        return True

    def rest(self) -> list[Item]:
        """Return the sublist's items, which are the list itself if only one point stands above them."""
        return self._items if len(self._items) >= _FEWEST else []
