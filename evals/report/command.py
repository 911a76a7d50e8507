"""``sot eval report`` and ``sot eval compare``."""

from __future__ import annotations

from pathlib import Path

from sot.terminal import json_line, one_line

from .build import build_report
from .compare import compare_runs
from .compare_text import as_json, as_text
from .run_data import load_run
from .write import write_report


def report_command(folder: Path) -> None:
    """Write the report of a run and say in short what is in it.

    Args:
        folder: The run's folder.

    Raises:
        ConfigError: There is no run, it has no answers, or a file is damaged.
        OSError: The report cannot be written.
    """
    report = build_report(folder)
    html, markdown = write_report(report, folder)
    for line in report.headlines:
        print(f"{one_line(line.strategy)}: {one_line(line.text)}")
    for caution in report.cautions:
        print(f"note: {one_line(caution)}")
    print(f"written: {html} and {markdown}")


def compare_command(first: Path, second: Path, *, as_object: bool) -> None:
    """Compare two runs and print the differences.

    Args:
        first: The run to compare with.
        second: The other one.
        as_object: Print one JSON object.

    Raises:
        ConfigError: A folder holds no run, or they were not asked the same questions.
    """
    found = compare_runs(load_run(first), load_run(second))
    print(json_line(as_json(found)) if as_object else as_text(found))
