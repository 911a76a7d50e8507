"""``sot eval report`` and ``sot eval compare``."""

from __future__ import annotations

from sot.terminal import json_line, one_line

from .build import build_report
from .compare import compare_runs
from .compare_text import as_json, as_text
from .options import CompareOptions, ReportOptions
from .run_data import load_run
from .write import write_report


def report_command(options: ReportOptions) -> None:
    """Write the report of a run and say in short what is in it.

    Raises:
        ConfigError: There is no run, it has no answers, or a file is damaged.
        OSError: The report cannot be written.
    """
    report = build_report(options.folder)
    html, markdown = write_report(report, options.folder)
    for line in report.headlines:
        print(f"{one_line(line.strategy)}: {one_line(line.text)}")
    for caution in report.cautions:
        print(f"note: {one_line(caution)}")
    print(f"written: {html} and {markdown}")


def compare_command(options: CompareOptions) -> None:
    """Compare two runs and print the differences.

    Raises:
        ConfigError: A folder holds no run, or they were not asked the same questions.
    """
    found = compare_runs(load_run(options.first), load_run(options.second))
    print(json_line(as_json(found)) if options.as_json else as_text(found))
