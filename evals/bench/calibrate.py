"""``sot bench calibrate``: measures an engine, fits a profile, and says how well it predicts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from statistics import median
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
from ..run.progress import PLAIN_LINE_S, Progress
from .options import CalibrateOptions, parse_counts

_ASSUMED_BATCH = 256  # of an engine that does not say how many requests it decodes together
_STEP_BATCHES = (1, 2, 4, 8)  # of --steps-only, unless given
_STEP_TOKENS = 64  # the same


def run_calibrate(options: CalibrateOptions) -> None:
    """Measure, fit, write the profile and print it; or print what decoding together costs.

    Raises:
        ConfigError: An option makes no sense, or the engine tells too little.
        SotError: The engine fails.
    """
    if options.out is not None:
        refuse_foreign(options.out, "--out", is_json_with("engine", "model", "step", "prefill"))
    run = run_virtually if options.engine.entry.simulated else asyncio.run
    found = run(_found(options, options.engine.make()))
    if isinstance(found, dict):
        print(json_line(found) if options.as_json else _costs_markdown(found))
        return
    profile, measured = found
    if measured.forced:
        checked = {name: median(times) for name, times in measured.checked.items()}
        profile = profile.model_copy(update={"held_out": held_out.compare(checked, profile)})
    assert options.out is not None
    write_output(options.out, "--out", profile.model_dump_json(indent=1) + "\n")
    print(json_line(profile.model_dump(mode="json")) if options.as_json else _describe(profile, measured))


async def _found(
    options: CalibrateOptions, backend: Backend
) -> tuple[EngineProfile, Measured] | dict[str, Any]:
    """The profile and what it is fitted to, or the costs of decoding together as JSON."""
    try:
        with Progress(as_json=options.as_json, every_s=PLAIN_LINE_S) as progress:
            progress.say("starting the engine")
            info = await backend.info()
            requests = Requests(backend, options.seed)
            if options.steps_only:
                return await _step_costs(options, requests, info, progress)
            load = await backend.load()
            if load.running + load.waiting:
                raise ConfigError("the engine is busy with other requests: calibrate it while nobody uses it")
            busy = describe_busy()
            most = options.max_batch or info.parallel or _ASSUMED_BATCH
            measured = await measure(
                requests,
                batches=_batches(options.batches, most, BATCHES),
                room=info.context_length,
                repeat=options.repeat,
                checks=held_out.runs(most),
                seed=options.seed,
                progress=progress.say,
            )
    finally:
        await backend.aclose()
    step = fit_shared(measured, fit_steps(measured.steps))
    prefill, overhead = fit_prefill(measured, step.at(1))
    spreads = sorted(one.spread for one in measured.steps)
    profile = EngineProfile(
        engine=one_line(info.backend)[:200],
        model=one_line(info.model)[:200],
        machine=one_line(describe_machine())[:200],
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        note=one_line(options.note or busy)[:200],
        simulated=options.engine.entry.simulated,
        max_batch=most,
        context_length=info.context_length,
        can_prefill=info.continues_turn,
        step=step,
        prefill=prefill,
        cache=fit_cache(measured, said=info.reuses_prefixes),
        overhead_s=overhead,
        spread=spreads[len(spreads) // 2],
    )
    return profile, measured


async def _step_costs(
    options: CalibrateOptions, requests: Requests, info: BackendInfo, progress: Progress
) -> dict[str, Any]:
    """Time requests at once against one alone, interleaved: a drift of the machine meets all sizes."""
    batches = _batches(options.batches, info.parallel, _STEP_BATCHES)
    tokens = options.tokens or _STEP_TOKENS
    clock = asyncio.get_running_loop().time
    seconds: dict[int, list[float]] = {batch: [] for batch in batches}
    written: dict[int, int] = {}
    for number in range(options.repeat + 1):
        for batch in Random(f"{options.seed} {number}").sample(batches, len(batches)):
            progress.say(f"round {number} of {options.repeat}: {batch} at once" if number else "warm-up")
            prompts = [requests.prompt(SHORT) for _ in range(batch)]
            began = clock()
            timed = await requests.together(prompts, tokens)
            if number:  # the first time warms up
                seconds[batch].append(clock() - began)
                written[batch] = sum(one.usage.completion_tokens for one in timed)
    rows: list[dict[str, Any]] = []
    for batch, own in seconds.items():
        ratios = [one / alone for one, alone in zip(own, seconds[1], strict=True)]
        rows.append({"batch": batch, "seconds": own, "ratios": ratios, "tokens": written[batch]})
    names = {"engine": info.backend, "model": info.model, "simulated": options.engine.entry.simulated}
    return {**names, "tokens": tokens, "rows": rows}


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


def _costs_markdown(costs: Mapping[str, Any]) -> str:
    """The costs of decoding together: skeletons pay where the ratio stays far below the requests at once."""
    rows = costs["rows"]
    rounds = f"Median (least to greatest) of {len(rows[0]['seconds'])} rounds; ratios round by round."
    label = " (simulated)" if costs["simulated"] else ""
    name = f"{one_line(costs['engine'])}, {one_line(costs['model'])}{label}"
    cells: list[list[str]] = []
    for row in rows:
        own, ratios = row["seconds"], row["ratios"]
        seconds = f"{median(own):.2f} ({min(own):.2f} to {max(own):.2f})"
        ratio = f"{median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})"
        cells.append([str(row["batch"]), seconds, ratio, f"{row['tokens'] / median(own):.0f}"])
    table = Table(("requests at once", "seconds", "against one alone", "tokens/s"), cells, note=rounds)
    return f"{name}, {costs['tokens']} tokens a request\n\n{table.markdown()}"


def _describe(profile: EngineProfile, measured: Measured) -> str:
    """Write a profile for people, with how well it predicts."""
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
        headers = ("a run that was not fitted", f"{first}, s", "simulated, s", "error")
        checks = [
            [one.run, f"{one.measured_s:.3f}", f"{one.predicted_s:.3f}", f"{one.error:+.1%}"]
            for one in profile.held_out
        ]
        parts.append(Table(headers, checks).markdown())
    return "\n\n".join(parts)
