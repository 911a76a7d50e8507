"""The commands ``sot eval …``: run question sets, judge the answers, report."""

from __future__ import annotations

import typer

from sot.cli.typer_adapter import add_command, command_group

from ..judge.options import JudgeOptions
from ..report.export import ExportOptions
from ..report.options import CompareOptions, ReportOptions
from ..run.options import RunOptions

eval_app = command_group(
    "eval",
    "Does it answer as well, on which questions, and how much sooner? Run, judge, report.",
    invoke_without_command=True,
)


@eval_app.callback()
def top(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


_RUN = """Answer the questions of a set by several strategies; keep every answer with its times.

Every answer is on the disk as soon as it is complete. After a kill, a crash or Ctrl-C the same command
goes on where it was; with a larger --limit, more --strategies or a larger --repeat it extends the run.
Failed answers are recorded, counted apart, and made again with --retry-failed.

Questions are asked one of each category in turn, so a small --limit covers different categories. All
strategies answer a question one after the other, in an order drawn anew for each.

Sets: everyday-120 (12 questions in each of ten categories), everyday-ja-40 (the same in Japanese, 4 in
each), suitable (20 that suit a skeleton), mixed (18 of all kinds). Files: FastChat JSONL, AlpacaEval JSON,
GSM8K JSONL, BIG-Bench-Hard JSON, CSV, JSONL, plain text.

Examples:

  sot eval run --questions everyday-120 --limit 10 --out runs/first

  sot eval run -q everyday-120 -o runs/qwen --backend http://localhost:8000/v1 --concurrency 4

  sot eval run -q questions.csv --column prompt --strategies normal,skeleton -o runs/own

  sot eval run -q everyday-120 -o runs/first --retry-failed
"""
add_command(eval_app, "run", RunOptions, "sot.evals.run.command:run_command", help=_RUN)

_EXPORT = """Write a run's answers in the formats of other evaluation tools, one file for each strategy.

fastchat: model_answer/MODEL-STRATEGY.jsonl, for FastChat's llm_judge.
alpaca: MODEL-STRATEGY.json, for alpaca_eval's --model_outputs.
inspect: MODEL-STRATEGY.json, a log for inspect view, with times and exact scores.

Failed answers are left out, and counted; Inspect has them as errors.

Examples:

  sot eval export runs/first --format fastchat

  sot eval export runs/first --format alpaca --to exported

  sot eval export runs/first --format inspect --to logs
"""
add_command(eval_app, "export", ExportOptions, "sot.evals.report.export:run_export", help=_EXPORT)

_JUDGE = """Have the answers of a run judged in pairs: by a model, or by you.

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
add_command(eval_app, "judge", JudgeOptions, "sot.evals.judge.command:judge_command", help=_JUDGE)

_REPORT = """Write DIR/report.html, one file that needs nothing else, and DIR/report.md.

Speed and quality by category with 95% intervals, length, cost, routes, right results, examples, failures,
and what the sample can and cannot show. It can be written while a run or a judge is still at work.

Examples:

  sot eval report runs/first
"""
add_command(eval_app, "report", ReportOptions, "sot.evals.report.command:report_command", help=_REPORT)

_COMPARE = """Compare two runs of the same questions, question by question.

Says what they were made with where that differs, and how speed, length, right results and net wins changed,
with 95% intervals. Runs on unlike question sets are refused.

Examples:

  sot eval compare runs/before runs/after
"""
add_command(eval_app, "compare", CompareOptions, "sot.evals.report.command:compare_command", help=_COMPARE)
