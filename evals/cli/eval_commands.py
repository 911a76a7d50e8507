"""The commands ``sot eval …``: run question sets, judge the answers, report."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sot.cli.answer_options import (
    Backend,
    EngineArg,
    ExtraBody,
    MaxPoints,
    MaxPointTokens,
    Model,
    Pipeline,
    Prompts,
    Style,
    Temperature,
    TopP,
)

from .result_commands import register

eval_app = typer.Typer(
    name="eval",
    help="Does it answer as well, on which questions, and how much sooner? Run, judge, report.",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# What a command returns is run after Typer has let go; see app.py.
Command = Callable[[], None]


@eval_app.callback()
def top(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


# --- run, export -------------------------------------------------------------------------------------------

_RUN = """Answer the questions of a set by several strategies; keep every answer with its times.

Every answer is on the disk as soon as it is complete. After a kill, a crash or Ctrl-C the same command
goes on where it was; with a larger --limit, more --strategies or a larger --repeat it extends the run.
Failed answers are recorded, counted apart, and made again with --retry-failed.

Questions are asked one of each category in turn, so a small --limit covers different categories. All
strategies answer a question one after the other, in an order drawn anew for each.

Sets: everyday-120 (12 questions in each of ten categories), everyday-ja-40 (the same in Japanese, 4 in
each). Files: FastChat JSONL, AlpacaEval JSON, GSM8K JSONL, BIG-Bench-Hard JSON, CSV, JSONL, plain text.

Examples:

  sot eval run --questions everyday-120 --limit 10 --out runs/first

  sot eval run -q everyday-120 -o runs/qwen --backend http://localhost:8000/v1 --concurrency 4

  sot eval run -q questions.csv --column prompt --strategies normal,skeleton -o runs/own

  sot eval run -q everyday-120 -o runs/first --retry-failed
"""


@eval_app.command(help=_RUN)
def run(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The run's folder.")],
    questions: Annotated[
        str, typer.Option("--questions", "-q", metavar="SET|FILE", help="A set's name, or a file.")
    ] = "everyday-120",
    strategies: Annotated[
        str, typer.Option("--strategies", "-s", metavar="LIST", help="Of normal, skeleton, auto, cot, plan.")
    ] = "normal,skeleton,auto,cot",
    backend: Backend = None,
    model: Model = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Most questions, one of each category in turn.")
    ] = None,
    limit_per_category: Annotated[
        int | None, typer.Option(metavar="N", help="Most questions of each category.")
    ] = None,
    repeat: Annotated[int, typer.Option(metavar="N", help="Answers to each question by each strategy.")] = 1,
    concurrency: Annotated[
        int,
        typer.Option(metavar="N", help="Answers made at the same time; with 1 the times are undisturbed."),
    ] = 1,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Of the order, and of sampling where the engine can.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Make failed answers again.")] = False,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="Of the file: text, jsonl, fastchat, gsm8k, alpacaeval, bbh, csv; found out unless given.",
        ),
    ] = None,
    column: Annotated[
        str | None, typer.Option(metavar="NAME", help="The column of a CSV file with the questions.")
    ] = None,
    router: Annotated[
        str, typer.Option(metavar="NAME", help="Of the strategy auto: hybrid, rules, trained or llm.")
    ] = "hybrid",
    style: Style = "auto",
    pipeline: Pipeline = True,
    prompts: Prompts = None,
    max_points: MaxPoints = 10,
    max_point_tokens: MaxPointTokens = 192,
    max_tokens: Annotated[
        int, typer.Option(metavar="N", help="Most tokens of an answer without points.")
    ] = 1024,
    temperature: Temperature = None,
    top_p: TopP = None,
    extra_body: ExtraBody = None,
    engine_arg: EngineArg = None,
    warm_up: Annotated[
        bool,
        typer.Option("--warm-up/--no-warm-up", help="First answer a question that is not kept, untimed."),
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object an answer, and the summary as the last.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress; only the summary.")] = False,
) -> Command:
    from sot.evals.run import Running, run_command

    running = Running(
        questions=questions,
        strategies=strategies,
        out=out,
        form=form,
        column=column,
        limit=limit,
        limit_per_category=limit_per_category,
        repeat=repeat,
        seed=seed,
        concurrency=concurrency,
        retry_failed=retry_failed,
        warm_up=warm_up,
        as_json=as_json,
        quiet=quiet,
        backend=backend,
        model=model,
        router=router,
        extra_body=extra_body,
        engine_args=tuple(engine_arg or ()),
        settings={
            "style": style,
            "pipeline": pipeline,
            "prompts": prompts,
            "max_points": max_points,
            "max_point_tokens": max_point_tokens,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "top_p": top_p,
        },
    )
    return partial(run_command, running)


_EXPORT = """Write a run's answers in the formats of other evaluation tools, one file for each strategy.

fastchat: model_answer/MODEL-STRATEGY.jsonl, for FastChat's llm_judge.
alpaca: MODEL-STRATEGY.json, for alpaca_eval's --model_outputs.

Failed answers are left out, and counted.

Examples:

  sot eval export runs/first --format fastchat

  sot eval export runs/first --format alpaca --to exported
"""


@eval_app.command(help=_EXPORT)
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The run's folder.", show_default=False)],
    form: Annotated[str, typer.Option("--format", "-f", metavar="NAME", help="fastchat or alpaca.")],
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to; DIR/NAME unless given.")
    ] = None,
) -> Command:
    from sot.evals.export import run_export

    return partial(run_export, folder, form, to)


# --- judge, report, compare --------------------------------------------------------------------------------

register(eval_app)
