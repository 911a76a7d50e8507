"""The commands ``sot eval …``: run question sets, judge the answers, report."""

from __future__ import annotations

from ..judge.options import JudgeOptions
from ..report.command import CompareOptions, ReportOptions
from ..report.export import ExportOptions
from ..run.options import RunOptions
from .group import command_group_of

eval_app = command_group_of(
    "eval",
    {
        "run": (RunOptions, "sot.evals.run.command:run_command"),
        "export": (ExportOptions, "sot.evals.report.export:run_export"),
        "judge": (JudgeOptions, "sot.evals.judge.command:judge_command"),
        "report": (ReportOptions, "sot.evals.report.command:report_command"),
        "compare": (CompareOptions, "sot.evals.report.command:compare_command"),
    },
)
