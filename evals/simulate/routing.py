"""``sot bench fleet --routing``: what a router's rule leaves of the prefix cache, and of the speed.

Unlike the fleet without ``--routing``, which counts requests, this runs the framework itself with its own
prompts and keys on replicas that each have a prefix cache; only the engines and their texts are simulated.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sot import SkeletonOfThought
from sot.backends.replay.tokens import tokens_of
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import ConfigError
from sot.load.profile import EngineProfile, read_profile
from sot.terminal import json_line, one_line
from sot.types import Answer, Message

from ..bench.arrivals import poisson
from ..bench.options import FleetOptions, parse_counts, parse_numbers
from ..measure.shapes import SHAPES, Shape, shapes
from ..report.table import Table
from ..run.own_files import is_json_with, refuse_foreign, write_output
from ..run.progress import PLAIN_LINE_S, Progress
from ..stats.bootstrap import percentile
from .replica import Fleet
from .routed import RULES, RoutedBackend, Rule

_REPLICAS = "4"
_WARM = 10  # one in so many answers comes first and only fills the caches
_IN_FLIGHT = 100_000  # an open loop holds nothing back
_SYSTEM = "The assistant of a city answers its people: politely, in plain words, by the rules of paragraph "

Row = Mapping[str, Any]
_COLUMNS: Mapping[str, Callable[[Row], str]] = {
    "replicas": lambda row: str(row["replicas"]),
    "load": lambda row: f"{row['load']:.0%}",
    "routing": lambda row: row["routing"],
    "cached": lambda row: f"{row['cached']:.0%}",
    "busiest replica": lambda row: f"{row['busiest']:.0%}",
    "first text p50 / p95, s": lambda row: f"{row['first_text_p50']:.2f} / {row['first_text_p95']:.2f}",
    "whole answer p50 / p95, s": lambda row: f"{row['total_p50']:.2f} / {row['total_p95']:.2f}",
}


@dataclass(frozen=True, slots=True)
class RoutedRun:
    """One rule under one load.

    Args:
        replicas: Number of replicas.
        load: Offered load as a share of what all replicas can take, in normal answers.
        rule: The router's rule.
        arrivals: Times of the questions, in seconds, those that only warm the caches among them.
    """

    replicas: int
    load: float
    rule: Rule
    arrivals: Sequence[float]


def run_routing(options: FleetOptions) -> None:
    """Simulate and print the figures.

    Raises:
        ConfigError: An option makes no sense.
    """
    rules = _rules(options.routing or "")
    replicas = parse_counts("--replicas", options.replicas or _REPLICAS, _REPLICAS)
    loads = parse_numbers("--loads", options.loads)
    from .fleet import EXAMPLE  # which imports this

    profile = read_profile(options.profile or EXAMPLE)
    if options.out is not None:
        refuse_foreign(options.out, "--out", is_json_with("kind", "profile", "routing", "rows"))
    if not profile.cache.enabled:
        raise ConfigError("the profile's engine has no prefix cache: the routing changes nothing for it")
    rows: list[Row] = []
    runs = [(number, load) for number in replicas for load in loads]
    with Progress(len(runs) * len(rules), as_json=options.as_json, every_s=PLAIN_LINE_S) as progress:
        progress.say("simulated: capacity")
        lengths = shapes(options.seed, SHAPES)
        capacity = Fleet(profile, lengths, opening=options.opening).capacity
        for number, load in runs:
            rate = load * number * capacity
            many = options.answers + options.answers // _WARM
            arrivals = [one.at_s for one in poisson(rate, many / rate, options.seed)]
            for rule in rules:
                run = RoutedRun(number, load, rule, arrivals)
                rows.append(simulate(profile, run, lengths, options))
                progress.took(f"simulated: {number} replicas, load {load:.0%}, {rule}")
    report = {
        "kind": "simulated",
        "profile": one_line(profile.engine),
        "model": one_line(profile.model),
        "machine": one_line(profile.machine or "an unknown machine"),
        "answers": options.answers,
        "capacity": capacity,
        "threshold": options.threshold,
        "system_tokens": options.system_tokens,
        "question_tokens": options.question_tokens,
        "opening": options.opening,
        "seed": options.seed,
        "routing": rules,
        "rows": rows,
    }
    if options.out is not None:
        write_output(options.out, "--out", json.dumps(report, indent=1) + "\n")
    print(json_line(report) if options.as_json else _markdown(report))


def simulate(profile: EngineProfile, run: RoutedRun, lengths: Sequence[Shape], options: FleetOptions) -> Row:
    """Return the figures of a run by their names in the report; times are seconds."""
    return run_virtually(_simulate(profile, run, lengths, options))


async def _simulate(
    profile: EngineProfile, run: RoutedRun, lengths: Sequence[Shape], options: FleetOptions
) -> Row:
    backend = RoutedBackend(profile, run.replicas, run.rule, options.threshold)
    system = [Message("system", _system(options.system_tokens))] if options.system_tokens else []
    made: list[Answer] = []
    async with SkeletonOfThought(
        backend, strategy="skeleton", opening=options.opening, step_ratio="off", max_in_flight=_IN_FLIGHT
    ) as sot:

        async def answer(number: int, at_s: float) -> None:
            await asyncio.sleep(at_s)
            question = _question(number, options.question_tokens)
            extra = lengths[number % len(lengths)].extra
            key = f"answer {options.seed}.{number}"
            result = await sot.answer([*system, Message("user", question)], extra=extra, session_key=key)
            if number >= len(run.arrivals) // (_WARM + 1):
                made.append(result)

        async with asyncio.TaskGroup() as group:
            for number, at_s in enumerate(run.arrivals):
                group.create_task(answer(number, at_s))
    await backend.aclose()
    return {
        "replicas": run.replicas,
        "load": run.load,
        "routing": run.rule,
        "busiest": backend.busiest,
        **_figures(made),
    }


def _figures(made: Sequence[Answer]) -> dict[str, Any]:
    firsts = [answer.timing.first_text_s or answer.timing.total_s for answer in made]
    totals = [answer.timing.total_s for answer in made]
    prompts = sum(answer.usage.prompt_tokens for answer in made)
    return {
        "answers": len(made),
        "cached": sum(answer.usage.cached_tokens for answer in made) / max(1, prompts),
        "first_text_p50": percentile(firsts, 50),
        "first_text_p95": percentile(firsts, 95),
        "total_p50": percentile(totals, 50),
        "total_p95": percentile(totals, 95),
    }


def _system(tokens: int) -> str:
    """Return a system prompt of about so many tokens."""
    return _filled("", (f"{_SYSTEM}{number}." for number in count(1)), tokens)


def _question(number: int, tokens: int) -> str:
    """Return a question that differs from all others from its first word on, as those of people do."""
    asked = f"{number} thousand people have parks: how can they care for them?"
    return _filled(asked, (f"Fact {number}.{fact}." for fact in count(1)), tokens)


def _filled(text: str, more: Iterator[str], tokens: int) -> str:
    """Return a text, with as many more sentences as it needs to have so many tokens."""
    size = len(tokens_of(text))
    while size < tokens:
        sentence = next(more)
        size += len(tokens_of(f" {sentence}"))
        text = f"{text} {sentence}".strip()
    return text


def _rules(text: str) -> list[Rule]:
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    if wanted == ["all"]:
        return list(RULES)
    unknown = [name for name in wanted if name not in RULES]
    if unknown or not wanted:
        known = ", ".join((*RULES, "all"))
        raise ConfigError(f"--routing: unknown rule {', '.join(unknown)!r}: known are {known}")
    return [rule for rule in RULES if rule in wanted]


def _markdown(report: Mapping[str, Any]) -> str:
    opening = "with" if report["opening"] else "without"
    return (
        f"**Simulated**: {report['answers']:,} skeleton answers {opening} an opening for each row, a system "
        f"prompt of about {report['system_tokens']} tokens that all have in common, questions of about "
        f"{report['question_tokens']}\n"
        f"every replica as {report['profile']} ({report['model']}) on {report['machine']}, with a prefix "
        f"cache of its own; it can take {report['capacity']:.3g} normal answers a second (load 100%)\n"
        f"prefix: a request goes where {report['threshold']:.0%} of its prompt were sent before\n\n"
        f"{Table.of(report['rows'], _COLUMNS).markdown()}"
    )
