"""The commands ``sot bench …``: how much sooner, on this model, this hardware, this load."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sot.cli.answer_options import EngineArg, Model

bench_app = typer.Typer(
    name="bench",
    help="How much sooner, on your model, your hardware, your load? Measurements, side by side in one run.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# What a command returns is run after Typer has let go; see app.py.
Command = Callable[[], None]


@bench_app.callback(invoke_without_command=True)
def top(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


Backend = Annotated[
    str | None,
    typer.Option(
        "--backend", "-b", metavar="SPEC", help="http(s)://HOST/v1, torch:MODEL, vllm:MODEL; see `sot ask`."
    ),
]

# --- latency -----------------------------------------------------------------------------------------------

_LATENCY = """Compare ways to answer: the same questions by every method, in random order, in one run.

Ratios are taken question by question against normal decoding, with bootstrap intervals. --out keeps every
answer and continues a run that was interrupted; it holds an HTML report with a timeline of every answer.

--lengths forces the answers' lengths, so that no ratio comes from a shorter answer: the engine decodes so
many tokens for real, the text is scripted. --accelerators measures every method with each of the engine's
own accelerators, one engine after the other:
none; ngram, draft:MODEL, medusa:PATH, eagle:PATH, eagle3:PATH (speculative decoding); quant:int8, quant:fp8,
checkpoint:PATH (a quantised model); prefix-cache:off, kv:fp8 (vllm:). torch: takes none, generate, ngram,
draft:MODEL, quant:int8, quant:bfloat16, quant:float32. Join two with +.

Examples:

  sot bench latency --limit 5

  sot bench latency --backend http://localhost:8000/v1 --methods normal,skeleton,cot --out runs/today

  sot bench latency --backend vllm:Qwen/Qwen3-8B --lengths normal=320,skeleton=40,points=8x40

  sot bench latency --backend vllm:Qwen/Qwen3-8B --accelerators none,ngram,draft:Qwen/Qwen3-0.6B,quant:fp8

  sot bench latency --backend torch: --random-llama 7b
"""


@bench_app.command(help=_LATENCY)
def latency(
    backend: Backend = None,
    model: Model = None,
    engine_arg: EngineArg = None,
    methods: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Of normal, skeleton, skeleton-wait, skeleton-compact, skeleton-paper, cot, plan.",
        ),
    ] = "normal,skeleton,skeleton-paper",
    questions: Annotated[
        str, typer.Option(metavar="SET|FILE", help="A built-in set, or a file: one a line, or JSON Lines.")
    ] = "suitable",
    limit: Annotated[int | None, typer.Option(metavar="N", help="Most questions to use.")] = None,
    repeat: Annotated[int, typer.Option(metavar="N", help="How often every question is asked.")] = 1,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the order and of the bootstrap.")] = 0,
    max_tokens: Annotated[int, typer.Option(metavar="N", help="Most tokens of a normal answer.")] = 1024,
    max_point_tokens: Annotated[int, typer.Option(metavar="N", help="Most tokens of a point.")] = 192,
    temperature: Annotated[
        float | None, typer.Option(metavar="T", help="0 is greedy; the engine's own unless given.")
    ] = None,
    lengths: Annotated[
        str | None,
        typer.Option(metavar="LENGTHS", help="Force the lengths: normal=320,skeleton=40,points=8x40."),
    ] = None,
    accelerators: Annotated[
        str, typer.Option(metavar="NAMES", help="The engine's accelerators to compare; see above.")
    ] = "none",
    random_llama: Annotated[
        str | None,
        typer.Option(metavar="SHAPE", help="No download: random weights of this shape (7b, 1b or tiny)."),
    ] = None,
    price_in: Annotated[
        float | None, typer.Option(metavar="PRICE", help="Price of a million prompt tokens.")
    ] = None,
    price_cached: Annotated[
        float | None,
        typer.Option(metavar="PRICE", help="Of a million cached ones; --price-in's unless given."),
    ] = None,
    price_out: Annotated[
        float | None, typer.Option(metavar="PRICE", help="Price of a million completion tokens.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Keep every answer and write the report there."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> Command:
    from sot.evals.latency.bench import run_bench
    from sot.evals.latency.plan import Bench

    bench = Bench(
        backend=backend,
        model=model,
        engine_args=tuple(engine_arg or ()),
        methods=methods,
        questions=questions,
        limit=limit,
        repeat=repeat,
        seed=seed,
        max_tokens=max_tokens,
        max_point_tokens=max_point_tokens,
        temperature=temperature,
        lengths=lengths,
        accelerators=accelerators,
        random_llama=random_llama,
        price_in=price_in,
        price_cached=price_cached,
        price_out=price_out,
        out=out,
    )
    return partial(run_bench, bench, as_json=as_json)


# --- load, calibrate ---------------------------------------------------------------------------------------

_LOAD = """Answers under load: questions arrive at random, whether or not earlier ones are answered.

