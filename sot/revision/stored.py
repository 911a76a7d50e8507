"""Reader of stored answers: the JSON that ``sot ask --json`` and the server's events have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..errors import ConfigError
from ..prompting.messages import as_messages
from ..types import (
    Answer,
    FinishReason,
    Message,
    Point,
    PointAnswer,
    PointStatus,
    Role,
    Route,
    Skeleton,
    Timing,
    Usage,
)


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


_Text = Annotated[str, AfterValidator(_encodable)]  # JSON may contain lone surrogates
_Whole = BeforeValidator(_whole)  # JSON has only one number type: 7.0 is 7
_Number = Annotated[int, _Whole]
_Tokens = Annotated[int, Field(ge=0), _Whole]


class _Stored(BaseModel):
    """Base of the models here: exact types, and no word about fields that other versions have."""

    model_config = ConfigDict(extra="ignore", strict=True)


class StoredUsage(_Stored):
    """Token counts and number of requests."""

    prompt_tokens: _Tokens = 0
    cached_tokens: _Tokens = 0
    completion_tokens: _Tokens = 0
    reasoning_tokens: _Tokens = 0
    requests: _Tokens = 0


class StoredRoute(_Stored):
    """The route of a stored answer."""

    strategy: _Text = "skeleton"
    confidence: float = 1.0
    reason: _Text = ""
    router: _Text = ""


class StoredTitle(_Stored):
    """A point of a stored skeleton."""

    index: _Number
    title: _Text
    depends_on: list[_Number] = []
    covers: _Text = ""


class StoredPoint(_Stored):
    """A written point; only its title and its text must be there."""

    title: _Text
    text: _Text
    status: PointStatus = "done"
    started_s: float = 0.0
    first_text_s: float | None = None
    finished_s: float = 0.0
    usage: StoredUsage = StoredUsage()
    reason: _Text | None = None


class StoredTiming(_Stored):
    """Times of a stored answer, in seconds since its question arrived."""

    route_s: float = 0.0
    skeleton_s: float | None = None
    first_text_s: float | None = None
    total_s: float = 0.0


class StoredMessage(_Stored):
    """One turn of the conversation that a stored answer belongs to."""

    role: Role
    content: _Text


class StoredAnswer(_Stored):
    """A stored answer; only the question and the points must be there."""

    question: _Text
    points: list[StoredPoint]
    text: _Text = ""
    route: StoredRoute = StoredRoute()
    skeleton: list[StoredTitle] = []
    usage: StoredUsage = StoredUsage()
    timing: StoredTiming = StoredTiming()
    model: _Text = ""
    backend: _Text = ""
    fell_back: _Text | None = None
    final_answer: _Text | None = None
    finish_reason: FinishReason | None = None
    complete: bool = True
    opening: _Text = ""
    closing: _Text = ""
    messages: list[StoredMessage] | None = None

    def answer(self) -> Answer:
        """Return the answer, its points numbered by their place in the list."""
        numbered = enumerate(self.points, 1)
        titles = [
            Point(title.index, title.title, tuple(title.depends_on), title.covers) for title in self.skeleton
        ]
        return Answer(
            question=self.question,
            text=self.text,
            route=Route(**self.route.model_dump()),
            skeleton=Skeleton(tuple(titles)),
            points=tuple(_point(number, point) for number, point in numbered),
            usage=Usage(**self.usage.model_dump()),
            skeleton_usage=Usage(),
            timing=Timing(**self.timing.model_dump()),
            model=self.model,
            backend=self.backend,
            fell_back=self.fell_back,
            final_answer=self.final_answer,
            finish_reason=self.finish_reason,
            complete=self.complete,
            opening=self.opening,
            closing=self.closing,
        )

    def conversation(self) -> tuple[Message, ...]:
        """Return the conversation that it answers: the stored one, else the question alone.

        Raises:
            ConfigError: It does not end with the question.
        """
        turns = [Message(turn.role, turn.content) for turn in self.messages or ()]
        messages = as_messages(turns or self.question)
        if messages[-1].content != self.question:
            raise ConfigError("the stored conversation does not end with the question of the answer")
        return messages


def read_stored(stored: Mapping[str, Any] | str | bytes) -> StoredAnswer:
    """Read a stored answer.

    Args:
        stored: The JSON object, as text or parsed.

    Raises:
        ConfigError: It is not JSON, or not an answer; the message names the field.
    """
    if isinstance(stored, (str, bytes)):
        try:
            stored = json.loads(stored)
        except (ValueError, RecursionError):
            raise ConfigError("the stored answer is not JSON, as `sot ask --json` prints it") from None
    try:
        return StoredAnswer.model_validate(stored)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "all of it"
        raise ConfigError(f"this is no stored answer: {where}: {first['msg']}") from None


def answer_from_json(stored: Mapping[str, Any] | str | bytes) -> Answer:
    """Return the answer that was stored as JSON.

    Args:
        stored: The JSON object, as text or parsed.

    Raises:
        ConfigError: It is not JSON, or not an answer; the message names the field.
    """
    return read_stored(stored).answer()


def _point(number: int, point: StoredPoint) -> PointAnswer:
    return PointAnswer(
        index=number,
        title=point.title,
        text=point.text,
        status=point.status,
        usage=Usage(**point.usage.model_dump()),
        started_s=point.started_s,
        first_text_s=point.first_text_s,
        finished_s=point.finished_s,
        reason=point.reason,
    )
