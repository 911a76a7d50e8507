"""The adaptive policy against the fixed ones on a profile, at many loads and with many arrivals, simulated.

    python -m sot.evals.load.sweep profile.json --loads 0.5,0.55,0.6,0.65,0.7 --seeds 6

``sot bench load`` shows one run with all that happens in it; this shows how much of such a run is chance: the
same requests without prompts and event loop, thousands of answers in a second. Lengths are known.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sot.errors import ConfigError
from sot.load.profile import EngineProfile, read_profile
from sot.terminal import guarded, one_line

from .arrivals import poisson
from .fleet_bench import EXAMPLE, replica_capacity
from .lean import LeanAnswer, LeanReplica, prompt_sizes, usual_lengths
from .options import parse_numbers
from .policies import POLICIES, Policy
from .shapes import shapes
from .summary import percentile

_SHAPES = 500
_LOADS = "0.1,0.2,0.3,0.4,0.5,0.55,0.6,0.65,0.7,0.75,0.8,0.9,1.0,1.1,1.2"


@dataclass(frozen=True, slots=True)
class Run:
    """What became of the answers of one run.

    Args:
        total_s: Seconds of every answer.
        skeletons: The part of them that was written by a skeleton.
    """

    total_s: Sequence[float]
    skeletons: float

    def total(self, share: float) -> float:
        """A percentile of the answers' times in seconds.

        Args:
            share: 0.5 is the median.
        """
        found = percentile(self.total_s, share)
        assert found is not None, "a run has answers"
        return found


class Sweep:
    """One engine, answers of known lengths, random arrivals.

    Args:
        profile: How fast the engine is.
        answers: In a run at full load; fewer at lower ones.
    """

    def __init__(self, profile: EngineProfile, *, answers: int = 1200) -> None:
        self._profile = profile
        self._shapes = shapes(0, _SHAPES)
        self._sizes = prompt_sizes(profile)
        self._usual = usual_lengths(self._sizes, self._shapes)
        self._capacity = replica_capacity(profile, self._sizes, self._shapes)
        self._seconds = answers / self._capacity

    def run(self, load: float, policy: Policy, seed: int) -> Run:
        """Answer questions that arrive at random.

        Args:
            load: As a share of the normal answers that the engine can take.
            policy: How they are answered.
            seed: Makes it repeatable; the same arrivals for all policies.

        Raises:
            ConfigError: The load is so low that no question arrives.
        """
        done: list[LeanAnswer] = []
        replica = LeanReplica(self._profile, self._sizes, policy, self._usual, finished=done.append)
        arrivals = poisson(load * self._capacity, self._seconds, seed)
        if not arrivals:
            raise ConfigError(f"at load {load:.0%} no question arrives: take more --answers")
        for number, arrival in enumerate(arrivals):
            replica.run(arrival.at_s)
            replica.arrive(LeanAnswer(self._shapes[number % _SHAPES], arrival.at_s))
        replica.run()
        times = [answer.finished - answer.arrived for answer in done]
        return Run(times, sum(answer.skeleton for answer in done) / len(done))


def row(sweep: Sweep, load: float, seeds: int) -> str:
    """A line of the table: the adaptive policy's times over the better fixed one's at each percentile.

    Args:
        sweep: The engine.
        load: The load.
        seeds: How many runs.
    """
    runs = [{policy: sweep.run(load, policy, seed) for policy in POLICIES} for seed in range(seeds)]
    cells = [f"{load:.0%}"]
    for share in (0.5, 0.95):
        ratios = [
            one["adaptive"].total(share) / min(one["normal"].total(share), one["skeleton"].total(share))
            for one in runs
        ]
        cells.append(f"{statistics.mean(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    cells.append(f"{statistics.mean(one['adaptive'].skeletons for one in runs):.0%}")
    return f"| {' | '.join(cells)} |"


def _main(options: argparse.Namespace) -> None:
    if options.seeds < 1 or options.answers < 1:
        raise ConfigError("--seeds and --answers must be at least 1")
    loads = parse_numbers("--loads", options.loads)
    for path in options.profiles or [EXAMPLE]:
        profile = read_profile(path)
        name = f"{profile.engine}, {profile.max_batch} places ({path.name})"
        print(f"\n**Simulated**, {one_line(name)}: adaptive over the better of the two fixed policies,")
        print(f"mean (least to greatest) of {options.seeds} runs of {options.answers} answers at full load\n")
        print("| load | median | 95th percentile | skeletons |\n| --- | --- | --- | --- |")
        sweep = Sweep(profile, answers=options.answers)
        for load in loads:
            print(row(sweep, load, options.seeds), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the simulations from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sot.evals.load.sweep",
        description="The adaptive policy against the fixed ones at many loads, simulated on a profile.",
        epilog="Example: python -m sot.evals.load.sweep profile.json --loads 0.5,0.6,0.7 --seeds 6",
    )
    parser.add_argument(
        "profiles", nargs="*", type=Path, help="files of sot bench calibrate; an example unless given"
    )
    parser.add_argument("--loads", default=_LOADS, help="as shares of the capacity")
    parser.add_argument("--seeds", type=int, default=6, help="runs with other arrivals at each load")
    parser.add_argument("--answers", type=int, default=1200, help="answers of a run at full load")
    return guarded(partial(_main, parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
