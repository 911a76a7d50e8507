"""All policies at one load, in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from pydantic import BaseModel

from .arrivals import Arrival, cut
from .driver import Setting, open_loop
from .policies import Policy
from .sample import Sample
from .summary import Against, Row, compare, last_end, summarise, with_rounds


@dataclass(frozen=True, slots=True)
class Load:
    """Questions to be answered by every policy.

    Args:
        load: The offered load as a share of the capacity.
        coming: When they come.
        duration_s: Seconds in which they come.
        deadline_s: The deadline that goodput is counted by, in seconds.
        drain_s: Seconds to wait for unfinished answers after a round; ``None``: as long as it takes.
        rounds: Parts of it; the policies take turns in each.
        seed: Of the policies' order.
    """

    load: float
    coming: Sequence[Arrival]
    duration_s: float
    deadline_s: float
    drain_s: float | None = None
    rounds: int = 1
    seed: int = 0


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


async def at_load(setting: Setting, policies: Sequence[Policy], load: Load, told: Told) -> Found:
    """Answer the questions by every policy, in turns: a machine that becomes slower meets all of them alike.

    Args:
        setting: What is measured.
        policies: The policies.
        load: The questions.
        told: Is told what happens.

    Raises:
        SotError: Every answer of a policy failed.
    """
    each = load.duration_s / load.rounds
    asking = {policy: setting.asking(policy) for policy in policies}
    taken: dict[Policy, list[Sample]] = {policy: [] for policy in policies}
    spans = dict.fromkeys(policies, 0.0)
    summed = partial(summarise, deadline_s=load.deadline_s)
    by_round: list[Against] = []
    for number, part in enumerate(cut(load.coming, load.duration_s, load.rounds)):
        if not part:
            continue
        rows: list[Row] = []
        draw = Random(f"{load.seed} {load.load} {number}")
        for policy in draw.sample(list(policies), len(policies)):
            name = f"load {load.load:.0%}, {policy}"
            told.begins(name + (f", round {number + 1}" if load.rounds > 1 else ""), len(part))
            samples = await open_loop(
                setting,
                part,
                policy,
                load=load.load,
                sot=asking[policy],
                drain_s=load.drain_s,
                progress=told.answered,
            )
            told.keep([sample.later(number * each) for sample in samples])
            rows.append(summed(samples, duration_s=each))
            spans[policy] += last_end(samples, each)
            taken[policy] += samples
        by_round += compare(rows)
    rows = [summed(taken[policy], duration_s=load.duration_s, span_s=spans[policy]) for policy in policies]
    return Found(rows=rows, against=with_rounds(compare(rows), by_round))
