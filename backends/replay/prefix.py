"""The simulated engine's prefix cache: names for blocks of tokens, and which of them have been computed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence


class BlockNames:
    """Names for the blocks of a growing text: equal beginnings get equal names.

    Args:
        size: Tokens in a block.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._last = 0
        self._part: list[str] = []

    def add(self, tokens: Sequence[str]) -> list[int]:
        """The text goes on; returns the names of the blocks that are now whole.

        Args:
            tokens: The next tokens.
        """
        self._part += tokens
        names: list[int] = []
        whole = len(self._part) - len(self._part) % self._size
        for start in range(0, whole, self._size):
            self._last = hash((self._last, *self._part[start : start + self._size]))
            names.append(self._last)
        del self._part[:whole]
        return names


class BlockCache:
    """Which blocks of prompts have been computed; the least recently used go first.

    Args:
        blocks: Most blocks.
    """

    def __init__(self, blocks: int) -> None:
        self._most = max(blocks, 1)
        self._known: OrderedDict[int, None] = OrderedDict()

    def match(self, blocks: Sequence[int]) -> int:
        """How many blocks from the start are there."""
        known = self._known
        for number, block in enumerate(blocks):
            if block not in known:
                return number
            known.move_to_end(block)
        return len(blocks)

    def add(self, block: int) -> None:
        """A block has been computed."""
        self._known[block] = None
        self._known.move_to_end(block)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
