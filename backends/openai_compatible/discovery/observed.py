"""Findings from the times and the usage of an engine's answers: requests decoded together, and whose prefixes
its cache serves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sot.types import PrefixCaching, Usage

from .findings import Findings

_KEPT = 16  # requests to compare with
_LEAST_DELTAS = 8  # of a request whose decoding is compared with others
_LEAST_S = 0.05  # of its decoding: below it, a server hands over what it had at hand
_COMPARED = 8192  # characters of a prompt
_SHARED_TOKENS = 128  # of a prompt, that a cache should have served: several blocks of any engine's size
_MISSES = 3  # after which a cache counts as not there


@dataclass(eq=False, slots=True)
class Flight:
    """One request: its prompt and its times, on one clock, in seconds.

    Args:
        prompt: Beginning of the conversation's text.
        characters: Length of the whole of it.
        sent: Time of sending.
        beside: Requests in flight at the time of sending.
        after: Requests that had ended by then.
    """

    prompt: str
    characters: int
    sent: float
    beside: tuple[Flight, ...] = ()
    after: tuple[Flight, ...] = ()
    first: float = float("inf")
    end: float = float("-inf")
    deltas: int = 0

    def token(self, now: float) -> None:
        """Note a delta."""
        if not self.deltas:
            self.first = now
        self.end = now
        self.deltas += 1

    @property
    def decoding(self) -> float:
        """Seconds from the first delta to the last."""
        return self.end - self.first if self.deltas else 0.0

    @property
    def comparable(self) -> bool:
        """Whether it was decoded for long enough to compare its times with others'."""
        return self.deltas >= _LEAST_DELTAS and self.decoding >= _LEAST_S


@dataclass(slots=True)
class Observed:
    """Memory of one model at one server."""

    _together: bool = False
    _one_by_one: int = 0
    _hits: dict[str, int] = field(default_factory=lambda: {"running": 0, "idle": 0})
    _misses: dict[str, int] = field(default_factory=lambda: {"running": 0, "idle": 0})
    _flying: dict[int, Flight] = field(default_factory=dict[int, Flight])
    _ended: deque[Flight] = field(default_factory=lambda: deque[Flight](maxlen=_KEPT))

    def send(self, prompt: str, now: float) -> Flight:
        """Note a request that is being sent; pairs with `leave`.

        Args:
            prompt: Text of the conversation, as one string.
        """
        beside = tuple(self._flying.values())[-_KEPT:]
        flight = Flight(prompt[:_COMPARED], len(prompt), now, beside, tuple(self._ended))
        self._flying[id(flight)] = flight
        return flight

    def leave(self, flight: Flight, usage: Usage | None = None, *, tells_cached: bool = False) -> bool:
        """Note the end of a request, whole or left early.

        Args:
            usage: Its last usage.
            tells_cached: Whether the server said how many tokens were cached, be it 0.

        Returns:
            Whether it has just become clear that requests are decoded one after another.
        """
        del self._flying[id(flight)]
        if usage is not None and tells_cached and flight.deltas:
            self._compare_prefixes(flight, usage)
        before = self._serial
        if flight.comparable and not self._together:
            self._compare_times(flight)
        # What its prompt was compared with is not needed any longer, and would keep all earlier ones.
        flight.beside = flight.after = ()
        self._ended.append(flight)
        return self._serial and not before

    def findings(self) -> Findings:
        """Return the capabilities that the answers show."""
        found: dict[str, tuple[Any, str]] = {}
        if self._serial:
            said = f"{self._one_by_one} requests sent together were decoded one after another"
            found["parallel"] = (1, said)
        if cache := self._cache():
            found["caches_prefixes"] = cache
        return found

    @property
    def _serial(self) -> bool:
        return self._one_by_one > 0 and not self._together

    def _compare_times(self, flight: Flight) -> None:
        """Look whether requests in flight together were decoded together, or one after another."""
        ended = [other for other in self._ended if other.comparable]
        for other in (*ended, *(each for each in self._flying.values() if each.comparable)):
            overlap = min(flight.end, other.end) - max(flight.first, other.first)
            if overlap > 0.25 * min(flight.decoding, other.decoding):
                self._together = True
                return
        queued = _queued(sorted((*ended, flight), key=lambda each: each.first))
        if queued >= 3:
            self._one_by_one = max(self._one_by_one, queued)

    def _compare_prefixes(self, flight: Flight, usage: Usage) -> None:
        """Look whether the cache served a long beginning that an earlier request had, too."""
        # Begun before, and still being decoded when this one's first token came.
        prefilled = (
            other for other in flight.beside if other.first <= flight.sent <= flight.first < other.end
        )
        running = _shared(flight, prefilled, usage)
        idle = _shared(flight, flight.after, usage)
        if (expected := max(idle, running)) < _SHARED_TOKENS:
            return
        whose = "idle" if idle >= max(_SHARED_TOKENS, 0.9 * running) else "running"
        if usage.cached_tokens >= 0.5 * expected:
            self._hits[whose] += 1
        elif usage.cached_tokens <= 0.1 * expected:
            self._misses[whose] += 1

    def _cache(self) -> tuple[PrefixCaching, str] | None:
        hits, misses = self._hits, self._misses
        # A gateway that lags lets a request look as if it were running that the engine has finished.
        if hits["running"] >= 2 and hits["running"] > misses["running"]:
            return "running", f"cached_tokens of {hits['running']} requests whose beginning was still in use"
        if hits["idle"] and misses["running"] >= 2:
            return "idle", (
                f"cached_tokens of {hits['idle']} requests after others with the same beginning, "
                f"and none of {misses['running']} beside others"
            )
        if not hits["idle"] and misses["idle"] >= _MISSES:
            return "no", f"cached_tokens 0 of {misses['idle']} requests whose beginning was sent before"
        return None


def _queued(flights: Sequence[Flight]) -> int:
    """Return how many of the last requests waited in one queue and were decoded one after another.

    Args:
        flights: Ended requests, by their first delta.
    """
    group: list[Flight] = []
    for flight in flights:
        # Sent while the first of the group was being decoded, begun when the one before had ended.
        if group and not (flight.sent < group[0].end and flight.first >= group[-1].end):
            group = []
        group.append(flight)
    span = group[-1].end - group[0].first if group else 0.0
    # A gateway that hands whole answers over at once shows no decoding, and tells nothing.
    return len(group) if sum(each.decoding for each in group) >= 0.5 * span > 0 else 0


def _shared(flight: Flight, others: Iterable[Flight], usage: Usage) -> float:
    """Return the tokens of the longest beginning that a prompt shares with one of others."""
    longest = max((_common(flight.prompt, other.prompt) for other in others), default=0)
    return usage.prompt_tokens * longest / max(1, flight.characters)


def _common(one: str, other: str) -> int:
    """Return the number of characters with which both begin."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
