"""``sot bench calibrate``: measures an engine, fits a profile, and says how well it predicts."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from sot.backends.replay.virtual_time import run_virtually
from sot.errors import ConfigError
from sot.load.profile import EngineProfile
from sot.terminal import json_line, one_line
from sot.types import Backend, BackendInfo

from ..calibrate import held_out
from ..calibrate.fit import fit_cache, fit_prefill, fit_shared, fit_steps
from ..calibrate.measure import BATCHES, SHORT, Measured, measure
from ..calibrate.requests import Requests
from ..report.table import Table
from ..run.machine import describe_busy, describe_machine
from ..run.own_files import is_json_with, refuse_foreign, write_output
from ..run.progress import Progress
from .load_options import CalibrateOptions, parse_counts

_ASSUMED_BATCH = 256  # of an engine that does not say how many requests it decodes together
_STEP_BATCHES = (1, 2, 4, 8)  # of --steps-only, unless given
_STEP_TOKENS = 64  # the same
_PLAIN_LINE_S = 10.0


def run_calibrate(options: CalibrateOptions) -> None:
    """Measure, fit, write the profile and print it; or print what decoding together costs.

    Raises:
        ConfigError: An option makes no sense, or the engine tells too little.
        SotError: The engine fails.
    """
    if options.out is not None:
        refuse_foreign(options.out, "--out", is_json_with("engine", "model", "step", "prefill"))
    simulated = options.engine.entry.simulated
    backend = options.engine.make()
    run = run_virtually if simulated else asyncio.run
    found = run(_measured(options, backend))
    if isinstance(found, StepCosts):
        print(json_line(found.json()) if options.as_json else found.markdown())
        return
    profile = found.fit(options, simulated=simulated)
    if found.measured.forced:
        checked = {name: statistics.median(times) for name, times in found.measured.checked.items()}
        profile = profile.model_copy(update={"held_out": held_out.compare(checked, profile)})
    assert options.out is not None
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


@dataclass(frozen=True, slots=True)
class StepCosts:
    """Times of requests decoded together, round by round.

    Args:
        tokens: Completion tokens asked for of each request.
        seconds: By requests at once, until the last one was done.
        written: Completion tokens of all requests of a round.
    """

    info: BackendInfo
    simulated: bool
    tokens: int
    seconds: dict[int, list[float]]
    written: dict[int, int]

    def ratios(self, batch: int) -> list[float]:
        """Return the seconds over those of one request alone, round by round."""
        return [own / alone for own, alone in zip(self.seconds[batch], self.seconds[1], strict=True)]

    def json(self) -> dict[str, Any]:
        """The same as JSON."""
        rows = [
            {"batch": batch, "seconds": self.seconds[batch], "ratios": self.ratios(batch), "tokens": tokens}
            for batch, tokens in self.written.items()
        ]
        names = {"engine": self.info.backend, "model": self.info.model, "simulated": self.simulated}
        return {**names, "tokens": self.tokens, "rows": rows}

    def markdown(self) -> str:
        """The same as a table: skeletons pay where the ratio stays far below the requests at once."""
        rows: list[list[str]] = []
        for batch, own in sorted(self.seconds.items()):
            middle, ratios = statistics.median(own), self.ratios(batch)
            ratio = f"{statistics.median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})"
            seconds = f"{middle:.2f} ({min(own):.2f} to {max(own):.2f})"
            rows.append([str(batch), seconds, ratio, f"{self.written[batch] / middle:.0f}"])
        headers = ("requests at once", "seconds", "against one alone", "tokens/s")
        rounds = f"Median (least to greatest) of {len(self.seconds[1])} rounds; ratios round by round."
        label = " (simulated)" if self.simulated else ""
        name = f"{one_line(self.info.backend)}, {one_line(self.info.model)}{label}"
        return f"{name}, {self.tokens} tokens a request\n\n{Table(headers, rows, note=rounds).markdown()}"


async def _measured(options: CalibrateOptions, backend: Backend) -> _Found | StepCosts:
    try:
        with Progress(as_json=options.as_json, every_s=_PLAIN_LINE_S) as progress:
            progress.say("starting the engine")
            info = await backend.info()
            most = options.max_batch or info.parallel or _ASSUMED_BATCH
            requests = Requests(backend, options.seed)
            if options.steps_only:
                return await _step_costs(options, requests, info, progress)
            load = await backend.load()
            if load.running + load.waiting:
                raise ConfigError("the engine is busy with other requests: calibrate it while nobody uses it")
            busy = describe_busy()
            measured = await measure(
                requests,
                batches=_batches(options.batches, most, BATCHES),
                room=info.context_length,
                repeat=options.repeat,
                checks=held_out.runs(most),
                seed=options.seed,
                progress=progress.say,
            )
            return _Found(info, measured, busy)
    finally:
        await backend.aclose()


async def _step_costs(
    options: CalibrateOptions, requests: Requests, info: BackendInfo, progress: Progress
) -> StepCosts:
    """Time requests at once against one alone, interleaved: a drift of the machine meets all sizes."""
    batches = _batches(options.batches, info.parallel, _STEP_BATCHES)
    tokens = options.tokens or _STEP_TOKENS
    clock = asyncio.get_running_loop().time
    found = StepCosts(info, options.engine.entry.simulated, tokens, {batch: [] for batch in batches}, {})
    for number in range(options.repeat + 1):
        for batch in Random(f"{options.seed} {number}").sample(batches, len(batches)):
            progress.say(f"round {number} of {options.repeat}: {batch} at once" if number else "warm-up")
            prompts = [requests.prompt(SHORT) for _ in range(batch)]
            began = clock()
            timed = await requests.together(prompts, tokens)
            if number:  # the first time warms up
                found.seconds[batch].append(clock() - began)
                found.written[batch] = sum(one.usage.completion_tokens for one in timed)
    return found


def _batches(text: str | None, most: int | None, usual: Sequence[int]) -> Sequence[int]:
    """The numbers of requests at once, 1 among them: what the others are compared with.

    Args:
        most: What the engine decodes together, where that is known.
        usual: Unless given.
    """
    if text is None:
        return [batch for batch in usual if most is None or batch <= most]
    batches = sorted({1, *parse_counts("--batches", text, "1,2,4,8", most=None)})
    if most is not None and batches[-1] > most:
        raise ConfigError(f"--batches must lie between 1 and {most}, what the engine decodes together")
    return batches


def describe(profile: EngineProfile, measured: Measured) -> str:
    """Write a profile for people, with how well it predicts.

    Args:
        measured: What it was fitted to.
    """
    prefill, cache, step = profile.prefill, profile.cache, profile.step
    rate = f"{1 / prefill.per_token_s:.0f} tokens/s" if prefill.per_token_s else "too quick to measure"
    if prefill.per_token_squared_s:
        rate += f", less for long prompts ({prefill.of(1024) * 1000:.0f} ms for 1,024 tokens)"
    label = " (simulated)" if profile.simulated else ""
    steps = [
        [str(batch), f"{seconds * 1000:.2f}", f"{batch / seconds:.0f}"]
        for batch, seconds in zip(step.batch, step.seconds, strict=True)
    ]
    notes = [
        f"context: {step.per_context_token_s * 1e9:.1f} ns a step for every token of it; where all "
        f"requests begin alike, {step.shared_context:.0%} of that for each further request",
        f"prefill: {rate}, at least {prefill.fixed_s * 1000:.1f} ms; "
        f"at most {prefill.budget_tokens or 'any number of'} tokens a step",
        f"prefix cache: {f'blocks of {cache.block_tokens} tokens' if cache.enabled else 'none'}; outside the "
        f"engine a request takes {profile.overhead_s * 1000:.1f} ms; steps vary by {profile.spread:.0%}",
    ]
    if not measured.forced:
        notes.append("The engine does not keep to lengths (ignore_eos): nothing could be checked.")
    parts = [
        f"{profile.engine}, {profile.model}{label}; {profile.machine}; {profile.date}",
        Table(("requests at once", "decode step, ms", "tokens/s"), steps).markdown(),
        "\n".join(notes),
    ]
    if profile.held_out:
        first = "simulated before" if profile.simulated else "measured"
        checks = [
            [one.run, f"{one.measured_s:.3f}", f"{one.predicted_s:.3f}", f"{one.error:+.1%}"]
            for one in profile.held_out
        ]
        headers = ("a run that was not fitted", f"{first}, s", "simulated, s", "error")
        parts.append(Table(headers, checks).markdown())
    return "\n\n".join(parts)
