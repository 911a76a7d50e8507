"""``sot eval report`` and ``sot eval compare``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from sot.terminal import json_line, one_line

from ..run.own_files import has_file, replace_text
from .compare import compare_runs
from .eval import Report, build_report
from .options import CompareOptions, ReportOptions
from .run_data import load_run

HTML = "report.html"
MARKDOWN = "report.md"


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


def write_report(report: Report, folder: Path) -> tuple[Path, Path]:
    """Write a report as HTML and as Markdown, each all or nothing; returns their paths.

    Raises:
        ConfigError: A file of that name is a symbolic link.
        OSError: A file cannot be written.
    """
    html, markdown = folder / HTML, folder / MARKDOWN
    for path in (html, markdown):
        has_file(path)
    page = report.page()
    replace_text(html, page.html())
    replace_text(markdown, page.markdown())
    return html, markdown


def compare_command(options: CompareOptions) -> None:
    """Compare two runs and print the differences.

    Raises:
        ConfigError: A folder holds no run, or they were not asked the same questions.
    """
    found = compare_runs(load_run(options.first), load_run(options.second))
    if options.as_json:
        print(json_line(asdict(found)))
        return
    drawn = sys.stdout.isatty()
    parts = (
        one_line(part) if isinstance(part, str) else part.terminal() if drawn else part.markdown()
        for part in found.tables()
    )
    print("\n\n".join(parts))