Always normal decoding, always a skeleton, and as the load allows (adaptive) at every load, from idle to
above the capacity: first text, whole answer, throughput, and goodput (answers within the deadline). Load 100%
is the capacity: the normal answers a second that the engine finishes when it never runs out of them. It is
measured first.

Any engine will do: a server, an engine in this process, or a simulated one (replay:PROFILE.json), which runs
in simulated time and says so. --profile tells the adaptive policy the engine's speed (sot bench calibrate).

Examples:

  sot bench load --backend replay:profile.json --out runs/load

  sot bench load --backend http://localhost:8000/v1 --loads 0.2,0.5,0.8,1.1 --profile profile.json

  sot bench load --backend http://localhost:8000/v1 --trace runs/load/samples.jsonl --policy normal,adaptive
"""


@bench_app.command(help=_LOAD)
def load(
    backend: Backend = None,
    model: Model = None,
    engine_arg: EngineArg = None,
    loads: Annotated[
        str | None,
        typer.Option(metavar="LOADS", help="Shares of the capacity: 0.1..1.2 (default) or 0.2,0.5."),
    ] = None,
    rates: Annotated[
        str | None, typer.Option(metavar="RATES", help="Questions a second instead: 0.5,1,2.")
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Recorded arrivals instead: JSON Lines with at_s (and question)."),
    ] = None,
    policy: Annotated[
        str, typer.Option(metavar="NAMES", help="Of normal, skeleton, adaptive.")
    ] = "normal,skeleton,adaptive",
    duration: Annotated[
        float | None,
        typer.Option(
            metavar="S", help="Seconds in which questions arrive; 60, simulated: 2000 answers at capacity."
        ),
    ] = None,
    rounds: Annotated[
        int,
        typer.Option(metavar="N", help="Parts of it; the policies take turns in each, in random order."),
    ] = 1,
    drain: Annotated[
        float | None,
        typer.Option(metavar="S", help="Seconds to wait for unfinished answers after that; as long again."),
    ] = None,
    deadline: Annotated[
        float | None,
        typer.Option(metavar="S", help="Deadline of the goodput; twice a normal answer on the idle engine."),
    ] = None,
    capacity: Annotated[
        float | None, typer.Option(metavar="RATE", help="Normal answers a second at load 100%, if known.")
    ] = None,
    together: Annotated[
        int | None, typer.Option(metavar="N", help="Answers at once with which the capacity is measured.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The engine's profile, for the adaptive policy.")
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="One a line, or JSON Lines; built-in ones unless given."),
    ] = None,
    forced: Annotated[
        bool,
        typer.Option(
            "--forced-lengths",
            help="The engine writes answers as long as the simulated ones, of scripted text (ignore_eos).",
        ),
    ] = False,
    max_tokens: Annotated[int, typer.Option(metavar="N", help="Most tokens of a normal answer.")] = 1024,
    max_point_tokens: Annotated[int, typer.Option(metavar="N", help="Most tokens of a point.")] = 192,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the arrivals.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write figures, samples and a picture.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> Command:
    from sot.evals.load.bench import run_load
    from sot.evals.load.options import LoadBench

    bench = LoadBench(
        backend=backend,
        model=model,
        engine_args=tuple(engine_arg or ()),
        loads=loads,
        rates=rates,
        trace=trace,
        policies=policy,
        duration=duration,
        rounds=rounds,
        drain=drain,
        deadline=deadline,
        capacity=capacity,
        together=together,
        profile=profile,
        questions=questions,
        forced=forced,
        max_tokens=max_tokens,
        max_point_tokens=max_point_tokens,
        seed=seed,
        out=out,
    )
    return partial(run_load, bench, as_json=as_json)


_CALIBRATE = """Measure how fast an engine is, and write it down as a profile.

