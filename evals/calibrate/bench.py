"""``sot bench calibrate``: measures an engine, fits a profile, and says how well it predicts."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sot.backends.replay.virtual_time import run_virtually
from sot.errors import ConfigError
from sot.load.profile import EngineProfile
from sot.terminal import json_line, one_line
from sot.types import Backend, BackendInfo

from ..latency.machine import describe_busy, describe_machine
from ..load.progress import Progress
from ..own_files import is_json_with, refuse_foreign, write_output
from . import held_out
from .fit import fit_cache, fit_prefill, fit_shared, fit_steps
from .measure import BATCHES, Measured, measure
from .options import CalibrateOptions
from .requests import Requests

_ASSUMED_BATCH = 256  # of an engine that does not say how many requests it decodes together


def run_calibrate(options: CalibrateOptions) -> None:
    """Measure, fit, write the profile and print it.

    Raises:
        ConfigError: An option makes no sense, or the engine tells too little.
        SotError: The engine fails.
    """
    refuse_foreign(options.out, "--out", is_json_with("engine", "model", "step", "prefill"))
    simulated = options.engine.entry.simulated
    backend = options.engine.make()
    run = run_virtually if simulated else asyncio.run
    found = run(_measure(options, backend))
    profile = found.fit(options, simulated=simulated)
    if found.measured.forced:
        checked = {name: statistics.median(times) for name, times in found.measured.checked.items()}
        profile = profile.model_copy(update={"held_out": held_out.compare(checked, profile)})
    write_output(options.out, "--out", profile.model_dump_json(indent=1) + "\n")
    as_json = options.as_json
    print(json_line(profile.model_dump(mode="json")) if as_json else describe(profile, found.measured))


@dataclass(frozen=True, slots=True)
class _Found:
    info: BackendInfo
    measured: Measured
    busy: str

    def fit(self, options: CalibrateOptions, *, simulated: bool) -> EngineProfile:
        measured, info = self.measured, self.info
        step = fit_shared(measured, fit_steps(measured.steps))
        prefill, overhead = fit_prefill(measured, step.at(1))
        spreads = sorted(one.spread for one in measured.steps)
        return EngineProfile(
            engine=one_line(info.backend)[:200],
            model=one_line(info.model)[:200],
            machine=one_line(describe_machine())[:200],
            date=datetime.now(UTC).strftime("%Y-%m-%d"),
            note=one_line(options.note or self.busy)[:200],
            simulated=simulated,
            max_batch=options.max_batch or info.parallel or _ASSUMED_BATCH,
            context_length=info.context_length,
            can_prefill=info.continues_turn,
            step=step,
            prefill=prefill,
            cache=fit_cache(measured, said=info.reuses_prefixes),
            overhead_s=overhead,
            spread=spreads[len(spreads) // 2],
        )


async def _measure(options: CalibrateOptions, backend: Backend) -> _Found:
    try:
        with Progress() as progress:
            progress.say("starting the engine")
            info = await backend.info()
            load = await backend.load()
            if load.running + load.waiting:
                raise ConfigError("the engine is busy with other requests: calibrate it while nobody uses it")
            most = options.max_batch or info.parallel or _ASSUMED_BATCH
            busy = describe_busy()
            requests = Requests(backend, options.seed)
            measured = await measure(
                requests,
                batches=_batches(options.batches, most),
                room=info.context_length,
                repeat=options.repeat,
                checks=held_out.runs(most),
                seed=options.seed,
                progress=progress.say,
            )
            return _Found(info, measured, busy)
    finally:
        await backend.aclose()


def _batches(text: str | None, most: int) -> Sequence[int]:
    if text is None:
        return [batch for batch in BATCHES if batch <= most]
    try:
        batches = sorted({1, *(int(part) for part in text.split(",") if part.strip())})
    except ValueError:
        raise ConfigError(f"--batches is {text!r}; write numbers such as 1,2,4,8") from None
    if batches[0] < 1 or batches[-1] > most:
        raise ConfigError(f"--batches must lie between 1 and {most}, what the engine decodes together")
    return batches


def describe(profile: EngineProfile, measured: Measured) -> str:
    """A profile for people, with how well it predicts.

    Args:
        profile: The profile.
        measured: What it was fitted to.
    """
    prefill, cache = profile.prefill, profile.cache
    rate = f"{1 / prefill.per_token_s:.0f} tokens/s" if prefill.per_token_s else "too quick to measure"
    if prefill.per_token_squared_s:
        rate += f", less for long prompts ({prefill.of(1024) * 1000:.0f} ms for 1,024 tokens)"
    label = " (simulated)" if profile.simulated else ""
    lines = [
        f"{profile.engine}, {profile.model}{label}; {profile.machine}; {profile.date}",
        "",
        "| requests at once | decode step, ms | tokens/s |",
        "| --- | --- | --- |",
        *(
            f"| {batch} | {seconds * 1000:.2f} | {batch / seconds:.0f} |"
            for batch, seconds in zip(profile.step.batch, profile.step.seconds, strict=True)
        ),
        "",
        f"context: {profile.step.per_context_token_s * 1e9:.1f} ns a step for every token of it; where all "
        f"requests begin alike, {profile.step.shared_context:.0%} of that for each further request",
        f"prefill: {rate}, at least {prefill.fixed_s * 1000:.1f} ms; "
        f"at most {prefill.budget_tokens or 'any number of'} tokens a step",
        f"prefix cache: {f'blocks of {cache.block_tokens} tokens' if cache.enabled else 'none'}; outside the "
        f"engine a request takes {profile.overhead_s * 1000:.1f} ms; steps vary by {profile.spread:.0%}",
    ]
    if not measured.forced:
        lines.append("The engine does not keep to lengths (ignore_eos): nothing could be checked.")
    if profile.held_out:
        first = "simulated before" if profile.simulated else "measured"
        lines += [
            "",
            f"| a run that was not fitted | {first}, s | simulated, s | error |",
            "| --- | --- | --- | --- |",
            *(
                f"| {one.run} | {one.measured_s:.3f} | {one.predicted_s:.3f} | {one.error:+.1%} |"
                for one in profile.held_out
            ),
        ]
    return "\n".join(lines)
