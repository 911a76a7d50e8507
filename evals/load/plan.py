"""What is to be measured: the engine's capacity, and the loads with their questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sot.backends.replay import ReplayBackend
from sot.errors import ConfigError
from sot.load.profile import EngineProfile
from sot.types import BackendInfo

from .arrivals import Arrival, duration_of, poisson
from .at_load import Load
from .driver import EACH, Setting, closed_loop, find_capacity, warm_up
from .options import DEFAULT_LOADS, LoadOptions, parse_numbers

_REAL_S = 60.0  # seconds of arrivals, unless given
_SIMULATED_ANSWERS = 2000  # arrivals at capacity, unless a duration is given: a 95th percentile needs many
_TOGETHER = 32  # answers at once that fill an engine which does not say how many it takes


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured.

    Args:
        info: The engine.
        started: When the measurement began.
        idle_s: Seconds of a normal answer on the idle engine.
        capacity: Normal answers a second at load 100%.
        deadline_s: The deadline that goodput is counted by, in seconds.
        loads: The loads.
        arrivals: How they came about, for people.
    """

    info: BackendInfo
    started: str
    idle_s: float
    capacity: float
    deadline_s: float
    loads: Sequence[Load]
    arrivals: str

    @property
    def questions(self) -> int:
        """How many questions arrive."""
        return sum(len(load.coming) for load in self.loads)


async def make_plan(
    options: LoadOptions, setting: Setting, traces: Sequence[Sequence[Arrival]], say: Callable[[str], None]
) -> Plan:
    """Warm the engine up, find its capacity, and draw the arrivals.

    Args:
        options: The options.
        setting: What is measured.
        traces: Recorded arrivals, where there are any.
        say: Is told what is being done.

    Raises:
        ConfigError: An option makes no sense.
        SotError: The engine fails.
    """
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    simulated = isinstance(setting.backend, ReplayBackend)
    say("starting the engine")
    info = await setting.backend.info()
    say("warm-up")
    idle = await warm_up(setting)
    deadline = options.deadline or 2 * idle
    capacity = options.capacity
    if capacity is None:
        most = 2 * (info.parallel or _known(setting.profile) or _TOGETHER)
        if options.together or simulated:
            most = options.together or most
            say(f"capacity, with {most} answers at once")
            capacity = await closed_loop(setting, most, EACH * most)
        else:
            capacity = await find_capacity(
                setting, most, lambda together: say(f"capacity, with {together} answers at once")
            )
    coming, arrivals = _coming(options, traces, capacity, simulated=simulated)
    loads: list[Load] = []
    for load, own in coming:
        duration = options.duration or duration_of(own)
        drain = options.drain or (None if simulated else max(duration / options.rounds, 3 * deadline))
        loads.append(Load(load, own, duration, deadline, drain, options.rounds, options.seed))
    return Plan(info, started, idle, capacity, deadline, loads, arrivals)


def _coming(
    options: LoadOptions, traces: Sequence[Sequence[Arrival]], capacity: float, *, simulated: bool
) -> tuple[Sequence[tuple[float, Sequence[Arrival]]], str]:
    """The loads with their arrivals, and how these came about."""
    if traces:
        rates = [len(trace) / duration_of(trace) / capacity for trace in traces]
        count = sum(len(trace) for trace in traces)
        return list(zip(map(_shown, rates), traces, strict=True)), f"{count} recorded arrivals"
    if options.rates is not None:
        loads = [rate / capacity for rate in parse_numbers("--rates", options.rates)]
    else:
        loads = list(parse_numbers("--loads", options.loads or DEFAULT_LOADS))
    duration = options.duration or (_SIMULATED_ANSWERS / capacity if simulated else _REAL_S)
    coming = [(_shown(load), poisson(load * capacity, duration, options.seed)) for load in loads]
    for load, own in coming:
        if not own:
            raise ConfigError(
                f"at load {load:.0%} no question arrives in {duration:g} s: take a longer --duration"
            )
    return coming, f"random arrivals (Poisson, seed {options.seed}) for {duration:.0f} s"


def _shown(load: float) -> float:
    return float(f"{load:.4g}")


def _known(profile: EngineProfile | None) -> int | None:
    return None if profile is None else profile.max_batch
