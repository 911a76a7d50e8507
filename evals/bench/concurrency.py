"""``sot bench concurrency``: closed-loop throughput and TTFT with 1, 4, 16, 64 answers at once.

Unlike ``sot bench load``, which lets questions arrive at random, so many answers are always under way: when
one ends, the next question is asked. Not counted are the first third of the answers, which begin all at once,
and the last ones, which have fewer and fewer beside them. What the engine had to do for the others stands
beside the times: tokens decoded and prompt tokens that no cache served.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from random import Random
from statistics import median
from typing import Any

from sot import SkeletonOfThought
from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.load.profile import read_profile
from sot.terminal import json_line, one_line
from sot.types import Answer

from ..dataset.load import load_questions
from ..measure.lengths import Lengths, parse_lengths, room_for
from ..measure.shapes import ForcedLengths, Given
from ..report.concurrency import concurrency_table
from ..run.machine import describe_machine
from ..run.progress import PLAIN_LINE_S, Progress
from .open_loop import Setting, answers_in_a_loop, steady_part, warm_up
from .options import ConcurrencyOptions, Policy, parse_counts, parse_policies

_MOST = 1024
_EACH = 3  # answers for each place, at least: the first and the last are not counted
_IN_FLIGHT = 100_000  # nothing is held back but by the adaptive policy


@dataclass(frozen=True, slots=True)
class ConcurrencyRow:
    """Figures of one policy with so many answers at once, over the answers that are counted.

    Args:
        together: Answers at once.
        asked: All answers, with the first and the last ones, which are not counted.
        wall_s: Seconds in which the counted answers ended.
        tokens: Useful completion tokens: those of the points, or of the normal answer.
        decoded: All completion tokens, of skeletons, openings and what was cut off too.
        prefilled: Prompt tokens that no prefix cache served.
        first_text_s: TTFT of each answer that has text, from the question on.
        total_s: Time of each whole answer.
        skeletons: Answers written as points.
    """

    together: int
    policy: Policy
    asked: int
    wall_s: float
    tokens: int
    decoded: int
    prefilled: int
    first_text_s: tuple[float, ...]
    total_s: tuple[float, ...]
    skeletons: int

    def figures(self) -> dict[str, Any]:
        """Return the row as JSON has it."""
        answers = len(self.total_s)
        return {
            **asdict(self),
            "answers": answers,
            "answers_per_minute": 60 * answers / self.wall_s,
            "tokens_per_second": self.tokens / self.wall_s,
            "first_text_median_s": median(self.first_text_s) if self.first_text_s else None,
            "first_text_worst_s": max(self.first_text_s, default=None),
            "total_median_s": median(self.total_s),
        }


def run_concurrency(options: ConcurrencyOptions) -> None:
    """Measure and print the table.

    Raises:
        ConfigError: An option makes no sense.
        SotError: The engine fails.
    """
    levels = parse_counts("--at-once", options.at_once, "1,4,16,64", _MOST)
    policies = parse_policies(options.policies)
    lengths = parse_lengths(options.lengths) if options.lengths is not None else None
    setting, simulated = _setting(options, lengths), options.engine.entry.simulated
    rows: list[ConcurrencyRow] = []
    name = ""

    async def measure() -> None:
        nonlocal name
        with Progress(as_json=options.as_json, every_s=PLAIN_LINE_S) as progress:
            try:
                progress.say("starting the engine")
                info = await setting.backend.info()
                name = f"{one_line(info.backend)}, {one_line(info.model)}"
                progress.say("warm-up")
                await warm_up(setting)
                order = Random(options.seed)
                asking = {policy: setting.asking(policy) for policy in policies}
                for together in levels:
                    for policy in order.sample(policies, len(policies)):
                        progress.say(f"{together} at once: {policy}")
                        answers = max(options.answers, _EACH * together)
                        rows.append(await closed(setting, asking[policy], policy, together, answers))
            finally:
                await setting.backend.aclose()

    try:
        (run_virtually if simulated else asyncio.run)(measure())
    finally:  # also where it is interrupted
        if rows:
            rows.sort(key=lambda row: (row.together, policies.index(row.policy)))
            _show(options, name, lengths, [row.figures() for row in rows])


async def closed(
    setting: Setting, sot: SkeletonOfThought, policy: Policy, together: int, answers: int
) -> ConcurrencyRow:
    """Answer questions with so many under way at any time, at least three for each place."""
    ended = await answers_in_a_loop(setting, sot, together, answers)
    ends = [end for end, _ in ended]
    steady = steady_part(together, answers)
    counted = [ended[place][1] for place in steady]
    return ConcurrencyRow(
        together=together,
        policy=policy,
        asked=answers,
        wall_s=max(ends[steady[-1]] - ends[steady[0] - 1], 1e-9),
        tokens=sum(map(_useful, counted)),
        decoded=sum(one.usage.completion_tokens for one in counted),
        prefilled=sum(one.usage.prompt_tokens - one.usage.cached_tokens for one in counted),
        first_text_s=tuple(first for one in counted if (first := one.timing.first_text_s) is not None),
        total_s=tuple(one.timing.total_s for one in counted),
        skeletons=sum(bool(one.points) for one in counted),
    )


def _setting(options: ConcurrencyOptions, lengths: Lengths | None) -> Setting:
    shapes = () if lengths is None else (Given(lengths),)
    backend = options.engine.make(max_in_flight=_IN_FLIGHT)
    settings = {**options.limits.settings(), "opening": options.opening}
    profile = read_profile(options.profile) if options.profile is not None else None
    if lengths is not None:
        settings |= room_for(lengths, settings)
        settings["max_in_flight"] = _IN_FLIGHT
        if not isinstance(backend, ReplayBackend):  # which keeps to the lengths by itself
            backend = ForcedLengths(backend)
    return Setting(
        backend,
        [one.question for one in load_questions(options.questions).questions],
        profile,
        shapes,
        settings,
        count(1),
    )


def _useful(answer: Answer) -> int:
    """Completion tokens of the text: of the points, or of the request that was decoded normally."""
    if answer.points and answer.fell_back is None:
        return sum(point.usage.completion_tokens for point in answer.points)
    return answer.usage.completion_tokens - answer.skeleton_usage.completion_tokens


def _show(
    options: ConcurrencyOptions, name: str, lengths: Lengths | None, rows: Sequence[dict[str, Any]]
) -> None:
    machine = str(describe_machine())
    written = "lengths as the model writes" if lengths is None else f"forced lengths {lengths}"
    if options.as_json:
        print(json_line({"engine": name, "machine": machine, "lengths": written, "rows": rows}))
        return
    label = "Simulated: " if options.engine.entry.simulated else ""
    table = concurrency_table(rows)
    shown = table.terminal() if sys.stdout.isatty() else table.markdown()
    print(f"{label}{name}; {written}; {machine}\n\n{shown}", flush=True)
