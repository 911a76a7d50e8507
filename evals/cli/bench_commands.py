"""The commands ``sot bench …``: how much sooner, on this model, this hardware, this load."""

from __future__ import annotations

import typer

from sot.cli.typer_adapter import add_command, command_group

from ..bench.latency_options import LatencyOptions
from ..bench.load_options import CalibrateOptions, FleetOptions, LoadOptions, SweepOptions

bench_app = command_group(
    "bench",
    "How much sooner, on your model, your hardware, your load? Measurements, side by side in one run.",
    invoke_without_command=True,
)


@bench_app.callback()
def top(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


_LATENCY = """Compare ways to answer: the same questions by every method, in random order, in one run.

Ratios are taken question by question against normal decoding, with bootstrap intervals. auto lets the local
router choose, auto-llm asks the model, auto-llm-hedge starts both ways meanwhile. --out keeps every
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

  sot bench latency --questions mixed --methods auto,auto-llm,auto-llm-hedge

  sot bench latency --backend torch: --random-llama 7b
"""
add_command(bench_app, "latency", LatencyOptions, "sot.evals.bench.latency:run_bench", help=_LATENCY)

_LOAD = """Answers under load: questions arrive at random, whether or not earlier ones are answered.

Always normal decoding, always a skeleton, and as the load allows (adaptive) at every load, from idle to
above the capacity: first text, whole answer, throughput, and goodput (answers within the deadline). Load 100%
is the capacity: the normal answers a second that the engine finishes when it never runs out of them. It is
measured first.

Any engine will do: a server, an engine in this process, or a simulated one (replay:PROFILE.json), which runs
in simulated time and says so. --profile tells the adaptive policy the engine's speed (sot bench calibrate).
--out keeps every answer, and goes on with a run that was interrupted or is given further loads or policies.

Examples:

  sot bench load --backend replay:profile.json --out runs/load

  sot bench load --backend http://localhost:8000/v1 --loads 0.2,0.5,0.8,1.1 --profile profile.json

  sot bench load --backend http://localhost:8000/v1 --trace runs/load/answers.jsonl --policy normal,adaptive
"""
add_command(bench_app, "load", LoadOptions, "sot.evals.bench.load:run_load", help=_LOAD)

_CALIBRATE = """Measure how fast an engine is, and write it down as a profile.

Prefill against the prompt's length, decode steps against batch and context, the prefix cache: a few minutes,
in which nobody else should use the engine. The profile says how well it predicts runs that it was not fitted
to. It serves the simulated engine (replay:PROFILE.json) and the load-aware decision (adapt).

--steps-only makes no profile: it times so many requests at once against one alone. Skeletons pay where this
ratio stays far below the number of requests.

Examples:

  sot bench calibrate --backend torch: --out profile.json

  sot bench calibrate --backend vllm:Qwen/Qwen3-8B --batches 1,2,4,8,16,32,64,128 --out profile.json

  sot bench calibrate --backend http://localhost:8000/v1 --max-batch 256 --out profile.json

  sot bench calibrate --backend torch: --steps-only --batches 1,2,4,8 --tokens 64
"""
add_command(
    bench_app, "calibrate", CalibrateOptions, "sot.evals.bench.calibrate:run_calibrate", help=_CALIBRATE
)

_FLEET = """Simulate a fleet: many users on several replicas of an engine. Nothing of it is measured.

Answers a second, times, the share of skeletons and the tokens, for always normal decoding, always a skeleton,
and as the load allows. Unless --every says how often a user asks, eight replicas are half busy.

Examples:

  sot bench fleet

  sot bench fleet --profile profile.json --replicas 2,4 --users 500 --every 120 --duration 1800
"""
add_command(bench_app, "fleet", FleetOptions, "sot.evals.simulate.fleet:run_fleet", help=_FLEET)

_SWEEP = """Simulate the adaptive policy against the fixed ones at many loads: which part of a run is chance.

The same requests as of bench load on a simulated engine, without texts and with known lengths, so that many
runs of a thousand answers take seconds: the adaptive policy's times over the better fixed one's, mean, least
and greatest.

Examples:

  sot bench sweep --profile profile.json --loads 0.5,0.55,0.6,0.65,0.7 --seeds 6
"""
add_command(bench_app, "sweep", SweepOptions, "sot.evals.simulate.sweep:run_sweep", help=_SWEEP)
