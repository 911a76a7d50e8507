"""What a run leaves behind: questions, answers and the manifest, as they stand in the files of its folder.

    DIR/manifest.json    one `Manifest`: what was run, with what, where
    DIR/answers.jsonl    one `AnswerRecord` a line, in the order they were finished; append-only

Several records may share a key (a failed one that was tried again): the last one counts, see `latest`.
`sot.evals.run.folder` reads and writes the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1
ANSWERS = "answers.jsonl"
MANIFEST = "manifest.json"

Kind = Literal["open", "number", "choice", "text"]
KINDS: tuple[Kind, ...] = ("open", "number", "choice", "text")
Status = Literal["done", "failed"]
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
    """What an answer is the answer to: there is one record that counts for each."""

    question_id: str
    strategy: str
    repeat: int


class Question(BaseModel):
    """A question of a set.

    Args:
        id: Unique in its set.
        category: The kind of question, for example ``knowledge``; ``""`` where the set has none.
        question: The first turn, which is what is asked.
        turns: All turns of the user; the first is ``question``.
        reference: The right answer, where there is one. Of a number it may be a range, ``LOW..HIGH``.
        kind: How exact scoring reads the reference; ``open`` is not scored that way.
        language: ``en``, ``ja`` … or ``""``.
        source: Where the question comes from, for example ``everyday-120`` or a file's name.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    category: str = ""
    question: str
    turns: list[str] = Field(default_factory=list[str])
    reference: str | None = None
    kind: Kind = "open"
    language: str = ""
    source: str = ""


class EventRecord(BaseModel):
    """Something that happened while an answer was made; its text is left out.

    Args:
        t: Seconds since the question was asked.
        type: What happened. ``first_text`` is the reader's first text.
        index: The point it happened to, from 1.
        attempt: Of ``point_started``: 1, or 2 for a repair.
        size: Characters of text: of the point (``point_finished``), of the opening (``opening_finished``), of
            the answer (``finished``).
        detail: The strategy (``routed``), the point's status (``point_finished``), what followed the opening
            (``opening_finished``), or the reason (``fell_back``).
    """

    t: float
    type: EventType
    index: int | None = None
    attempt: int | None = None
    size: int | None = None
    detail: str | None = None


class AnswerRecord(BaseModel):
    """One line of ``answers.jsonl``: one answer, or one failure to answer.

    Args:
        question_id: With ``strategy`` and ``repeat`` the key.
        strategy: The strategy asked for (``auto`` leaves it to the router; ``answer["route"]`` says what
            it chose).
        repeat: Which repetition, from 1.
        category: Of the question.
        question: What was asked.
        reference: The right answer, where the set has one.
        kind: How exact scoring reads the reference.
        seed: The engine's sampling seed; ``None`` where none was set.
        status: ``done``, or ``failed``: a failed one has no answer and counts nowhere as an answer.
        error: Why it failed, in one line.
        attempt: 1, and one more each time ``--retry-failed`` tried again.
        answer: The shape of `sot.serialise.AnswerJson`; ``None`` when failed.
        events: What happened, in order.
        settings: The settings the answer was made with.
        started_at: When it was asked (ISO 8601, UTC).
    """

    question_id: str
    strategy: str
    repeat: int = 1
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
    started_at: str

    @property
    def key(self) -> Key:
        """What this is the answer to."""
        return Key(self.question_id, self.strategy, self.repeat)

    @property
    def text(self) -> str:
        """The answer's text; empty when failed."""
        return "" if self.answer is None else str(self.answer.get("text") or "")


class QuestionSetInfo(BaseModel):
    """Which questions were asked.

    Args:
        name: The set's name, or the file's.
        sha256: Of the set's content.
        count: How many questions the whole set has.
        format: The format it was read as.
    """

    name: str
    sha256: str
    count: int
    format: str


class Machine(BaseModel):
    """Where it ran. ``memory_gib`` and ``gpus`` are what this machine has, not what was used."""

    cpu: str
    cores: int
    memory_gib: float | None = None
    gpus: list[str] = Field(default_factory=list[str])


class Session(BaseModel):
    """One start of the command that wrote to the folder: the first, a resumed one, an extending one."""

    started_at: str
    python: str
    platform: str
    packages: dict[str, str]
    machine: Machine


class Manifest(BaseModel):
    """``manifest.json``: what makes the run comparable with others.

    Args:
        format: The version of these files' format.
        sot_version: Of this package.
        backend: The backend spec as the engine states it, without any key.
        model: The model's name.
        strategies: Asked for so far.
        questions: The question set.
        question_ids: The questions chosen so far, in the order they are asked.
        repeat: How often each question is answered by each strategy.
        seed: Of the order and of sampling; ``None``: the order's is 0, sampling's is the engine's own.
        settings: The settings of all answers.
        prompts: SHA-256 of every prompt pack that may be used, by name.
        sessions: Every start of the command, the first one first.
        created_at: When the run began (ISO 8601, UTC).
    """

    format: int = FORMAT
    sot_version: str
    backend: str
    model: str
    strategies: list[str]
    questions: QuestionSetInfo
    question_ids: list[str]
    repeat: int = 1
    seed: int | None = None
    settings: dict[str, Any]
    prompts: dict[str, str]
    sessions: list[Session]
    created_at: str


def latest(records: Iterable[AnswerRecord]) -> Mapping[Key, AnswerRecord]:
    """The record that counts for each key: the last one.

    Args:
        records: Records in the order of the file.
    """
    return {record.key: record for record in records}
