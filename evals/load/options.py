"""What ``sot bench load`` is asked to measure, checked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sot.errors import ConfigError

from .lean import POLICIES, Policy

DEFAULT_LOADS = "0.1..1.2"
_RANGE = re.compile(r"([\d.]+)\.\.([\d.]+)(?::([\d.]+))?")
_STEP = 0.1
_MOST_LOADS = 100
_MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class LoadBench:
    """The options of ``sot bench load``; see its help."""

    backend: str | None
    model: str | None = None
    engine_args: tuple[str, ...] = ()
    loads: str | None = None
    rates: str | None = None
    trace: Path | None = None
    policies: str = ",".join(POLICIES)
    duration: float | None = None
    rounds: int = 1
    drain: float | None = None
    deadline: float | None = None
    capacity: float | None = None
    together: int | None = None
    profile: Path | None = None
    questions: Path | None = None
    forced: bool = False
    max_tokens: int = 1024
    max_point_tokens: int = 192
    seed: int = 0
    out: Path | None = None

    def __post_init__(self) -> None:
        if sum(given is not None for given in (self.loads, self.rates, self.trace)) > 1:
            raise ConfigError("--loads, --rates and --trace each say when questions arrive: give one of them")
        for name in ("duration", "drain", "deadline", "capacity"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ConfigError(f"--{name} must be above 0")
        if not 1 <= self.rounds <= _MOST_ROUNDS:
            raise ConfigError(f"--rounds must be from 1 to {_MOST_ROUNDS}")
        if self.together is not None and self.together < 1:
            raise ConfigError("--together must be at least 1")
        if self.trace is not None and self.duration is not None:
            raise ConfigError("--duration is for random arrivals; a trace has its own")
        if self.out is not None and self.out.exists() and not self.out.is_dir():
            raise ConfigError(f"--out: {str(self.out)!r} is a file")


def parse_policies(text: str) -> list[Policy]:
    """Policies written with commas; those named twice count once.

    Args:
        text: Names of `POLICIES`.

    Raises:
        ConfigError: There is none, or one that is unknown.
    """
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in POLICIES]
    if unknown or not wanted:
        raise ConfigError(f"unknown policy {', '.join(unknown)!r}: known are {', '.join(POLICIES)}")
    return [policy for policy in POLICIES if policy in wanted]


def parse_numbers(name: str, text: str) -> Sequence[float]:
    """Numbers above 0 with commas, and ranges ``0.1..1.2`` in steps of 0.1, ``0.2..1:0.2`` in others.

    Args:
        name: The option, for messages.
        text: As written.

    Raises:
        ConfigError: It is written otherwise.
    """
    values: list[float] = []
    try:
        for part in filter(None, map(str.strip, text.split(","))):
            found = _RANGE.fullmatch(part)
            if found is None:
                values.append(float(part))
                continue
            first, last, step = float(found[1]), float(found[2]), float(found[3] or _STEP)
            count = math.floor((last - first) / step + 1e-9) + 1
            if not 1 <= count <= _MOST_LOADS:
                raise ValueError
            values += [round(first + number * step, 9) for number in range(count)]
    except (ValueError, ZeroDivisionError):
        raise ConfigError(f"{name} is {text!r}; write numbers such as 0.1,0.5 or 0.1..1.2") from None
    values = sorted(set(values))
    if not values or len(values) > _MOST_LOADS or not all(0 < value < math.inf for value in values):
        raise ConfigError(f"{name} is {text!r}; the numbers must be above 0")
    return values
