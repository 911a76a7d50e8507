"""The commands ``sot bench …``: how much sooner, on this model, this hardware, this load."""

from __future__ import annotations

from ..bench.options import (
    CalibrateOptions,
    ConcurrencyOptions,
    CostOptions,
    FleetOptions,
    LatencyOptions,
    LoadOptions,
    SweepOptions,
)
from .group import command_group_of

bench_app = command_group_of(
    "bench",
    {
        "latency": (LatencyOptions, "sot.evals.bench.latency:run_bench"),
        "cost": (CostOptions, "sot.evals.bench.cost:run_cost"),
        "load": (LoadOptions, "sot.evals.bench.load:run_load"),
        "concurrency": (ConcurrencyOptions, "sot.evals.bench.concurrency:run_concurrency"),
        "calibrate": (CalibrateOptions, "sot.evals.bench.calibrate:run_calibrate"),
        "fleet": (FleetOptions, "sot.evals.simulate.fleet:run_fleet"),
        "sweep": (SweepOptions, "sot.evals.simulate.sweep:run_sweep"),
    },
)
