"""Arrivals of questions: at random times of a given rate, or as they were recorded."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sot.errors import ConfigError

_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """Arrival of a question, whether or not earlier ones are answered.

    Args:
        at_s: Seconds since the run began.
        question: ``None``: one of the run's.
    """

    at_s: float
    question: str | None = None


def poisson(rate: float, duration_s: float, seed: int) -> list[Arrival]:
    """Draw arrivals at random, independent of each other.

    Args:
        rate: Arrivals a second, on average.
        seed: The same seed gives the same pattern at every rate, stretched.
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
    traces: dict[str, dict[str, list[Arrival]]] = {}  # by load, then by policy
    for number, line in enumerate(lines, 1):
        if line.strip():
            arrival, load, policy = _arrival(path, number, line)
            traces.setdefault(load, {}).setdefault(policy, []).append(arrival)
    if not traces:
        raise ConfigError(f"--trace: {str(path)!r} holds no arrivals")
    # Of a run that was cut off, one policy may have more of them than another.
    found = [sorted(max(own.values(), key=len), key=lambda one: one.at_s) for own in traces.values()]
    if any(duration_of(trace) <= 0 for trace in found):
        raise ConfigError(f"--trace: {str(path)!r} has all its arrivals at 0 s, which is no load")
    return found


def duration_of(arrivals: Sequence[Arrival]) -> float:
    """Return the seconds from the start to the last arrival."""
    return max(arrival.at_s for arrival in arrivals)


def _arrival(path: Path, number: int, line: str) -> tuple[Arrival, str, str]:
    """An arrival, and what tells it from those of another load or policy."""
    try:
        entry: Any = json.loads(line)
        times = entry.get("offered", entry)  # an answer of an earlier run, or an arrival alone
        at, load, question = times["at_s"], times.get("load"), entry.get("question")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ConfigError(f"{path}:{number}: not a JSON object with at_s") from None
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not math.isfinite(at) or at < 0:
        raise ConfigError(f"{path}:{number}: at_s is {at!r}; it must be seconds from 0 on")
    if question is not None and not (isinstance(question, str) and question.strip()):
        raise ConfigError(f"{path}:{number}: question must be a text")
    if question is not None:
        question = question.encode("utf-8", "replace").decode()  # JSON can hold half a surrogate pair
    return Arrival(float(at), question), str(load), str(entry.get("strategy", entry.get("policy")))
