"""Answers as they stand in the files of a run's folder.

    DIR/answers.jsonl    one `AnswerRecord` a line, in the order they were finished; append-only

Several records may share a key (a failed one that was tried again): the last one counts, see `latest`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field

from sot.serialise import answer_json
from sot.types import Answer, PointStatus, Usage

from ..dataset.question import Kind

ANSWERS = "answers.jsonl"
VALID_POINTS = 3

Status = Literal["done", "failed", "unfinished"]
EventType = Literal[
    "routed",
    "point_found",
    "skeleton_finished",
    "opening_finished",
    "point_started",
    "point_first_text",
    "point_finished",
    "first_text",
    "fell_back",
    "finished",
]


class Key(NamedTuple):
    """Identity of an answer: one record counts for each. ``engine`` and ``load`` where a run has several."""

    question_id: str
    strategy: str
    repeat: int
    engine: str = ""
    load: float | None = None


class EventRecord(BaseModel):
    """Event of an answer, without its text; ``t`` is in seconds since the question was asked.

    Args:
        type: ``first_text`` is the reader's first text.
        attempt: Of ``point_started``: 1, or 2 for a repair.
        size: Characters of the point (``point_finished``), the opening, or the answer (``finished``).
        detail: The strategy (``routed``), the point's status (``point_finished``), what followed the opening
            (``opening_finished``), or the reason (``fell_back``).
    """

    t: float
    type: EventType
    index: int | None = None
    attempt: int | None = None
    size: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class PointSpan:
    """Life of a point, in seconds since the question arrived.

    Args:
        found_s: Its line of the skeleton was complete.
        started_s: Its request was sent.
        needs: Points whose texts it was written after.
    """

    index: int
    found_s: float
    started_s: float
    first_text_s: float | None
    finished_s: float
    tokens: int = 0
    needs: tuple[int, ...] = ()

    @property
    def own_s(self) -> float:
        """Seconds of the point's own request, its prompt included."""
        return self.finished_s - self.started_s


