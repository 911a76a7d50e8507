"""Records of answers as rows of a table: one for each answer that counts, whatever command made it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..run.records import AnswerRecord, latest

NO_CATEGORY = "(none)"
Record = TypeVar("Record", covariant=True)


@dataclass(frozen=True, slots=True)
class Row(Generic[Record]):
    """One answer with its condition.

    Args:
        question: The question's id: what is compared is paired by it.
        engine: The engine; ``""`` where there is but one.
        method: The strategy, method or policy asked for.
        repeat: Which repetition, from 1.
        load: Offered load as a share of the capacity; ``None`` where questions came one by one.
        status: ``done``, ``failed`` or ``unfinished``.
        record: What was measured.
    """

    question: str
    category: str
    engine: str
    method: str
    repeat: int
    load: float | None
    status: str
    record: Record

    @property
    def done(self) -> bool:
        """True where there is an answer."""
        return self.status == "done"


def rows(records: Iterable[AnswerRecord]) -> list[Row[AnswerRecord]]:
    """The records that count, in the order of their keys' first occurrence."""
    return [
        Row(
            question=record.question_id,
            category=record.category or NO_CATEGORY,
            engine=record.engine,
            method=record.strategy,
            repeat=record.repeat,
            load=record.load,
            status=record.status,
            record=record,
        )
        for record in latest(records).values()
    ]


def where(
    found: Iterable[Row[Record]],
    *,
    method: str | None = None,
    category: str | None = None,
    engine: str | None = None,
    load: float | None = None,
    questions: Iterable[str] | None = None,
    done: bool = False,
) -> list[Row[Record]]:
    """The rows with these values; ``None`` stands for any.

    Args:
        done: Answers alone, without those that failed or were not finished.
    """
    asked = None if questions is None else frozenset(questions)
    return [
        row
        for row in found
        if (method is None or row.method == method)
        and (category is None or row.category == category)
        and (engine is None or row.engine == engine)
        and (load is None or row.load == load)
        and (asked is None or row.question in asked)
        and (row.done or not done)
    ]
