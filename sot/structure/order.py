"""Order of the parts of a document: ``x-after`` lets a field wait for others, and see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..errors import ConfigError
from .layout import AFTER, Leaf, Order, Path
from .validity import shown_path

MOST_NAMES = 4096
"""Most names in all lists of ``x-after`` of a schema."""

Waits = dict[int, tuple[int, ...]]
"""Numbers of the parts that each part waits for; parts are numbered from 1."""


def waits_of(leaves: Sequence[Leaf], orders: Sequence[Order]) -> Waits:
    """Return which parts wait for which.

    A name is that of a field beside the one that waits, else of a field of the whole document, else a path
    such as ``author.name``. What holds fields stands for all of them, on either side.

    Raises:
        ConfigError: A name is unknown, there are too many, or fields wait for one another in a circle.
    """
    if sum(len(set(order.names)) for order in orders) > MOST_NAMES:
        raise ConfigError(f"{AFTER} names more than {MOST_NAMES} fields, all together")
    table = _Table(leaves)
    waits: dict[int, set[int]] = {index: set() for index in range(1, len(leaves) + 1)}
    for order in orders:
        needed = set[int]().union(*(table.named(order, name) for name in dict.fromkeys(order.names)))
        for index in table.inside.get(order.path, ()):
            waits[index] |= needed
    ordered = {index: tuple(sorted(needed)) for index, needed in waits.items()}
    if circle := find_circle(ordered):
        names = " -> ".join(shown_path(leaves[index - 1].path) for index in circle)
        raise ConfigError(f"{AFTER} lets fields wait for one another in a circle: {names}")
    return ordered


def find_circle(waits: Mapping[int, Sequence[int]]) -> list[int]:
    """Return a circle of parts that wait for one another, its first one again at the end; else nothing."""
    done: set[int] = set()
    for start in waits:
        way, on_way = [start], {start}
        left: list[Iterator[int]] = [iter(waits[start])]
        while left:
            index = next(left[-1], None)
            if index is None:
                left.pop()
                done.add(last := way.pop())
                on_way.discard(last)
            elif index in on_way:
                return [*way[way.index(index) :], index]
            elif index not in done:
                way.append(index)
                on_way.add(index)
                left.append(iter(waits[index]))
    return []


class _Table:
    """Table of the fields, and of what holds fields, with the parts that each stands for.

    Args:
        leaves: The values of the document.

    Attributes:
        inside: Parts at a path and below it.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self.inside: dict[Path, set[int]] = {}
        self._shown: dict[str, Path] = {}
        for index, leaf in enumerate(leaves, 1):
            for length in range(len(leaf.path) + 1):
                path = leaf.path[:length]
                if path not in self.inside:
                    self.inside[path] = set()
                    self._shown.setdefault(shown_path(path), path)
                self.inside[path].add(index)

    def named(self, order: Order, name: str) -> set[int]:
        """Return the parts that a name stands for.

        Raises:
            ConfigError: There is no such field.
        """
        for path in ((*order.path[:-1], name), (name,)):
            if order.path and path in self.inside:
                return self.inside[path]
        if name and name in self._shown:
            return self.inside[self._shown[name]]
        where = shown_path(order.path) or "the whole"
        raise ConfigError(f"{AFTER} of {where} names {name!r}, which is no field")