@dataclass(frozen=True, slots=True)
class Gaps:
    """Seconds between the pieces of a text."""

    median_s: float
    p95_s: float
    longest_s: float
    count: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements of `sot bench latency` beside an answer's own times.

    Args:
        useful_tokens: Completion tokens whose text is in the answer: no skeleton, nothing that was trimmed
            or written twice.
        reader_gaps: Between the pieces of the one ordered text.
        engine_gaps: Between the engine's pieces, within each request.
        decode_s: Decode steps alone, of the longest request of each stage; ``None`` where stages overlap.
        token_s: Seconds for each token after a request's first, the median of the answer's requests.
        drafted: Tokens that speculative decoding proposed; ``accepted`` of them.
    """

    useful_tokens: float = 0.0
    reader_gaps: Gaps | None = None
    engine_gaps: Gaps | None = None
    decode_s: float | None = None
    token_s: float | None = None
    drafted: int | None = None
    accepted: int | None = None
    energy_j: float | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """Arrival of a question under load.

    Args:
        load: The offered load as a share of the capacity.
        at_s: When the question came, in seconds since the run began.
        late_s: Seconds by which it was asked later than that, because the measuring program was busy.
    """

    load: float
    at_s: float
    late_s: float = 0.0


class AnswerRecord(BaseModel):
    """One line of ``answers.jsonl``: an answer with its times, or a failure to answer.

    Args:
        strategy: The strategy, method or policy asked for; ``answer["route"]`` has what a router chose.
        repeat: Number of the repetition, from 1.
        engine: The condition's engine or accelerator; ``""`` where there is only one.
        status: ``unfinished``: the run was over before it.
        attempt: 1, and one more each time ``--retry-failed`` tried again.
        answer: The shape of `sot.serialise.AnswerJson`; ``None`` unless done.
        started_at: When it was asked (ISO 8601, UTC).
    """

    question_id: str
    strategy: str
    repeat: int = 1
    engine: str = ""
    category: str = ""
    question: str
    reference: str | None = None
    kind: Kind = "open"
    seed: int | None = None
    status: Status
    error: str | None = None
    attempt: int = 1
    answer: dict[str, Any] | None = None
    events: list[EventRecord] = Field(default_factory=list[EventRecord])
    settings: dict[str, Any] = Field(default_factory=dict[str, Any])
    measured: Measured | None = None
    offered: Offered | None = None
    started_at: str

    @property
    def key(self) -> Key:
        """Identity of the answer."""
        return Key(self.question_id, self.strategy, self.repeat, self.engine, self.load)

    @property
    def load(self) -> float | None:
        """Offered load as a share of the capacity; ``None`` where none was offered."""
        return None if self.offered is None else self.offered.load

    @property
    def text(self) -> str:
        """Text of the answer; empty when failed."""
        return "" if self.answer is None else str(self.answer.get("text") or "")

    @property
    def total_s(self) -> float:
        """Seconds from the question's arrival to the whole answer; infinite without one."""
        return math.inf if self.answer is None else self._late_s + self.answer["timing"]["total_s"]

    @property
    def first_text_s(self) -> float:
        """Seconds to the reader's first text, or else to the end of the answer; infinite without one."""
        first = None if self.answer is None else self.answer["timing"]["first_text_s"]
        return self.total_s if first is None else self._late_s + first

    @property
    def skeleton_s(self) -> float | None:
        """Seconds until the skeleton was complete; ``None`` without one."""
        return None if self.answer is None else self.answer["timing"]["skeleton_s"]

    @property
    def usage(self) -> Usage:
        """Tokens and requests of the answer; zero without one."""
        return Usage() if self.answer is None else Usage(**self.answer["usage"])

    @property
    def points(self) -> int:
        """Number of the answer's points; 0 of a normal one."""
        return len(self.titles)

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the points."""
        return () if self.answer is None else tuple(point["title"] for point in self.answer["points"])

    @property
    def point_statuses(self) -> tuple[PointStatus, ...]:
        """Statuses of the points."""
        return () if self.answer is None else tuple(point["status"] for point in self.answer["points"])

    @property
    def fell_back(self) -> str | None:
        """Why the skeleton was given up, if it was."""
        return None if self.answer is None else self.answer["fell_back"]

    @property
    def valid(self) -> bool:
        """Whether a skeleton was followed to the end, with three points or more."""
        return self.fell_back is None and self.points >= VALID_POINTS

    @property
    def skeleton(self) -> bool:
        """Whether the answer was written by a skeleton."""
        answer = self.answer
        return answer is not None and self.fell_back is None and answer["route"]["strategy"] == "skeleton"

    @property
    def useful_rate(self) -> float:
        """Useful tokens per second of a measured answer."""
        return 0.0 if self.measured is None else self.measured.useful_tokens / self.total_s

    @property
    def spans(self) -> tuple[PointSpan, ...]:
        """Times of the points."""
        if self.answer is None:
            return ()
        found = {event.index: event.t for event in self.events if event.type == "point_found"}
        needs = {title["index"]: tuple(title.get("depends_on", ())) for title in self.answer["skeleton"]}
        if self.answer["route"]["strategy"] == "fields":  # nothing but other fields keeps one waiting
            needs = {
                point["index"]: _over_before(point, self.answer["points"]) for point in self.answer["points"]
            }
        return tuple(
            PointSpan(
                index=point["index"],
                found_s=found.get(point["index"], float(point["started_s"])),
                started_s=point["started_s"],
                first_text_s=point["first_text_s"],
                finished_s=point["finished_s"],
                tokens=point["usage"]["completion_tokens"],
                needs=needs.get(point["index"], ()),
            )
            for point in self.answer["points"]
        )

    @property
    def _late_s(self) -> float:
        return 0.0 if self.offered is None else self.offered.late_s


def _over_before(point: Mapping[str, Any], points: Iterable[Mapping[str, Any]]) -> tuple[int, ...]:
    """Numbers of the points that were complete when a point started."""
    return tuple(other["index"] for other in points if other["finished_s"] <= point["started_s"])


def kept_answer(answer: Answer, *, texts: bool = True) -> dict[str, Any]:
    """Return an answer as a record keeps it; times, counts and titles also without its texts."""
    fields = answer_json(answer).model_dump()
    if not texts:
        fields |= {"text": "", "opening": "", "closing": ""}
        fields["points"] = [{**point, "text": ""} for point in fields["points"]]
    return fields


def latest(records: Iterable[AnswerRecord]) -> Mapping[Key, AnswerRecord]:
    """Return the record that counts for each key: the last one."""
    return {record.key: record for record in records}


def by_question(records: Sequence[AnswerRecord]) -> dict[str, list[AnswerRecord]]:
    """Group records by question, each group in the order of the repetitions."""
    groups: dict[str, list[AnswerRecord]] = {}
    for record in sorted(records, key=lambda record: record.repeat):
        groups.setdefault(record.question_id, []).append(record)
    return groups
