"""``sot eval report`` and ``sot eval compare``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from sot.command.option_fields import Argument, AsJson
from sot.terminal import json_line, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """The run to report."""

    folder: Annotated[Path, Argument("The run's folder.", "DIR")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """Two runs to compare."""

    first: Annotated[Path, Argument("The run to compare with.", "DIR")]
    second: Annotated[Path, Argument("The other run.", "DIR")]
    as_json: AsJson = False


def report_command(options: ReportOptions) -> None:
    """Write the report of a run and say in short what is in it.

    Raises:
        ConfigError: There is no run, it has no answers, a file is damaged, or a symbolic link is in the way.
        OSError: The report cannot be written.
    """
    from ..run.own_files import has_file, replace_text
    from .eval import build_report

    report = build_report(options.folder)
    html, markdown = options.folder / "report.html", options.folder / "report.md"
    for path in (html, markdown):
        has_file(path)
    page = report.page()
    replace_text(html, page.html())
    replace_text(markdown, page.markdown())
    for strategy, text in report.headlines.items():
        print(f"{one_line(strategy)}: {one_line(text)}")
    for caution in report.cautions:
        print(f"note: {one_line(caution)}")
    print(f"written: {html} and {markdown}")


def compare_command(options: CompareOptions) -> None:
    """Compare two runs and print the differences.

    Raises:
        ConfigError: A folder holds no run, or they were not asked the same questions.
    """
    from pydantic_core import to_jsonable_python

    from .compare import compare_runs, tables
    from .run_data import load_run

    found = compare_runs(load_run(options.first), load_run(options.second))
    if options.as_json:
        print(json_line(to_jsonable_python(found)))
        return
    drawn = sys.stdout.isatty()
    parts = (
        one_line(part) if isinstance(part, str) else part.terminal() if drawn else part.markdown()
        for part in tables(found)
    )
    print("\n\n".join(parts))
