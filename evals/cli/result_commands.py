"""The commands ``sot eval judge``, ``report`` and ``compare``, which read what ``run`` has written."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sot.errors import ConfigError

# What a command returns is run after Typer has let go; see app.py.
Command = Callable[[], None]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The run's folder.", show_default=False)]

JUDGE = """Have the answers of a run judged in pairs: by a model, or by you.

A model judges every pair in both orders; verdicts that follow the place cancel out to a tie, and how often
that happens is reported. A reply without a readable verdict is reported, and never counted as a tie. The
net win rate is (won - lost) / all. Verdicts are kept in DIR/judgements.jsonl as they are given: after a kill
or Ctrl-C the same command goes on where it was. Several judges may judge one run.

With --human you see pairs blind, in random order: in the terminal, or with --page on a page of this machine.

Aspects: general, coherence, diversity, immersion, integrity, relevance; all means all six.

Examples:

  sot eval judge runs/first --judge-backend http://localhost:8000/v1 --judge-model Qwen/Qwen3-32B

  sot eval judge runs/first --judge-backend https://api.openai.com/v1 --judge-model gpt-5-mini --aspects all

  sot eval judge runs/first --pairs skeleton:normal --limit 20 --explain

  sot eval judge runs/first --human --page
"""


def judge(
    folder: Folder,
    judge_backend: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="The judge's backend; the default engine unless given."),
    ] = None,
    judge_model: Annotated[
        str | None, typer.Option(metavar="NAME", help="The judge's model at the backend.")
    ] = None,
    pairs: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Like skeleton:normal,auto:normal; unless given all with normal."),
    ] = None,
    aspects: Annotated[str, typer.Option(metavar="LIST", help="In what respects.")] = "general",
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Most questions, one of each category in turn.")
    ] = None,
    concurrency: Annotated[int, typer.Option(metavar="N", help="Pairs judged at the same time.")] = 4,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the order of pairs, and of sides.")] = 0,
    explain: Annotated[
        bool, typer.Option("--explain", help="Ask for reasons before the verdict; slower.")
    ] = False,
    judge_tokens: Annotated[
        int | None, typer.Option(metavar="N", help="Most tokens of a judge's reply.")
    ] = None,
    judge_temperature: Annotated[
        str, typer.Option(metavar="T", help="0 is greedy; none leaves it to engines that refuse to be told.")
    ] = "0",
    extra_body: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="Further request fields for an HTTP engine, as a JSON object."),
    ] = None,
    human: Annotated[bool, typer.Option("--human", help="Judge yourself.")] = False,
    page: Annotated[bool, typer.Option("--page", help="With --human: in a browser on this machine.")] = False,
    port: Annotated[int, typer.Option(metavar="N", help="The page's port; 0 takes a free one.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress; only the net win rates.")] = False,
) -> Command:
    from sot.evals.judge.command import Judging, ModelJudging, judge_command

    judging = Judging(folder=folder, pairs=pairs, aspects=aspects, seed=seed, limit=limit, quiet=quiet)
    if human:
        from sot.evals.judge.human_command import human_command

        if judge_backend is not None or judge_model is not None:
            raise ConfigError("--human judges without a model: leave out --judge-backend and --judge-model")
        return partial(human_command, judging, page=page, port=port)
    if page:
        raise ConfigError("--page belongs to --human")
    options = ModelJudging(
        judging=judging,
        backend=judge_backend,
        model=judge_model,
        concurrency=concurrency,
        explain=explain,
        max_tokens=judge_tokens,
        temperature=_temperature(judge_temperature),
        extra_body=extra_body,
    )
    return partial(judge_command, options)


def _temperature(text: str) -> float | None:
    if text == "none":
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 5:
        raise ConfigError(f"--judge-temperature is {text!r}; it must be a number from 0 to 5, or none")
    return value


REPORT = """Write DIR/report.html, one file that needs nothing else, and DIR/report.md.

Speed and quality by category with 95% intervals, length, cost, routes, right results, examples, failures,
and what the sample can and cannot show. It can be written while a run or a judge is still at work.

Examples:

  sot eval report runs/first
"""


def report(folder: Folder) -> Command:
    from sot.evals.report.command import report_command

    return partial(report_command, folder)


COMPARE = """Compare two runs of the same questions, question by question.

Says what they were made with where that differs, and how speed, length, right results and net wins changed,
with 95% intervals. Runs on unlike question sets are refused.

Examples:

  sot eval compare runs/before runs/after
"""


def compare(
    first: Annotated[
        Path, typer.Argument(metavar="DIR", help="The run to compare with.", show_default=False)
    ],
    second: Annotated[Path, typer.Argument(metavar="DIR", help="The other run.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> Command:
    from sot.evals.report.command import compare_command

    return partial(compare_command, first, second, as_object=as_json)


def register(app: typer.Typer) -> None:
    """Add the commands.

    Args:
        app: Where to.
    """
    app.command(help=JUDGE)(judge)
    app.command(help=REPORT)(report)
    app.command(help=COMPARE)(compare)
