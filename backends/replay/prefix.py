"""Prefix cache of the simulated engine: hashes of token blocks, and an LRU set of those computed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence


class BlockHasher:
    """Incremental hasher of a text's token blocks; a hash covers all tokens before it as well.

    Args:
        size: Tokens in a block.
        tenant: Owner of the text, whose blocks are those of no other; ``None``: all share them.
    """

    def __init__(self, size: int, tenant: str | None = None) -> None:
        self._size = size
        self._last = 0 if tenant is None else hash(("tenant", tenant))
        self._part: list[str] = []

    def add(self, tokens: Sequence[str]) -> list[int]:
        """Append tokens; returns the hashes of the blocks that are now whole."""
        self._part += tokens
        hashes: list[int] = []
        whole = len(self._part) - len(self._part) % self._size
        for start in range(0, whole, self._size):
            self._last = hash((self._last, *self._part[start : start + self._size]))
            hashes.append(self._last)
        del self._part[:whole]
        return hashes


class BlockCache:
    """LRU set of the blocks whose keys and values are cached.

    Args:
        blocks: Most blocks.
    """

    def __init__(self, blocks: int) -> None:
        self._most = max(blocks, 1)
        self._known: OrderedDict[int, None] = OrderedDict()

    def match(self, blocks: Sequence[int]) -> int:
        """Return how many blocks from the start are cached, and mark them as used."""
        known = self._known
        for number, block in enumerate(blocks):
            if block not in known:
                return number
            known.move_to_end(block)
        return len(blocks)

    def add(self, block: int) -> None:
        """Cache a block, and evict the least recently used one if there are too many."""
        self._known[block] = None
        self._known.move_to_end(block)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
