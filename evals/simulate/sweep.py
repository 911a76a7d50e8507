"""``sot bench sweep``: the adaptive policy against the fixed ones, simulated at many loads.

``sot bench load`` shows one run with all that happens in it; this shows how much of such a run is chance: the
same requests (without openings, prompts and event loop), thousands of answers in a second. Lengths are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from sot.errors import ConfigError
from sot.load.profile import read_profile
from sot.terminal import one_line

from ..bench.arrivals import poisson
from ..bench.options import POLICIES, SweepOptions, parse_numbers
from ..measure.shapes import shapes
from ..report.table import Table
from ..run.progress import PLAIN_LINE_S, Progress
from ..stats.bootstrap import percentile
from .fleet import EXAMPLE
from .replica import Fleet

_SHAPES = 500
_HEADERS = ("load", "median", "95th percentile", "skeletons")


def run_sweep(options: SweepOptions) -> None:
    """Simulate and print a table for each profile.

    Raises:
        ConfigError: An option makes no sense.
    """
    loads = parse_numbers("--loads", options.loads)
    for path in options.profiles or [EXAMPLE]:
        profile = read_profile(path)
        name = one_line(f"{profile.engine}, {profile.max_batch} places ({path.name})")
        head = (
            f"**Simulated**, {name}: adaptive over the better of the two fixed policies,\n"
            f"mean (least to greatest) of {options.seeds} runs of {options.answers} answers at full load"
        )
        rows: list[Sequence[str]] = []
        try:
            with Progress(len(loads), every_s=PLAIN_LINE_S) as progress:
                progress.say(f"simulated: {name}")
                fleet = Fleet(profile, shapes(0, _SHAPES))
                for load in loads:
                    rows.append(ratios(fleet, load, options.seeds, options.answers))
                    progress.took(f"load {load:.0%}")
        finally:  # also where it is interrupted
            if rows:
                print(f"\n{head}\n\n{Table(_HEADERS, rows).markdown()}", flush=True)


def ratios(fleet: Fleet, load: float, seeds: int, answers: int) -> list[str]:
    """Return the adaptive policy's times over the better fixed one's at each percentile, as cells.

    Args:
        load: As a share of the normal answers that the engine can take.
        answers: Of a run at full load; fewer at lower ones.
    """
    found: dict[float, list[float]] = {50: [], 95: []}
    skeletons: list[float] = []
    for seed in range(seeds):
        arrivals = poisson(load * fleet.capacity, answers / fleet.capacity, seed)
        if not arrivals:
            raise ConfigError(f"at load {load:.0%} no question arrives: take more --answers")
        runs = [fleet.answer(arrivals, policy) for policy in POLICIES]
        for percent, own in found.items():
            times = [percentile([one.total_s for one in run], percent) or 0.0 for run in runs]
            own.append(times[-1] / min(times[:-1]))
        skeletons.append(mean(one.skeleton for one in runs[-1]))
    cells = [f"{mean(own):.2f} ({min(own):.2f} to {max(own):.2f})" for own in found.values()]
    return [f"{load:.0%}", *cells, f"{mean(skeletons):.0%}"]
