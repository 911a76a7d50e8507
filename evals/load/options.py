"""The options of ``sot bench load`` and ``sot bench fleet``, checked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from sot.command.engine import EngineOptions
from sot.command.option_fields import AsJson, Option, TokenLimits
from sot.errors import ConfigError

from .policies import POLICIES

DEFAULT_LOADS = "0.1..1.2"
Policies = Annotated[str, Option(f"Of {', '.join(POLICIES)}.", "NAMES", ("--policy",))]
_ALL = ",".join(POLICIES)
_RANGE = re.compile(r"([\d.]+)\.\.([\d.]+)(?::([\d.]+))?")
_STEP = 0.1
_MOST_LOADS = 100
_MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """Which engine is measured, at which loads, under which policies."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    loads: Annotated[
        str | None, Option("Shares of the capacity: 0.1..1.2 (default) or 0.2,0.5.", "LOADS")
    ] = None
    rates: Annotated[str | None, Option("Questions a second instead: 0.5,1,2.", "RATES")] = None
    trace: Annotated[
        Path | None, Option("Recorded arrivals instead: JSON Lines with at_s (and question).", "FILE")
    ] = None
    policies: Policies = _ALL
    duration: Annotated[
        float | None,
        Option("Seconds in which questions arrive; 60, simulated: 2000 answers at capacity.", "S"),
    ] = None
    rounds: Annotated[int, Option("Parts of it; the policies take turns in each, in random order.", "N")] = 1
    drain: Annotated[
        float | None, Option("Seconds to wait for unfinished answers after that; as long again.", "S")
    ] = None
    deadline: Annotated[
        float | None, Option("Deadline of the goodput; twice a normal answer on the idle engine.", "S")
    ] = None
    capacity: Annotated[float | None, Option("Normal answers a second at load 100%, if known.", "RATE")] = (
        None
    )
    together: Annotated[int | None, Option("Answers at once with which the capacity is measured.", "N")] = (
        None
    )
    profile: Annotated[Path | None, Option("The engine's profile, for the adaptive policy.", "FILE")] = None
    questions: Annotated[
        Path | None, Option("One a line, or JSON Lines; built-in ones unless given.", "FILE")
    ] = None
    forced: Annotated[
        bool,
        Option(
            "The engine writes answers as long as the simulated ones, of scripted text (ignore_eos).",
            flags=("--forced-lengths",),
        ),
    ] = False
    limits: TokenLimits = field(default_factory=TokenLimits)
    seed: Annotated[int, Option("Of the arrivals.", "N")] = 0
    out: Annotated[Path | None, Option("Write figures, samples and a picture.", "DIR", ("-o",))] = None
    as_json: AsJson = False

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


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """The options of ``sot bench fleet``: the replicas, their users, the policies."""

    profile: Annotated[
        Path | None, Option("A replica's profile (sot bench calibrate); an example unless given.", "FILE")
    ] = None
    users: Annotated[int, Option("How many users.", "N")] = 10_000
    every: Annotated[float | None, Option("Seconds between two questions of a user, on average.", "S")] = None
    duration: Annotated[
        float | None, Option("Seconds in which questions come; one each unless given.", "S")
    ] = None
    replicas: Annotated[str, Option("How many engines.", "NUMBERS")] = "1,8,64"
    balance: Annotated[str, Option("Which gets a question: least-loaded or round-robin.", "NAME")] = (
        "least-loaded"
    )
    policies: Policies = _ALL
    seed: Annotated[int, Option("Of the arrivals and the answers' lengths.", "N")] = 0
    out: Annotated[Path | None, Option("Also write the figures as JSON.", "FILE", ("-o",))] = None
    as_json: AsJson = False

    def __post_init__(self) -> None:
        if self.users < 1:
            raise ConfigError("--users must be at least 1")
        for name, value in (("--every", self.every), ("--duration", self.duration)):
            if value is not None and not value > 0:
                raise ConfigError(f"{name} must be above 0")
        if self.out is not None and not self.out.absolute().parent.is_dir():
            raise ConfigError(f"--out: there is no folder {str(self.out.parent)!r}")


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
