"""``sot bench fleet``: many users on several simulated replicas of one engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from sot.errors import ConfigError
from sot.load.profile import read_profile
from sot.terminal import json_line, one_line

from ..bench.arrivals import poisson
from ..bench.options import FleetOptions, parse_counts, parse_policies
from ..measure.shapes import SHAPES, shapes
from ..report.table import Table
from ..run.own_files import is_json_with, refuse_foreign, write_output
from ..run.progress import PLAIN_LINE_S, Progress
from ..stats.bootstrap import percentile
from .replica import Fleet, SimulatedAnswer
from .routing import run_routing

EXAMPLE = Path(__file__).parent / "profiles" / "example.json"
_REPLICAS = "1,8,64"
_LOADED = 8  # replicas that the default number of questions keeps half busy
_HALF = 0.5
_MOST_ANSWERS = 1_000_000
_TELL_EVERY = 250

Row = Mapping[str, Any]
_COLUMNS: Mapping[str, Callable[[Row], str]] = {
    "replicas": lambda row: str(row["replicas"]),
    "policy": lambda row: row["policy"],
    "load": lambda row: f"{row['load']:.0%}",
    "answers/s": lambda row: f"{row['answers_s']:.2f}",
    "first text p50 / p95, s": lambda row: f"{row['first_text_p50']:.2f} / {row['first_text_p95']:.2f}",
    "whole answer p50 / p95, s": lambda row: f"{row['total_p50']:.2f} / {row['total_p95']:.2f}",
    "skeletons": lambda row: f"{row['skeleton']:.0%}",
    "completion tokens": lambda row: f"{row['completion_tokens']:,}",
    "prompt tokens (cached)": lambda row: (
        f"{row['prompt_tokens']:,} ({row['cached_tokens'] / row['prompt_tokens']:.0%})"
    ),
}


def run_fleet(options: FleetOptions) -> None:
    """Simulate and print the figures.

    Raises:
        ConfigError: An option makes no sense.
    """
    if options.routing is not None:
        run_routing(options)
        return
    policies = parse_policies(options.policies)
    replicas = parse_counts("--replicas", options.replicas or _REPLICAS, _REPLICAS)
    profile = read_profile(options.profile or EXAMPLE)
    if options.out is not None:
        refuse_foreign(options.out, "--out", is_json_with("kind", "profile", "balance", "rows"))
    rows: list[Row] = []
    with Progress(as_json=options.as_json, every_s=PLAIN_LINE_S) as progress:
        progress.say("simulated: prompts and capacity")
        fleet = Fleet(profile, shapes(options.seed, SHAPES), opening=options.opening)
        every = options.every or options.users / (_HALF * _LOADED * fleet.capacity)
        rate, duration = options.users / every, options.duration or every
        if rate * duration > _MOST_ANSWERS:
            raise ConfigError(f"more than {_MOST_ANSWERS:,} answers: take a shorter --duration")
        arrivals = poisson(rate, duration, options.seed)
        if not arrivals:
            raise ConfigError(
                f"no question arrives in {duration:g} s: take more --users or a longer --duration"
            )
        for number, policy in product(replicas, policies):
            name = f"simulated: {number} replicas, {policy}"
            progress.begin(name)

            def tell(came: int, name: str = name) -> None:
                if came % _TELL_EVERY == 0:
                    progress.say(f"{name}: {came} of {len(arrivals)} questions")

            least_loaded = options.balance == "least-loaded"
            answers = fleet.answer(arrivals, policy, number, least_loaded=least_loaded, progress=tell)
            load = rate / (number * fleet.capacity)
            rows.append({"replicas": number, "policy": policy, "load": load, **figures(answers)})
    report = {
        "kind": "simulated",
        "profile": one_line(profile.engine),
        "model": one_line(profile.model),
        "machine": one_line(profile.machine or "an unknown machine"),
        "users": options.users,
        "every_s": every,
        "duration_s": duration,
        "capacity": fleet.capacity,
        "balance": options.balance,
        "opening": options.opening,
        "seed": options.seed,
        "rows": rows,
    }
    if options.out is not None:
        write_output(options.out, "--out", json.dumps(report, indent=1) + "\n")
    print(json_line(report) if options.as_json else _markdown(report))


def figures(answers: Sequence[SimulatedAnswer]) -> dict[str, Any]:
    """Return the figures of one fleet under one policy by their names in the report; times are seconds."""
    firsts, totals = ([getattr(one, name) for one in answers] for name in ("first_text_s", "total_s"))
    return {
        "answers": len(answers),
        "answers_s": len(answers) / max(answer.arrived + answer.total_s for answer in answers),
        "first_text_p50": percentile(firsts, 50),
        "first_text_p95": percentile(firsts, 95),
        "total_p50": percentile(totals, 50),
        "total_p95": percentile(totals, 95),
        "skeleton": sum(answer.skeleton for answer in answers) / len(answers),
        "completion_tokens": sum(answer.completion_tokens for answer in answers),
        "prompt_tokens": sum(answer.prompt_tokens for answer in answers),
        "cached_tokens": sum(answer.cached_tokens for answer in answers),
    }


def _markdown(report: Mapping[str, Any]) -> str:
    opening = "with" if report["opening"] else "without"
    return (
        f"**Simulated**: {report['users']:,} users, each asks every {report['every_s']:,.0f} s on average, "
        f"for {report['duration_s']:,.0f} s; {report['balance']}; skeletons {opening} an opening\n"
        f"every replica as {report['profile']} ({report['model']}) on {report['machine']}; it can take "
        f"{report['capacity']:.3g} normal answers a second (load 100%)\n\n"
        f"{Table.of(report['rows'], _COLUMNS).markdown()}"
    )
