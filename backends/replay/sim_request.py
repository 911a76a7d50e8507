"""Request to the simulated engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["waiting", "prefilling", "decoding", "over"]


@dataclass(eq=False, slots=True)
class SimRequest:
    """One simulated completion.

    Args:
        prompt: Prompt tokens, at least 1.
        tokens: Completion tokens, at least 1.
        cached: Prompt tokens that the prefix cache serves; looked up where ``blocks`` are given.
        blocks: Hashes of the prompt's whole blocks, in order; equal hashes mean equal prefixes.
        names: The same hashes, where ``cached`` is given and the cache is not to be looked up.
        marks: Counts of completion tokens that are reported, ascending; ``tokens`` is always one of them.
            ``None``: every token.
        owner: Anything the caller attaches.
    """

    prompt: int
    tokens: int
    cached: int = 0
    blocks: Sequence[int] | None = None
    marks: Sequence[int] | None = ()
    owner: Any = None
    names: Sequence[int] = ()
    state: State = "waiting"
    left: int = 0  # prompt tokens still to prefill
    begun: int = 0  # number of the step that gave the first token
    next_mark: int = 0  # index in `marks`

    @property
    def hashes(self) -> Sequence[int]:
        """Hashes of the prompt's whole blocks."""
        return self.names if self.blocks is None else self.blocks

    def after(self, done: int) -> int:
        """Return the next count of tokens, above ``done``, that is reported."""
        if self.marks is None:
            return done + 1
        while self.next_mark < len(self.marks):
            mark = self.marks[self.next_mark]
            if done < mark < self.tokens:
                return mark
            self.next_mark += 1
        return self.tokens
