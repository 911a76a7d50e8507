"""Order of the parts of a document: ``x-after`` lets a field wait for others, and see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..errors import ConfigError
from .layout import AFTER, Leaf, Order, Path
from .validity import shown_path

Waits = dict[int, tuple[int, ...]]
"""Numbers of the parts that each part waits for; parts are numbered from 1."""


def waits_of(leaves: Sequence[Leaf], orders: Sequence[Order]) -> Waits:
    """Return which parts wait for which.

    A name is that of a field beside the one that waits, else of a field of the whole document, else a path
    such as ``author.name``. What holds fields stands for all of them, on either side.

    Raises:
        ConfigError: A name is unknown, or fields wait for one another in a circle.
    """
    waits: dict[int, set[int]] = {index: set() for index in range(1, len(leaves) + 1)}
    for order in orders:
        waiting = _inside(leaves, order.path)
        for name in order.names:
            needed = _named(leaves, order, name)
            for index in waiting:
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


def _named(leaves: Sequence[Leaf], order: Order, name: str) -> set[int]:
    """Return the parts that a name stands for.

    Raises:
        ConfigError: There is no such field.
    """
    for path in ((*order.path[:-1], name), (name,)):
        if order.path and (found := _inside(leaves, path)):
            return found
    for leaf in leaves:
        for length in range(1, len(leaf.path) + 1):
            if shown_path(leaf.path[:length]) == name:
                return _inside(leaves, leaf.path[:length])
    where = shown_path(order.path) or "the whole"
    raise ConfigError(f"{AFTER} of {where} names {name!r}, which is no field")


def _inside(leaves: Sequence[Leaf], path: Path) -> set[int]:
    """Return the parts at a path and below it."""
    return {index for index, leaf in enumerate(leaves, 1) if leaf.path[: len(path)] == path}
