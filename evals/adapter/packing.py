"""Token trees: the requests of one answer as one sequence, in which every shared prefix stands once.

The points of an answer share their prefix, the conversation so far. Trained one by one they would compute it
again for each; a tree of tokens with a mask in which each token sees its ancestors computes it once. The loss
is the same, and an example costs a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Request:
    """Token ids of one request and its completion.

    Args:
        ids: Prompt and completion.
        start: Index of the completion's first token.
        stage: ``skeleton`` or ``point``.
    """

    ids: tuple[int, ...]
    start: int
    stage: str


@dataclass(slots=True)
class TokenTree:
    """Token tree of one answer.

    Args:
        offset: Number of tokens before the tree, which all answers share.
        ids: Token ids.
        parents: Index of the token before each; -1: the last one before the tree.
        depths: Position of each in its request.
        targets: Indexes of the tokens to be learned, by stage.
    """

    offset: int
    ids: list[int] = field(default_factory=list[int])
    parents: list[int] = field(default_factory=list[int])
    depths: list[int] = field(default_factory=list[int])
    targets: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    def mask(self) -> Tensor:
        """Return which tokens each token sees, ``[tokens, offset + tokens]``: itself and those before it."""
        import torch

        size = len(self.ids)
        seen = torch.zeros(size, self.offset + size, dtype=torch.bool)
        seen[:, : self.offset] = True
        for at, parent in enumerate(self.parents):
            if parent >= 0:
                seen[at] = seen[parent]
            seen[at, self.offset + at] = True
        return seen


def pack(requests: Sequence[Request], offset: int) -> TokenTree:
    """Pack requests into a tree.

    Args:
        requests: Requests of one answer.
        offset: Number of tokens that all answers share; not in the tree.
    """
    tree = TokenTree(offset)
    places: dict[tuple[int, int], int] = {}
    trained: set[int] = set()
    for request in requests:
        if request.start <= offset:
            raise ValueError("a completion begins within the shared tokens")
        at = -1
        for depth in range(offset, len(request.ids)):
            key = (at, request.ids[depth])
            if key not in places:
                places[key] = len(tree.ids)
                tree.ids.append(key[1])
                tree.parents.append(at)
                tree.depths.append(depth)
            at = places[key]
            # A completion's token that another request has in its prompt is learned once.
            if depth >= request.start and tree.parents[at] >= 0 and at not in trained:
                trained.add(at)
                tree.targets.setdefault(request.stage, []).append(at)
    return tree


def shared_length(requests: Sequence[Request]) -> int:
    """Return the length of the prompt that all requests begin with, less one token to go on from."""
    first = min(requests, key=lambda request: request.start)
    length = first.start - 1
    for request in requests:
        for at in range(min(length, request.start - 1)):
            if request.ids[at] != first.ids[at]:
                length = at
                break
        length = min(length, request.start - 1)
    return length
