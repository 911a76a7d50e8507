"""A request to the simulated engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["waiting", "prefilling", "decoding", "over"]


@dataclass(eq=False, slots=True)
class SimRequest:
    """One completion.

    Args:
        prompt: Prompt tokens, at least 1.
        tokens: Completion tokens, at least 1.
        cached: Prompt tokens that the prefix cache serves; found out where ``blocks`` are given.
        blocks: Names of the prompt's whole blocks, in order; equal names mean equal beginnings.
        names: The same, where ``cached`` is given and not to be found out.
        marks: Counts of completion tokens at which the caller is told, ascending; ``tokens`` is always one.
            ``None``: every token.
        owner: The caller's.
    """

    prompt: int
    tokens: int
    cached: int = 0
    blocks: Sequence[int] | None = None
    marks: Sequence[int] | None = ()
    owner: Any = None
    names: Sequence[int] = ()
    state: State = "waiting"
    left: int = 0  # prompt tokens still to read
    begun: int = 0  # the step that gave the first token
    next_mark: int = 0  # place in `marks`

    @property
    def beginning(self) -> Sequence[int]:
        """The names of the prompt's whole blocks."""
        return self.names if self.blocks is None else self.blocks

    def after(self, done: int) -> int:
        """The next count of tokens to tell."""
        if self.marks is None:
            return done + 1
        while self.next_mark < len(self.marks):
            mark = self.marks[self.next_mark]
            if done < mark < self.tokens:
                return mark
            self.next_mark += 1
        return self.tokens
