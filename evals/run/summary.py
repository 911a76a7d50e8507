"""What a run says when it is over."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..records import AnswerRecord, Key


def summary(found: Mapping[Key, AnswerRecord], strategies: Sequence[str]) -> list[dict[str, Any]]:
    """Counts and medians for each strategy; failed answers are counted, and in no median.

    Args:
        found: The records that count.
        strategies: The strategies, in the order to show them.
    """
    return [
        _row(strategy, [record for record in found.values() if record.strategy == strategy])
        for strategy in strategies
    ]


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The summary as a Markdown table.

    Args:
        rows: Of `summary`.
    """
    lines = [
        "| strategy | done | failed | whole answer, s | first text, s | tokens written | fell back |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        cells = (
            row["strategy"],
            row["done"],
            row["failed"],
            _shown(row["total_s"], 2),
            _shown(row["first_text_s"], 2),
            _shown(row["completion_tokens"], 0),
            row["fell_back"],
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def _row(strategy: str, records: Sequence[AnswerRecord]) -> dict[str, Any]:
    answers = [record.answer for record in records if record.status == "done" and record.answer is not None]
    return {
        "strategy": strategy,
        "done": len(answers),
        "failed": sum(record.status == "failed" for record in records),
        "total_s": _median(answers, lambda answer: answer["timing"]["total_s"]),
        "first_text_s": _median(answers, lambda answer: answer["timing"]["first_text_s"]),
        "completion_tokens": _median(answers, lambda answer: answer["usage"]["completion_tokens"]),
        "fell_back": sum(answer["fell_back"] is not None for answer in answers),
    }


def _median(
    answers: Sequence[dict[str, Any]], value: Callable[[dict[str, Any]], float | None]
) -> float | None:
    values = [found for answer in answers if (found := value(answer)) is not None]
    return round(statistics.median(values), 4) if values else None


def _shown(value: float | None, digits: int) -> str:
    return "unknown" if value is None else f"{value:.{digits}f}"
