"""All policies at one load, in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from pydantic import BaseModel
from sot.backends.replay import ReplayBackend

from sot.engine_profile import read_profile
from sot.errors import ConfigError
from sot.registry import create_backend, resolve_spec
from sot.types import Backend

from ..question_files import SUITABLE, read_questions
from .arrivals import Arrival, cut, duration_of
from .driver import Setting, open_loop, warm_up
from .forced import ForcedLengths
from .lean import Policy
from .options import LoadBench
from .sample import Sample
from .shapes import shapes
from .summary import Against, Row, compare, last_end, summarise, with_rounds

_SHAPES = 997
_HTTP_IN_FLIGHT = 4096


@dataclass(frozen=True, slots=True)
class Load:
    """Questions to be answered by every policy.

    Args:
        load: The offered load as a share of the capacity.
        coming: When they come.
        deadline_s: The deadline that goodput is counted by, in seconds.
    """

    load: float
    coming: Sequence[Arrival]
    deadline_s: float


class Found(BaseModel, frozen=True):
    """The figures of one load.

    Args:
        rows: One for each policy.
        against: The adaptive policy against the better of the others; nothing where one of them is missing.
    """

    rows: list[Row]
    against: list[Against]


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told what happens meanwhile.

    Args:
        begins: What is now being measured, for people, and of how many answers it is.
        answered: How many of these are over.
        keep: Takes the answers of each run.
    """

    begins: Callable[[str, int], None]
    answered: Callable[[int], None]
    keep: Callable[[Sequence[Sample]], None]


def is_simulated(bench: LoadBench) -> bool:
    """Whether the engine only tells what another one would take.

    Args:
        bench: The options.
    """
    return resolve_spec(bench.backend).lower().startswith("replay:")


def setting_of(bench: LoadBench) -> Setting:
    """What is measured, by the options.

    Args:
        bench: The options.

    Raises:
        ConfigError: A file cannot be read, or an option makes no sense.
        SotError: There is no such engine.
    """
    simulated = is_simulated(bench)
    backend = _backend(bench, resolve_spec(bench.backend))
    questions = read_questions(bench.questions or SUITABLE)
    profile = read_profile(bench.profile) if bench.profile is not None else None
    if isinstance(backend, ReplayBackend):
        profile = profile or backend.profile
    return Setting(
        ForcedLengths(backend) if bench.forced and not simulated else backend,
        questions,
        profile,
        shapes(bench.seed, _SHAPES) if simulated or bench.forced else (),
        {"max_tokens": bench.max_tokens, "max_point_tokens": bench.max_point_tokens},
    )


async def at_load(
    bench: LoadBench, setting: Setting, policies: Sequence[Policy], load: Load, told: Told
) -> Found:
    """Answer the questions by every policy, in turns: a machine that becomes slower meets all of them alike.

    Args:
        bench: The options.
        setting: What is measured.
        policies: The policies.
        load: The questions.
        told: Is told what happens.

    Raises:
        SotError: Every answer of a policy failed.
    """
    duration = bench.duration or duration_of(load.coming)
    each = duration / bench.rounds
    drain = bench.drain or (None if is_simulated(bench) else max(each, 3 * load.deadline_s))
    asking = {policy: setting.asking(policy) for policy in policies}
    taken: dict[Policy, list[Sample]] = {policy: [] for policy in policies}
    spans = dict.fromkeys(policies, 0.0)
    summed = partial(summarise, deadline_s=load.deadline_s)
    by_round: list[Against] = []
    for number, part in enumerate(cut(load.coming, duration, bench.rounds)):
        if not part:
            continue
        rows: list[Row] = []
        draw = Random(f"{bench.seed} {load.load} {number}")
        for policy in draw.sample(list(policies), len(policies)):
            name = f"load {load.load:.0%}, {policy}"
            told.begins(name + (f", round {number + 1}" if bench.rounds > 1 else ""), len(part))
            samples = await open_loop(
                setting,
                part,
                policy,
                load=load.load,
                sot=asking[policy],
                drain_s=drain,
                progress=told.answered,
            )
            told.keep([sample.later(number * each) for sample in samples])
            rows.append(summed(samples, duration_s=each))
            spans[policy] += last_end(samples, each)
            taken[policy] += samples
        by_round += compare(rows)
    rows = [summed(taken[policy], duration_s=duration, span_s=spans[policy]) for policy in policies]
    return Found(rows=rows, against=with_rounds(compare(rows), by_round))


async def at_load_alone(bench: LoadBench, policies: Sequence[Policy], load: Load, told: Told) -> Found:
    """The same on an engine of its own, which knows nothing of other loads; warm, as one in use is.

    Args:
        bench: The options.
        policies: The policies.
        load: The questions.
        told: Is told what happens.

    Raises:
        SotError: As `setting_of` and `at_load` do.
    """
    setting = setting_of(bench)
    try:
        await warm_up(setting)
        return await at_load(bench, setting, policies, load, told)
    finally:
        await setting.backend.aclose()


def _backend(bench: LoadBench, spec: str) -> Backend:
    settings: dict[str, Any] = {}
    if spec.lower().startswith(("http:", "https:")):
        settings["max_in_flight"] = _HTTP_IN_FLIGHT  # an open loop holds nothing back
    if bench.engine_args:
        if not spec.lower().startswith("vllm:"):
            raise ConfigError("--engine-arg is for vllm: backends; a server has options of its own")
        settings["engine_args"] = bench.engine_args
    return create_backend(spec, model=bench.model, **settings)
