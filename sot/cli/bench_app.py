"""The commands ``sot bench …``: how much sooner, on this model, this hardware, this load."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

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
Model = Annotated[str | None, typer.Option("--model", "-m", help="The model's name at the backend.")]
EngineArg = Annotated[
    list[str] | None,
    typer.Option("--engine-arg", metavar="KEY=VALUE", help="An engine option by vLLM's name (repeatable)."),
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
