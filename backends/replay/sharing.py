"""Common prefix of the requests in decode: some engines read its keys and values only once a step."""

from __future__ import annotations

from collections.abc import Sequence

from .sim_request import SimRequest


class SharedPrefix:
    """Common prefix of all requests in decode, kept up to date as they come and go.

    Args:
        block_tokens: Tokens in a block of the prompts.
    """

    def __init__(self, block_tokens: int) -> None:
        self._block = block_tokens
        self._first: SimRequest | None = None
        self._alike: dict[SimRequest, int] = {}  # blocks in common with the first request

    @property
    def tokens(self) -> int:
        """Length of the common prefix, in tokens; 0 for a single request."""
        return min(self._alike.values()) * self._block if len(self._alike) > 1 else 0

    def add(self, request: SimRequest) -> None:
        """Add a request that begins to decode."""
        first = self._first = self._first or request
        self._alike[request] = _in_common(first.hashes, request.hashes)

    def remove(self, request: SimRequest) -> None:
        """Remove a request that has ended."""
        del self._alike[request]
        if request is not self._first:
            return
        self._first = first = next(iter(self._alike), None)
        if first is not None:
            self._alike = {other: _in_common(first.hashes, other.hashes) for other in self._alike}


def _in_common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the length of a common prefix, by bisection: equal hashes mean that all before is equal."""
    least, most = 0, min(len(one), len(other))
    if one is other:
        return most
    while least < most:
        middle = (least + most + 1) // 2
        if one[middle - 1] == other[middle - 1]:
            least = middle
        else:
            most = middle - 1
    return least
