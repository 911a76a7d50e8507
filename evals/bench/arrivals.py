"""Loads: questions that arrive at random times of a given rate, or as they were recorded."""

from __future__ import annotations

import json
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sot.errors import ConfigError

from ..run.records import Key
from .options import Policy

_MOST = 1_000_000
_LATEST_S = sys.float_info.max  # JSON has greater whole numbers


@dataclass(frozen=True, slots=True)
class Arrival:
    """Arrival of a question, whether or not earlier ones are answered.

    Args:
        at_s: Seconds since the run began.
        question: ``None``: one of the run's.
    """

    at_s: float
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One policy's part of a load."""

    policy: Policy
    round: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """Questions to be answered by every policy.

    Args:
        load: The offered load as a share of the capacity.
        coming: In order of time.
        duration_s: Seconds in which they come.
        drain_s: Seconds to wait for unfinished answers after a round; ``None``: as long as it takes.
        rounds: Parts of equal time; the policies take turns in each.
        seed: Of the policies' order.
        prefix: Of the questions' ids: two traces may be of the same load.
    """

    load: float
    coming: Sequence[Arrival]
    duration_s: float
    drain_s: float | None = None
    rounds: int = 1
    seed: int = 0
    prefix: str = ""

    def key(self, policy: Policy, place: int) -> Key:
        """Return the key of the answer to an arrival, counted from 0."""
        return Key(f"{self.prefix}{place + 1}", policy, 1, load=self.load)

    @property
    def round_s(self) -> float:
        """Seconds of a round."""
        return self.duration_s / self.rounds

    def part(self, number: int) -> range:
        """Return the places of a round's arrivals."""
        first, end = (
            bisect_left(self.coming, turn * self.round_s, key=lambda one: one.at_s)
            for turn in (number, number + 1)
        )
        return range(first, end if number + 1 < self.rounds else len(self.coming))

    def turns(self, policies: Sequence[Policy]) -> list[Turn]:
        """Return the turns: a machine that becomes slower meets all policies alike."""
        return [
            Turn(policy, number)
            for number in range(self.rounds)
            if self.part(number)
            for policy in Random(f"{self.seed} {self.load} {number}").sample(policies, len(policies))
        ]


def poisson(rate: float, duration_s: float, seed: int) -> list[Arrival]:
    """Draw arrivals at random, independent of each other.

    Args:
        rate: Arrivals a second, on average.
        seed: The same seed gives the same pattern at every rate, stretched.
    """
    draw = Random(seed)
    arrivals: list[Arrival] = []
    at = 0.0
    while (at := at + draw.expovariate(1.0) / rate) <= duration_s:
        arrivals.append(Arrival(at))
        if len(arrivals) > _MOST:
            raise ConfigError(f"more than {_MOST} questions in {duration_s:g} s: take a lower rate")
    return arrivals


def read_traces(path: Path) -> list[list[Arrival]]:
    """Read recorded arrivals: JSON Lines with ``at_s`` and, where there is one, ``question``.

    The ``answers.jsonl`` of an earlier run is such a file. It holds every arrival once for each policy, which
    are read once, and those of several loads, which are as many traces.

    Returns:
        The traces, each in order of time.

    Raises:
        ConfigError: The file cannot be read; with the line at fault.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"--trace: {str(path)!r} cannot be read: {reason}") from None
    by_load: defaultdict[str, defaultdict[str, list[Arrival]]] = defaultdict(lambda: defaultdict(list))
    for number, line in enumerate(lines, 1):
        if line.strip():
            arrival, load, policy = _arrival(f"{path}:{number}", line)
            by_load[load][policy].append(arrival)
    if not by_load:
        raise ConfigError(f"--trace: {str(path)!r} holds no arrivals")
    # Of a run that was cut off, one policy may have more of them than another.
    traces = [sorted(max(own.values(), key=len), key=lambda one: one.at_s) for own in by_load.values()]
    if any(trace[-1].at_s <= 0 for trace in traces):
        raise ConfigError(f"--trace: {str(path)!r} has all its arrivals at 0 s, which is no load")
    return traces


def _arrival(place: str, line: str) -> tuple[Arrival, str, str]:
    """An arrival, and what tells it from those of another load or policy."""
    try:
        entry: Any = json.loads(line)
        times = entry.get("offered", entry)  # an answer of an earlier run, or an arrival alone
        at, load, question = times["at_s"], times.get("load"), entry.get("question")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ConfigError(f"{place}: not a JSON object with at_s") from None
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not 0 <= at <= _LATEST_S:
        raise ConfigError(f"{place}: at_s is {at!r}; it must be seconds from 0 on")
    if question is not None:
        if not isinstance(question, str) or not question.strip():
            raise ConfigError(f"{place}: question must be a text")
        question = question.encode("utf-8", "replace").decode()  # JSON can hold half a surrogate pair
    return Arrival(float(at), question), str(load), str(entry.get("strategy", entry.get("policy")))
