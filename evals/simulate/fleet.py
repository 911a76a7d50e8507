"""``sot bench fleet``: many users on several simulated replicas of one engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from sot.errors import ConfigError
from sot.load.profile import EngineProfile, read_profile
from sot.terminal import json_line, one_line

from ..bench.arrivals import poisson
from ..bench.load_options import Balance, FleetOptions, Policy, parse_balance, parse_counts, parse_policies
from ..measure.shapes import SHAPES, Shape, shapes
from ..report.table import Table
from ..run.own_files import is_json_with, refuse_foreign, write_output
from ..run.progress import Progress
from ..stats import percentile
from .replica import PromptSizes, Replicas, SimulatedAnswer, prompt_sizes, replica_capacity

EXAMPLE = Path(__file__).parent / "profiles" / "example.json"
_LOADED = 8  # replicas that the default number of questions keeps half busy
_HALF = 0.5
_MOST_ANSWERS = 1_000_000
_TELL_EVERY = 250
_PLAIN_LINE_S = 10.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """Replicas and their load.

    Args:
        profile: Every replica's speed.
        shapes: The answers' lengths, in turn.
        rate: Questions a second, all users together.
        duration_s: Seconds in which they come; then the fleet finishes what is left.
        balance: Which replica gets a question: the one with the fewest answers under way, or the next one.
        seed: Of the arrivals.
    """

    profile: EngineProfile
    sizes: PromptSizes
    shapes: Sequence[Shape]
    rate: float
    duration_s: float
    balance: Balance = "least-loaded"
    seed: int = 0


class FleetRow(BaseModel, frozen=True):
    """One fleet under one policy. Everything is simulated; times are seconds.

    Args:
        load: Questions that come, as a share of what the replicas can take normally decoded.
        answers_s: Answers a second, until the last one is done.
        skeleton: Share of answers written by a skeleton.
    """

    replicas: int
    policy: Policy
    load: float
    answers: int
    answers_s: float
    first_text_p50: float
    first_text_p95: float
    total_p50: float
    total_p95: float
    skeleton: float
    completion_tokens: int
    prompt_tokens: int
    cached_tokens: int


class FleetReport(BaseModel, frozen=True):
    """A simulated fleet.

    Args:
        machine: Where the profile was measured.
        every_s: Seconds between two questions of a user, on average.
        capacity: Normal answers a second that one replica can take.
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
        headers = ("replicas", "policy", "load", "answers/s", "first text p50 / p95, s")
        headers += ("whole answer p50 / p95, s", "skeletons", "completion tokens", "prompt tokens (cached)")
        table = Table(headers, [_cells(row) for row in self.rows])
        return (
            f"**Simulated**: {self.users:,} users, each asks every {self.every_s:,.0f} s on average, for "
            f"{self.duration_s:,.0f} s; {self.balance}\n"
            f"every replica as {self.profile} ({self.model}) on {self.machine}; it can take "
            f"{self.capacity:.3g} normal answers a second (load 100%)\n\n{table.markdown()}"
        )


def run_fleet(options: FleetOptions) -> None:
    """Simulate and print the figures.

    Raises:
        ConfigError: An option makes no sense.
    """
    policies, balance = parse_policies(options.policies), parse_balance(options.balance)
    replicas = parse_counts("--replicas", options.replicas, "1,8,64")
    profile = read_profile(options.profile or EXAMPLE)
    if options.out is not None:
        refuse_foreign(options.out, "--out", is_json_with("kind", "profile", "balance", "rows"))
    with Progress(as_json=options.as_json, every_s=_PLAIN_LINE_S) as progress:
        progress.say("simulated: prompts and capacity")
        sizes, lengths = prompt_sizes(profile), shapes(options.seed, SHAPES)
        capacity = replica_capacity(profile, sizes, lengths)
        every = options.every or options.users / (_HALF * _LOADED * capacity)
        duration = options.duration or every
        if options.users * duration / every > _MOST_ANSWERS:
            raise ConfigError(f"more than {_MOST_ANSWERS:,} answers: take a shorter --duration")
        fleet = Fleet(profile, sizes, lengths, options.users / every, duration, balance, options.seed)
        rows: list[FleetRow] = []
        for number in replicas:
            for policy in policies:
                progress.begin(f"simulated: {number} replicas, {policy}")
                rows.append(simulate(fleet, number, policy, capacity=capacity, say=progress.say))
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


def simulate(
    fleet: Fleet,
    replicas: int,
    policy: Policy,
    *,
    capacity: float,
    say: Callable[[str], None] = lambda _: None,
) -> FleetRow:
    """Run a fleet.

    Args:
        capacity: Normal answers a second that one replica can take.
        say: Takes how many questions have come.

    Raises:
        ConfigError: No question arrives.
    """
    arrivals = poisson(fleet.rate, fleet.duration_s, fleet.seed)
    if not arrivals:
        raise ConfigError(
            f"no question arrives in {fleet.duration_s:g} s: take more --users or a longer --duration"
        )
    engine = Replicas(fleet.profile, fleet.sizes, policy, fleet.shapes, replicas, fleet.balance)
    for number, arrival in enumerate(arrivals):
        engine.arrive(arrival.at_s)
        if number % _TELL_EVERY == 0:
            say(f"simulated: {replicas} replicas, {policy}: {number} of {len(arrivals)} questions")
    return _row(fleet, replicas, policy, engine.finish(), capacity)


def _row(
    fleet: Fleet, replicas: int, policy: Policy, answers: Sequence[SimulatedAnswer], capacity: float
) -> FleetRow:
    totals = [answer.finished - answer.arrived for answer in answers]
    firsts = [answer.first_text - answer.arrived for answer in answers]
    prompts = [fleet.sizes.of(answer) for answer in answers]
    return FleetRow(
        replicas=replicas,
        policy=policy,
        load=fleet.rate / (replicas * capacity),
        answers=len(answers),
        answers_s=len(answers) / max((answer.finished for answer in answers), default=fleet.duration_s),
        first_text_p50=percentile(firsts, 50) or 0.0,
        first_text_p95=percentile(firsts, 95) or 0.0,
        total_p50=percentile(totals, 50) or 0.0,
        total_p95=percentile(totals, 95) or 0.0,
        skeleton=sum(answer.skeleton for answer in answers) / max(len(answers), 1),
        completion_tokens=sum(answer.tokens for answer in answers),
        prompt_tokens=sum(prompt for prompt, _ in prompts),
        cached_tokens=sum(cached for _, cached in prompts),
    )


def _cells(row: FleetRow) -> list[str]:
    return [
        str(row.replicas),
        row.policy,
        f"{row.load:.0%}",
        f"{row.answers_s:.2f}",
        f"{row.first_text_p50:.2f} / {row.first_text_p95:.2f}",
        f"{row.total_p50:.2f} / {row.total_p95:.2f}",
        f"{row.skeleton:.0%}",
        f"{row.completion_tokens:,}",
        f"{row.prompt_tokens:,} ({row.cached_tokens / max(row.prompt_tokens, 1):.0%})",
    ]
