"""``sot bench fleet``: a simulated fleet of replicas, for many users."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from sot.errors import ConfigError
from sot.load.profile import EngineProfile, read_profile
from sot.terminal import json_line, one_line

from ..own_files import is_json_with, refuse_foreign, write_output
from .fleet import BALANCES, Balance, Fleet, FleetRow, simulate
from .lean import LeanAnswer, LeanReplica, PromptSizes, prompt_sizes
from .options import FleetOptions
from .policies import parse_policies
from .progress import Progress
from .shapes import SHAPES, Shape, shapes

EXAMPLE = Path(__file__).parent / "profiles" / "example.json"
_LOADED = 8  # replicas that the default number of questions keeps half busy
_HALF = 0.5
_MOST_REPLICAS = 1024
_MOST_ANSWERS = 1_000_000


class FleetReport(BaseModel, frozen=True):
    """A simulated fleet.

    Args:
        kind: It is never measured.
        profile: The engine whose profile was used.
        model: Its model.
        machine: Where the profile was measured.
        users: How many users.
        every_s: Seconds between two questions of a user, on average.
        duration_s: Seconds in which questions come.
        capacity: Normal answers a second that one replica can take.
        balance: Which replica gets a question.
        seed: Of the arrivals.
        rows: The figures.
    """

    kind: Literal["simulated"] = "simulated"
    profile: str
    model: str
    machine: str
    users: int
    every_s: float
    duration_s: float
    capacity: float
    balance: str
    seed: int
    rows: list[FleetRow]

    def markdown(self) -> str:
        """The figures as a Markdown table."""
        lines = [
            f"**Simulated**: {self.users:,} users, each asks every {self.every_s:,.0f} s on average, for "
            f"{self.duration_s:,.0f} s; {self.balance}",
            f"every replica as {self.profile} ({self.model}) on {self.machine}; it can take "
            f"{self.capacity:.3g} normal answers a second (load 100%)",
            "",
            "| replicas | policy | load | answers/s | first text p50 / p95, s | whole answer p50 / p95, s "
            "| skeletons | completion tokens | prompt tokens (cached) |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for row in self.rows:
            cached = row.cached_tokens / max(row.prompt_tokens, 1)
            cells = (
                str(row.replicas),
                row.policy,
                f"{row.load:.0%}",
                f"{row.answers_s:.2f}",
                f"{row.first_text_p50:.2f} / {row.first_text_p95:.2f}",
                f"{row.total_p50:.2f} / {row.total_p95:.2f}",
                f"{row.skeleton:.0%}",
                f"{row.completion_tokens:,}",
                f"{row.prompt_tokens:,} ({cached:.0%})",
            )
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines)


def run_fleet(options: FleetOptions) -> None:
    """Simulate and print the figures.

    Raises:
        ConfigError: An option makes no sense.
    """
    policies, replicas = parse_policies(options.policies), _replicas(options.replicas)
    balance = _balance(options.balance)
    profile = read_profile(options.profile or EXAMPLE)
    if options.out is not None:
        refuse_foreign(options.out, "--out", is_json_with("kind", "profile", "balance", "rows"))
    with Progress() as progress:
        progress.say("simulated: prompts and capacity")
        sizes, lengths = prompt_sizes(profile), shapes(options.seed, SHAPES)
        capacity = replica_capacity(profile, sizes, lengths)
        every = options.every or options.users / (_HALF * _LOADED * capacity)
        duration = options.duration or every
        if options.users * duration / every > _MOST_ANSWERS:
            raise ConfigError(f"more than {_MOST_ANSWERS:,} answers: take a shorter --duration")
        fleet = Fleet(profile, sizes, lengths, options.users / every, duration, balance, options.seed)
        rows = [
            simulate(
                fleet,
                number,
                policy,
                capacity=capacity,
                progress=lambda done, of, name=f"{number} replicas, {policy}": progress.say(
                    f"simulated: {name}: {done} of {of} questions"
                ),
            )
            for number in replicas
            for policy in policies
        ]
    report = FleetReport(
        profile=one_line(profile.engine),
        model=one_line(profile.model),
        machine=one_line(profile.machine or "an unknown machine"),
        users=options.users,
        every_s=every,
        duration_s=duration,
        capacity=capacity,
        balance=balance,
        seed=options.seed,
        rows=rows,
    )
    if options.out is not None:
        write_output(options.out, "--out", report.model_dump_json(indent=1) + "\n")
    print(json_line(report.model_dump()) if options.as_json else report.markdown())


def replica_capacity(profile: EngineProfile, sizes: PromptSizes, lengths: Sequence[Shape]) -> float:
    """Normal answers a second of one replica that never runs out of them.

    Args:
        profile: Its speed.
        sizes: What the prompts take.
        lengths: The answers' lengths, in turn.
    """
    together, wanted = 2 * profile.max_batch, 8 * profile.max_batch
    ends: list[float] = []

    def next_one(answer: LeanAnswer) -> None:
        ends.append(answer.finished)
        if len(ends) <= wanted:
            engine.arrive(LeanAnswer(lengths[len(ends) % len(lengths)], answer.finished))

    engine = LeanReplica(profile, sizes, "normal", finished=next_one)
    for number in range(together):
        engine.arrive(LeanAnswer(lengths[number % len(lengths)], 0.0))
    engine.run()  # until nothing is left: `next_one` stops asking
    first, last = wanted // 3, wanted - 1
    return (last - first) / (ends[last] - ends[first])


def _replicas(text: str) -> list[int]:
    try:
        numbers = sorted({int(part) for part in text.split(",") if part.strip()})
    except ValueError:
        numbers = []
    if not numbers or numbers[0] < 1 or numbers[-1] > _MOST_REPLICAS:
        raise ConfigError(f"--replicas is {text!r}; write numbers from 1 to {_MOST_REPLICAS}, such as 1,8,64")
    return numbers


def _balance(text: str) -> Balance:
    for balance in BALANCES:
        if text == balance:
            return balance
    raise ConfigError(f"--balance is {text!r}; it must be one of {', '.join(BALANCES)}")