Prefill against the prompt's length, decode steps against batch and context, the prefix cache: a few minutes,
in which nobody else should use the engine. The profile says how well it predicts runs that it was not fitted
to. It serves the simulated engine (replay:PROFILE.json) and the load-aware decision (adapt).

Examples:

  sot bench calibrate --backend torch: --out profile.json

  sot bench calibrate --backend vllm:Qwen/Qwen3-8B --batches 1,2,4,8,16,32,64,128 --out profile.json

  sot bench calibrate --backend http://localhost:8000/v1 --max-batch 256 --out profile.json
"""


@bench_app.command(help=_CALIBRATE)
def calibrate(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The profile to write.")],
    backend: Backend = None,
    model: Model = None,
    engine_arg: EngineArg = None,
    batches: Annotated[
        str | None, typer.Option(metavar="NUMBERS", help="Requests decoded together; 1,2,4,8,16,32.")
    ] = None,
    max_batch: Annotated[
        int | None,
        typer.Option(metavar="N", help="Most requests decoded together, where the engine does not say."),
    ] = None,
    repeat: Annotated[int, typer.Option(metavar="N", help="Rounds.")] = 3,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Kept in the profile.")] = "",
    seed: Annotated[int, typer.Option(metavar="N", help="Of the prompts and the order.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the profile as one JSON object.")] = False,
) -> Command:
    from sot.evals.calibrate.bench import CalibrateBench, run_calibrate

    bench = CalibrateBench(
        backend=backend,
        out=out,
        model=model,
        engine_args=tuple(engine_arg or ()),
        batches=batches,
        max_batch=max_batch,
        repeat=repeat,
        note=note,
        seed=seed,
    )
    return partial(run_calibrate, bench, as_json=as_json)


_FLEET = """Simulate a fleet: many users on several replicas of an engine. Nothing of it is measured.

Answers a second, times, the share of skeletons and the tokens, for always normal decoding, always a skeleton,
and as the load allows. Unless --every says how often a user asks, eight replicas are half busy.

Examples:

  sot bench fleet

  sot bench fleet --profile profile.json --replicas 2,4 --users 500 --every 120 --duration 1800
"""


@bench_app.command(help=_FLEET)
def fleet(
    profile: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A replica's profile (sot bench calibrate); an example unless given."
        ),
    ] = None,
    users: Annotated[int, typer.Option(metavar="N", help="How many users.")] = 10_000,
    every: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds between two questions of a user, on average.")
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option(metavar="S", help="Seconds in which questions come; one each unless given."),
    ] = None,
    replicas: Annotated[str, typer.Option(metavar="NUMBERS", help="How many engines.")] = "1,8,64",
    balance: Annotated[
        str, typer.Option(metavar="NAME", help="Which gets a question: least-loaded or round-robin.")
    ] = "least-loaded",
    policy: Annotated[
        str, typer.Option(metavar="NAMES", help="Of normal, skeleton, adaptive.")
    ] = "normal,skeleton,adaptive",
    seed: Annotated[int, typer.Option(metavar="N", help="Of the arrivals and the answers' lengths.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Also write the figures as JSON.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> Command:
    from sot.evals.load.fleet_bench import FleetBench, run_fleet

    bench = FleetBench(
        profile=profile,
        users=users,
        every=every,
        duration=duration,
        replicas=replicas,
        balance=balance,
        policies=policy,
        seed=seed,
        out=out,
    )
    return partial(run_fleet, bench, as_json=as_json)
