"""Registry of the kinds of faults that the fault-playing engine (a test double) can play."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .reply import Reply

Play = Callable[[Reply], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of fault.

    Args:
        name: Its name, in figures and records.
        play: Plays it; the record says afterwards how the reply ended.
        harmless: Whether a client must not be harmed by it at all: the answer is whole in spite of it.
    """

    name: str
    play: Play
    harmless: bool = False


KINDS: dict[str, Kind] = {}
"""All kinds by name, in the order of their definition; filled by the modules that define them."""


def kind(*, harmless: bool = False) -> Callable[[Play], Play]:
    """Register the function below as a kind of fault of its name."""

    def register(play: Play) -> Play:
        name = getattr(play, "__name__", "")
        assert name not in KINDS, f"two kinds are called {name}"
        KINDS[name] = Kind(name, play, harmless)
        return play

    return register
