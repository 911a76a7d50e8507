"""What decoding requests have in common: some engines read a beginning that all share only once a step."""

from __future__ import annotations

from collections.abc import Sequence

from .sim_request import SimRequest


class SharedBeginning:
    """Tokens that all decoding requests have in common from their start.

    Args:
        block_tokens: Tokens in a block of the requests' prompts.
    """

    def __init__(self, block_tokens: int) -> None:
        self._block = block_tokens
        self._first: SimRequest | None = None
        self._alike: dict[SimRequest, int] = {}  # blocks in common with the first one

    @property
    def tokens(self) -> int:
        """How many; those of one request alone do not count."""
        return min(self._alike.values()) * self._block if len(self._alike) > 1 else 0

    def add(self, request: SimRequest) -> None:
        """A request begins to decode."""
        first = self._first = self._first or request
        self._alike[request] = _in_common(first.beginning, request.beginning)

    def remove(self, request: SimRequest) -> None:
        """A request has ended."""
        del self._alike[request]
        if request is not self._first:
            return
        self._first = first = next(iter(self._alike), None)
        if first is not None:
            self._alike = {other: _in_common(first.beginning, other.beginning) for other in self._alike}


def _in_common(one: Sequence[int], other: Sequence[int]) -> int:
    """Equal names at a place mean that all before it is equal as well."""
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
