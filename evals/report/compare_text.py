"""Shows the comparison of two runs as Markdown, or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sot.terminal import one_line

from ..figures import points, seconds, signed, times
from .compare import RunDifference


def as_text(found: RunDifference) -> str:
    """The comparison for people.

    Args:
        found: The comparison.
    """
    one, two = found.names
    left_out = f"; {found.left_out} more that only one has are left out" if found.left_out else ""
    lines = [f"{one} (first) and {two} (second): {found.questions} questions in common{left_out}.", ""]
    lines += ["Made alike." if not found.made else "Made differently:"]
    lines += _table(("", "first", "second"), found.made) if found.made else []
    lines += ["", "Second run against first, question by question (95% intervals):"]
    lines += _table(
        (
            "strategy",
            "questions",
            "failed",
            "whole answer",
            "second times as quick",
            "gain over own baseline",
            "words",
            "completion tokens",
            "right results",
        ),
        [
            (
                row.strategy,
                str(row.questions),
                f"{row.failed[0]}, {row.failed[1]}",
                f"{seconds(row.total_s[0])}, {seconds(row.total_s[1])}",
                times(row.sooner),
                times(row.gain),
                times(row.length),
                times(row.completion_tokens),
                signed(row.accuracy),
            )
            for row in found.strategies
        ],
    )
    if found.unlike_machines:
        lines += [
            "",
            "The runs were made on unlike machines or with unlike packages: do not hold their times against "
            "each other. The gain over the run's own baseline is fairer.",
        ]
    lines += _verdicts(found)
    return "\n".join(lines)


def as_json(found: RunDifference) -> dict[str, Any]:
    """The comparison for programs.

    Args:
        found: The comparison.
    """
    return asdict(found)


def _verdicts(found: RunDifference) -> list[str]:
    if not found.verdicts:
        return ["", "No judge has judged both runs with the same prompts."]
    rows = [
        (
            entry.judge,
            f"{entry.strategy} against {entry.baseline}",
            entry.aspect,
            str(entry.questions),
            f"{points(entry.rates[0])}%, {points(entry.rates[1])}%",
            signed(entry.change),
        )
        for entry in found.verdicts
    ]
    return [
        "",
        "Net win by the same judge:",
        *_table(("judge", "comparison", "respect", "questions", "first, second", "change"), rows),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [[one_line(cell).replace("|", "\\|") for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    return [shown[0], "| " + " | ".join("-" * max(3, width) for width in widths) + " |", *shown[1:]]
