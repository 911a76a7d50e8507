"""Options of ``sot bench latency``, ``cost``, ``load``, ``calibrate``, ``fleet`` and ``sweep``, checked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from sot.command.engine import EngineOptions
from sot.command.option_fields import AsJson, Option, Temperature, TokenLimits, refuse_below
from sot.command.price_options import PriceOptions
from sot.errors import ConfigError

from ..measure.methods import METHODS, OLD_NAMES

Policy = Literal["normal", "skeleton", "adaptive"]
POLICIES: tuple[Policy, ...] = ("normal", "skeleton", "adaptive")
BALANCES = ("least-loaded", "round-robin")
_ALL = ",".join(POLICIES)
_METHODS = f"Of {', '.join(name for name in METHODS if name not in OLD_NAMES)}."
_RANGE = re.compile(r"([\d.]+)\.\.([\d.]+)(?::([\d.]+))?")
_STEP = 0.1
_MOST_LOADS = 100
_MOST_ROUNDS = 1000
_MOST_REPLICAS = 1024

Policies = Annotated[str, Option(f"Of {', '.join(POLICIES)}.", "NAMES", ("--policy",))]
Questions = Annotated[str, Option("suitable, mixed, schemas-20 … (see sot eval run), or a file.", "SET|FILE")]
WithOpening = Annotated[
    bool, Option("Skeleton answers begin with an opening, where the engine takes four requests at once.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyOptions:
    """Methods to compare, on which questions and how."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    methods: Annotated[
        str | None, Option(f"{_METHODS} Unless given: normal,skeleton,skeleton-paper.", "NAMES")
    ] = None
    questions: Questions = "suitable"
    limit: Annotated[int | None, Option("Most questions to use.", "N")] = None
    repeat: Annotated[int, Option("How often every question is asked.", "N")] = 1
    seed: Annotated[int, Option("Of the order and of the bootstrap.", "N")] = 0
    limits: TokenLimits = field(default_factory=TokenLimits)
    temperature: Temperature = None
    lengths: Annotated[
        str | None, Option("Force the lengths: normal=320,skeleton=40,points=8x40.", "LENGTHS")
    ] = None
    accelerators: Annotated[str, Option("The engine's accelerators to compare; see above.", "NAMES")] = "none"
    random_llama: Annotated[str | None, Option("Random weights of a shape: 7b, 1b or tiny.", "SHAPE")] = None
    price_in: Annotated[float | None, Option("Price of a million prompt tokens.", "PRICE")] = None
    price_cached: Annotated[
        float | None, Option("Of a million cached ones; --price-in's unless given.", "PRICE")
    ] = None
    price_out: Annotated[float | None, Option("Price of a million completion tokens.", "PRICE")] = None
    out: Annotated[Path | None, Option("Keep the answers and the report there.", "DIR", ("-o",))] = None
    as_json: AsJson = False

    def __post_init__(self) -> None:
        refuse_below(1, limit=self.limit, repeat=self.repeat)
        for name in ("price_in", "price_cached", "price_out"):
            price = getattr(self, name)
            if price is not None and not 0 <= price < math.inf:
                raise ConfigError(f"--{name.replace('_', '-')} must be at least 0")
        if (self.price_in is None) != (self.price_out is None):
            raise ConfigError("--price-in and --price-out are needed together")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOptions:
    """Questions and prices of a comparison of estimated and actual costs."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    prices: PriceOptions = field(default_factory=PriceOptions)
    questions: Questions = "suitable"
    limit: Annotated[int | None, Option("Most questions to use.", "N")] = 20
    limits: TokenLimits = field(default_factory=TokenLimits)
    as_json: AsJson = False

    def __post_init__(self) -> None:
        refuse_below(1, limit=self.limit)
        if self.prices.max_cost_ratio is not None:
            raise ConfigError("--max-cost-ratio changes nothing here: every question is answered both ways")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """Engine, loads and policies of a load measurement."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    loads: Annotated[str | None, Option("Shares of the capacity: 0.1..1.2, or 0.2,0.5.", "LOADS")] = None
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
    capacity: Annotated[float | None, Option("Normal answers a second at load 100%.", "RATE")] = None
    together: Annotated[int | None, Option("Answers at once that measure the capacity.", "N")] = None
    profile: Annotated[Path | None, Option("The engine's profile, for the adaptive policy.", "FILE")] = None
    questions: Questions = "suitable"
    forced: Annotated[
        bool,
        Option(
            "The engine writes answers as long as the simulated ones, of scripted text (ignore_eos).",
            flags=("--forced-lengths",),
        ),
    ] = False
    opening: WithOpening = True
    limits: TokenLimits = field(default_factory=TokenLimits)
    seed: Annotated[int, Option("Of the arrivals.", "N")] = 0
    out: Annotated[
        Path | None, Option("Keep every answer and write the report there; goes on there.", "DIR", ("-o",))
    ] = None
    as_json: AsJson = False

    def __post_init__(self) -> None:
        if sum(given is not None for given in (self.loads, self.rates, self.trace)) > 1:
            raise ConfigError("--loads, --rates and --trace each say when questions arrive: give one of them")
        _refuse_zero(duration=self.duration, drain=self.drain, deadline=self.deadline, capacity=self.capacity)
        if not 1 <= self.rounds <= _MOST_ROUNDS:
            raise ConfigError(f"--rounds must be from 1 to {_MOST_ROUNDS}")
        refuse_below(1, together=self.together)
        if self.trace is not None and self.duration is not None:
            raise ConfigError("--duration is for random arrivals; a trace has its own")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyOptions:
    """Engine, answers at once and policies of a closed-loop measurement."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    at_once: Annotated[str, Option("Answers at once.", "NUMBERS")] = "1,4,16,64"
    answers: Annotated[int, Option("Answers of each level and policy; at least 3 a place.", "N")] = 8
    policies: Policies = _ALL
    lengths: Annotated[
        str | None, Option("Force the lengths: normal=80,skeleton=20,points=4x20.", "LENGTHS")
    ] = None
    profile: Annotated[Path | None, Option("The engine's profile, for the adaptive policy.", "FILE")] = None
    questions: Questions = "suitable"
    opening: WithOpening = True
    limits: TokenLimits = field(default_factory=TokenLimits)
    seed: Annotated[int, Option("Of the policies' order.", "N")] = 0
    as_json: AsJson = False

    def __post_init__(self) -> None:
        refuse_below(1, answers=self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions:
    """Engine to measure, how closely, and where its profile goes."""

    out: Annotated[Path | None, Option("The profile to write.", "FILE", ("-o",))] = None
    engine: EngineOptions = field(default_factory=EngineOptions)
    batches: Annotated[str | None, Option("Requests decoded together; 1,2,4,8,16,32.", "NUMBERS")] = None
    max_batch: Annotated[
        int | None, Option("Most requests decoded together, where the engine does not say.", "N")
    ] = None
    repeat: Annotated[int, Option("Rounds.", "N")] = 3
    steps_only: Annotated[bool, Option("Measure only what decoding together costs; no profile.")] = False
    tokens: Annotated[int | None, Option("Tokens of each request, with --steps-only; 64.", "N")] = None
    note: Annotated[str, Option("Kept in the profile.", "TEXT")] = ""
    seed: Annotated[int, Option("Of the prompts and the order.", "N")] = 0
    as_json: Annotated[bool, Option("Print the figures as one JSON object.", flags=("--json",))] = False

    def __post_init__(self) -> None:
        refuse_below(1, repeat=self.repeat, max_batch=self.max_batch, tokens=self.tokens)
        if self.steps_only:
            given = {"--out": self.out, "--max-batch": self.max_batch, "--note": self.note or None}
            for name in (name for name, value in given.items() if value is not None):
                raise ConfigError(f"{name} is for a profile, and --steps-only makes none")
        elif self.tokens is not None:
            raise ConfigError("--tokens is for --steps-only: a profile's requests have lengths of their own")
        elif self.out is None:
            raise ConfigError("--out is missing: where the profile goes (or --steps-only)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """Simulated replicas, their users and the policies."""

    profile: Annotated[
        Path | None, Option("A replica's profile (sot bench calibrate); an example unless given.", "FILE")
    ] = None
    users: Annotated[int, Option("How many users.", "N")] = 10_000
    every: Annotated[float | None, Option("Seconds between two questions of a user, on average.", "S")] = None
    duration: Annotated[
        float | None, Option("Seconds in which questions come; one each unless given.", "S")
    ] = None
    replicas: Annotated[
        str | None, Option("How many engines; 1,8,64 unless given, and 4 with --routing.", "NUMBERS")
    ] = None
    routing: Annotated[
        str | None,
        Option(
            "Send each request to a replica by a router's rule: round-robin, session (by the answer's key), "
            "prefix, prefix-balanced, with commas, or all. Every answer is then a skeleton.",
            "RULES",
        ),
    ] = None
    loads: Annotated[
        str, Option("With --routing: as shares of what the replicas can take, in normal answers.", "LOADS")
    ] = "0.3,0.6"
    answers: Annotated[int, Option("With --routing: answers for each row.", "N")] = 300
    threshold: Annotated[
        float,
        Option("With --routing: least part of a prompt that must match, for the prefix rules.", "SHARE"),
    ] = 0.3
    system_tokens: Annotated[
        int, Option("With --routing: tokens of a system prompt that all answers have in common.", "N")
    ] = 100
    question_tokens: Annotated[
        int, Option("With --routing: tokens of a question, which no two have in common.", "N", least=1)
    ] = 15
    balance: Annotated[str, Option("Which gets a question: least-loaded or round-robin.", "NAME")] = (
        "least-loaded"
    )
    policies: Policies = _ALL
    opening: WithOpening = True
    seed: Annotated[int, Option("Of the arrivals and the answers' lengths.", "N")] = 0
    out: Annotated[Path | None, Option("Also write the figures as JSON.", "FILE", ("-o",))] = None
    as_json: AsJson = False

    def __post_init__(self) -> None:
        refuse_below(1, users=self.users, answers=self.answers)
        refuse_below(0, system_tokens=self.system_tokens)
        if not 0 < self.threshold <= 1:
            raise ConfigError(f"--threshold is {self.threshold:g}; it must be above 0 and at most 1")
        _refuse_zero(every=self.every, duration=self.duration)
        if self.balance not in BALANCES:
            raise ConfigError(f"--balance is {self.balance!r}; it must be one of {', '.join(BALANCES)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOptions:
    """Profiles, loads and runs of a sweep."""

    profiles: Annotated[
        tuple[Path, ...],
        Option("An engine's profile (repeatable); an example unless given.", "FILE", ("--profile",)),
    ] = ()
    loads: Annotated[str, Option("As shares of the capacity.", "LOADS")] = (
        "0.1,0.2,0.3,0.4,0.5,0.55,0.6,0.65,0.7,0.75,0.8,0.9,1.0,1.1,1.2"
    )
    seeds: Annotated[int, Option("Runs with other arrivals at each load.", "N")] = 6
    answers: Annotated[int, Option("Answers of a run at full load.", "N")] = 1200

    def __post_init__(self) -> None:
        refuse_below(1, seeds=self.seeds, answers=self.answers)


def parse_policies(text: str) -> list[Policy]:
    """Read policies written with commas; those named twice count once."""
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in POLICIES]
    if unknown or not wanted:
        raise ConfigError(f"unknown policy {', '.join(unknown)!r}: known are {', '.join(POLICIES)}")
    return [policy for policy in POLICIES if policy in wanted]


def parse_numbers(option: str, text: str) -> Sequence[float]:
    """Read numbers above 0 with commas, and ranges: ``0.1..1.2`` in steps of 0.1, ``0.2..1:0.2`` of 0.2."""
    values: set[float] = set()
    try:
        for part in filter(None, map(str.strip, text.split(","))):
            if (found := _RANGE.fullmatch(part)) is None:
                values.add(float(part))
                continue
            first, last, step = float(found[1]), float(found[2]), float(found[3] or _STEP)
            count = math.floor((last - first) / step + 1e-9) + 1
            if not 1 <= count <= _MOST_LOADS:
                raise ValueError
            values |= {round(first + number * step, 9) for number in range(count)}
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ConfigError(f"{option} is {text!r}; write numbers such as 0.1,0.5 or 0.1..1.2") from None
    if not 1 <= len(values) <= _MOST_LOADS or not all(0 < value < math.inf for value in values):
        raise ConfigError(f"{option} is {text!r}; the numbers must be above 0")
    return sorted(values)


def parse_counts(option: str, text: str, such_as: str, most: int | None = _MOST_REPLICAS) -> list[int]:
    """Read whole numbers from 1 on, with commas, in rising order.

    Args:
        most: The greatest one; ``None`` where the caller refuses what is too much.
    """
    try:
        numbers = sorted({int(part) for part in text.split(",") if part.strip()})
    except ValueError:
        numbers = []
    if not numbers or numbers[0] < 1 or (most is not None and numbers[-1] > most):
        end = "on" if most is None else f"to {most}"
        raise ConfigError(f"{option} is {text!r}; write numbers from 1 {end}, such as {such_as}")
    return numbers


def _refuse_zero(**values: float | None) -> None:
    """Refuse options that must be above 0; those that were not given pass."""
    for name, value in values.items():
        if value is not None and not 0 < value < math.inf:
            raise ConfigError(f"--{name} must be above 0")
