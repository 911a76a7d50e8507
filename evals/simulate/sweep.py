"""``sot bench sweep``: the adaptive policy against the fixed ones, simulated at many loads.

``sot bench load`` shows one run with all that happens in it; this shows how much of such a run is chance: the
same requests without prompts and event loop, thousands of answers in a second. Lengths are known.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sot.errors import ConfigError
from sot.load.profile import EngineProfile, read_profile
from sot.terminal import one_line

from ..bench.arrivals import poisson
from ..bench.load_options import POLICIES, Policy, SweepOptions, parse_numbers
from ..measure.shapes import shapes
from ..report.table import Table
from ..run.progress import Progress
from ..stats import percentile
from .fleet import EXAMPLE
from .replica import Replicas, prompt_sizes, replica_capacity

_SHAPES = 500
_PLAIN_LINE_S = 10.0


@dataclass(frozen=True, slots=True)
class SweepRun:
    """Answers of one run: the seconds of each, and the share written by a skeleton."""

    total_s: Sequence[float]
    skeletons: float

    def total(self, percent: float) -> float:
        """Return a percentile of the answers' times in seconds."""
        found = percentile(self.total_s, percent)
        assert found is not None, "a run has answers"
        return found


class Sweep:
    """One engine, answers of known lengths, random arrivals.

    Args:
        answers: In a run at full load; fewer at lower ones.
    """

    def __init__(self, profile: EngineProfile, *, answers: int = 1200) -> None:
        self._profile = profile
        self._shapes = shapes(0, _SHAPES)
        self._sizes = prompt_sizes(profile)
        self._capacity = replica_capacity(profile, self._sizes, self._shapes)
        self._seconds = answers / self._capacity

    def run(self, load: float, policy: Policy, seed: int) -> SweepRun:
        """Answer questions that arrive at random.

        Args:
            load: As a share of the normal answers that the engine can take.
            seed: Of the arrivals, the same ones for all policies.

        Raises:
            ConfigError: The load is so low that no question arrives.
        """
        arrivals = poisson(load * self._capacity, self._seconds, seed)
        if not arrivals:
            raise ConfigError(f"at load {load:.0%} no question arrives: take more --answers")
        engine = Replicas(self._profile, self._sizes, policy, self._shapes)
        for arrival in arrivals:
            engine.arrive(arrival.at_s)
        done = engine.finish()
        times = [answer.finished - answer.arrived for answer in done]
        return SweepRun(times, sum(answer.skeleton for answer in done) / len(done))

    def row(self, load: float, seeds: int) -> list[str]:
        """Return the adaptive policy's times over the better fixed one's at each percentile, as cells."""
        runs = [{policy: self.run(load, policy, seed) for policy in POLICIES} for seed in range(seeds)]
        cells = [f"{load:.0%}"]
        for percent in (50, 95):
            ratios = [
                one["adaptive"].total(percent)
                / min(one["normal"].total(percent), one["skeleton"].total(percent))
                for one in runs
            ]
            cells.append(f"{statistics.mean(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        return [*cells, f"{statistics.mean(one['adaptive'].skeletons for one in runs):.0%}"]


def run_sweep(options: SweepOptions) -> None:
    """Simulate and print a table for each profile.

    Raises:
        ConfigError: An option makes no sense.
    """
    loads = parse_numbers("--loads", options.loads)
    for path in options.profiles or [EXAMPLE]:
        profile = read_profile(path)
        name = f"{profile.engine}, {profile.max_batch} places ({path.name})"
        head = (
            f"**Simulated**, {one_line(name)}: adaptive over the better of the two fixed policies,\n"
            f"mean (least to greatest) of {options.seeds} runs of {options.answers} answers at full load"
        )
        rows: list[list[str]] = []
        try:
            with Progress(len(loads), every_s=_PLAIN_LINE_S) as progress:
                progress.say(f"simulated: {one_line(name)}")
                sweep = Sweep(profile, answers=options.answers)
                for load in loads:
                    rows.append(sweep.row(load, options.seeds))
                    progress.took(f"load {load:.0%}")
        except KeyboardInterrupt:
            if rows:
                _show(head, rows)
            raise
        _show(head, rows)


def _show(head: str, rows: Sequence[Sequence[str]]) -> None:
    table = Table(("load", "median", "95th percentile", "skeletons"), rows)
    print(f"\n{head}\n\n{table.markdown()}", flush=True)
