"""When questions arrive: at random times of a given rate, or as they were recorded."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from sot.errors import ConfigError

_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """A question that comes in, whether or not earlier ones are answered.

    Args:
        at_s: Seconds since the run began.
        question: The question; ``None``: one of the run's.
    """

    at_s: float
    question: str | None = None


def poisson(rate: float, duration_s: float, seed: int) -> list[Arrival]:
    """Arrivals at random, independent of each other.

    Args:
        rate: How many a second, on average.
        duration_s: Seconds.
        seed: Makes them repeatable. The same seed gives the same pattern at every rate, stretched.
    """
    draw = Random(seed)
    arrivals: list[Arrival] = []
    at = draw.expovariate(1.0) / rate
    while at <= duration_s:
        arrivals.append(Arrival(at))
        at += draw.expovariate(1.0) / rate
        if len(arrivals) > _MOST:
            raise ConfigError(f"more than {_MOST} questions in {duration_s:g} s: take a lower rate")
    return arrivals


def read_traces(path: Path) -> list[list[Arrival]]:
    """Recorded arrivals: JSON Lines with ``at_s`` and, where there is one, ``question``.

    The ``samples.jsonl`` of an earlier run is such a file. It holds every arrival once for each policy, which
    are read once, and those of several loads, which are as many traces.

    Args:
        path: The file.

    Returns:
        The traces, each in order of time.

    Raises:
        ConfigError: It cannot be read; with the line at fault.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"--trace: {str(path)!r} cannot be read: {reason}") from None
    traces: dict[str, dict[str, list[Arrival]]] = {}  # by load, then by policy
    for number, line in enumerate(lines, 1):
        if line.strip():
            arrival, load, policy = _arrival(path, number, line)
            traces.setdefault(load, {}).setdefault(policy, []).append(arrival)
    if not traces:
        raise ConfigError(f"--trace: {str(path)!r} holds no arrivals")
    found = [sorted(next(iter(own.values())), key=lambda arrival: arrival.at_s) for own in traces.values()]
    if any(duration_of(trace) <= 0 for trace in found):
        raise ConfigError(f"--trace: {str(path)!r} has all its arrivals at 0 s, which is no load")
    return found


def duration_of(arrivals: Sequence[Arrival]) -> float:
    """Seconds from the start to the last arrival."""
    return max(arrival.at_s for arrival in arrivals)


def cut(arrivals: Sequence[Arrival], duration_s: float, parts: int) -> list[list[Arrival]]:
    """Parts of equal time, each from its own beginning.

    Args:
        arrivals: All of them, in order of time.
        duration_s: Seconds of all together.
        parts: How many.
    """
    each = duration_s / parts
    found: list[list[Arrival]] = [[] for _ in range(parts)]
    for arrival in arrivals:
        number = min(int(arrival.at_s / each), parts - 1)
        found[number].append(replace(arrival, at_s=arrival.at_s - number * each))
    return found


def _arrival(path: Path, number: int, line: str) -> tuple[Arrival, str, str]:
    """An arrival, and what tells it from those of another load or policy."""
    try:
        entry: Any = json.loads(line)
        at, question = entry["at_s"], entry.get("question")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ConfigError(f"{path}:{number}: not a JSON object with at_s") from None
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not math.isfinite(at) or at < 0:
        raise ConfigError(f"{path}:{number}: at_s is {at!r}; it must be seconds from 0 on")
    if question is not None and not (isinstance(question, str) and question.strip()):
        raise ConfigError(f"{path}:{number}: question must be a text")
    if question is not None:
        question = question.encode("utf-8", "replace").decode()  # JSON can hold half a surrogate pair
    return Arrival(float(at), question), str(entry.get("load")), str(entry.get("policy"))
