"""Table of a closed-loop measurement: throughput and TTFT by answers at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .format import note, number
from .table import Table

_COLUMNS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "at once": lambda row: str(row["together"]),
    "policy": lambda row: row["policy"],
    "answers/min": lambda row: number(row["answers_per_minute"], 1),
    "tokens/s": lambda row: number(row["tokens_per_second"]),
    "first text, s": lambda row: number(row["first_text_median_s"], 2),
    "worst": lambda row: number(row["first_text_worst_s"], 2),
    "whole answer, s": lambda row: number(row["total_median_s"], 1),
    "decoded an answer": lambda row: number(row["decoded"] / row["answers"]),
    "prefilled an answer": lambda row: number(row["prefilled"] / row["answers"]),
    "as skeletons": lambda row: f"{row['skeletons']} of {row['answers']}",
}


def concurrency_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the table of the rows, as ``ConcurrencyRow.figures`` has them."""
    return Table.of(rows, _COLUMNS, left=2, note=note("concurrency"))
