"""Budget of one rendering: how much work a template may do, and how much text it may make.

A template runs in this process, where nothing can end it from outside. So everything in it that costs time or
memory pays beforehand, and a template that asks for too much ends with an error instead of a stalled server.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import cast

MAX_STEPS = 50_000  # a built-in template takes 10 to 300; all of them take some 50 ms
MAX_CHARS = 1_000_000  # written, copied or searched, and for each character of the values:
CHARS_FOR_EACH = 32
MAX_BITS = 4_096  # of a number
_MAX_DEPTH = 20  # of lists within lists


class BudgetError(Exception):
    """Template that asks for more than a rendering may cost."""


class Budget:
    """What is left to one rendering.

    Args:
        given: Characters of the values that the template gets.
    """

    __slots__ = ("_all_chars", "_chars", "_steps")

    def __init__(self, given: int = 0) -> None:
        self._steps = MAX_STEPS
        self._all_chars = self._chars = MAX_CHARS + CHARS_FOR_EACH * given

    def spend(self, steps: int, chars: int = 0) -> None:
        """Pay for work.

        Raises:
            BudgetError: More is asked for than is left.
        """
        self._steps -= steps
        self._chars -= chars
        if self._steps < 0:
            raise BudgetError(f"the template does too much: more than {MAX_STEPS:,} steps")
        if self._chars < 0:
            raise BudgetError(f"the template makes too much text: more than {self._all_chars:,} characters")

    def measure(self, value: object, depth: int = 0) -> int:
        """Return the characters of a value and of all that it holds, each of which is a step.

        Raises:
            BudgetError: It holds too much, or a number is too large.
        """
        kind = type(value)
        if kind is str:
            return len(cast("str", value))
        if kind is int:
            return size_of_number(cast("int", value))
        if kind is tuple or kind is list:
            held = cast("tuple[object, ...] | list[object]", value)
        elif kind is dict:
            table = cast("dict[object, object]", value)
            self.spend(len(table))
            held = (*table.keys(), *table.values())
        else:
            return 0
        if depth == _MAX_DEPTH:
            raise BudgetError(f"lists within lists are {_MAX_DEPTH} deep")
        self.spend(len(held))
        return sum(self.measure(each, depth + 1) for each in held)


def size_of_number(number: int) -> int:
    """Return the characters that a whole number is counted as.

    Raises:
        BudgetError: It is too large to work with.
    """
    bits = number.bit_length()
    if bits > MAX_BITS:
        raise BudgetError(f"a number has more than {MAX_BITS:,} bits")
    return bits // 3


_current: ContextVar[Budget | None] = ContextVar("budget of a rendering", default=None)


def current_budget() -> Budget:
    """Return the budget of the rendering that runs; a new one outside of any."""
    return _current.get() or Budget()


@contextmanager
def budget_for(values: Mapping[str, object]) -> Generator[None]:
    """Set the budget of a rendering, by the length of the values that the template gets."""
    given = sum(len(value) for value in values.values() if isinstance(value, str))
    token = _current.set(Budget(given))
    try:
        yield
    finally:
        _current.reset(token)
