"""Pydantic models of the request bodies: their fields, types and ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..options import AUTO, OnMissing, Thinking
from ..revision import MOST_POINTS, MOST_TITLE_CHARS
from ..revision.stored import StoredAnswer
from ..strategies import strategy_names
from .request_adapter import Adapter


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Whole = BeforeValidator(_whole)  # JSON has only one number type: 7.0 is 7
TokenCount = Annotated[int, Field(ge=1, le=1_000_000), _Whole]
_Seed = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), _Whole]  # engines fail with more than 64 bits


MOST_STOPS = 4  # as OpenAI has it
MOST_STOP_CHARS = 256
_MOST_MESSAGES = 10_000


def checked_stops(value: str | list[str] | None) -> str | list[str] | None:
    """Return stop sequences that are within the limits.

    Raises:
        PydanticCustomError: They are not.
    """
    given = [value] if isinstance(value, str) else value or []
    if len(given) > MOST_STOPS or any(len(stop) > MOST_STOP_CHARS for stop in given):
        limits = {"most": MOST_STOPS, "chars": MOST_STOP_CHARS}
        raise PydanticCustomError(
            "stop", "at most {most} stop sequences of at most {chars} characters", limits
        )
    return value


_STOP_SCHEMA: Mapping[str, Any] = {"type": "string", "maxLength": MOST_STOP_CHARS}
_Stops = Annotated[
    str | list[str] | None,
    AfterValidator(checked_stops),
    WithJsonSchema(
        {
            "anyOf": [
                _STOP_SCHEMA,
                {"type": "array", "items": _STOP_SCHEMA, "maxItems": MOST_STOPS},
                {"type": "null"},
            ]
        }
    ),
]


def _no_limit(value: object) -> object:
    return None if value == -1 and not isinstance(value, bool) else value


# Local apps send -1 for "no limit".
TokenLimit = Annotated[
    TokenCount | None,
    BeforeValidator(_no_limit),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 1_000_000}, {"const": -1}, {"type": "null"}]}
    ),
]


def strategy_models() -> tuple[str, ...]:
    """Return the model names by which clients choose a strategy."""
    return (AUTO, *strategy_names())


def _known(name: str) -> str:
    if name not in (models := strategy_models()):
        raise PydanticCustomError("strategy", "it must be one of {names}", {"names": ", ".join(models)})
    return name


_Strategy = Annotated[
    str,
    AfterValidator(_known),
    Field(json_schema_extra=lambda schema: schema.update(enum=list(strategy_models()))),
]


class _StrictModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SotRequest(_StrictModel):
    """This server's own settings, in the field ``sot`` (``extra_body`` of OpenAI's client)."""

    strategy: _Strategy | None = None
    max_points: Annotated[int, Field(ge=2, le=50), _Whole] | None = None
    pipeline: bool | None = None
    opening: bool | None = None
    closing: bool | None = None
    thinking: Thinking | None = None
    max_thinking_tokens: TokenCount | None = None
    on_missing: OnMissing | None = None
    adapter: Adapter | None = None
    details: bool = False


class StreamOptions(BaseModel):
    """Options of a streamed answer."""

    model_config = ConfigDict(extra="allow", strict=True)

    include_usage: bool | None = None


class ChatMessage(BaseModel):
    """One turn: text or a list of content parts."""

    model_config = ConfigDict(extra="allow", strict=True)

    role: str
    content: str | list[str | dict[str, Any]] | None = None


_Format = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "With the type `json_schema`, the schema of an answer by the strategy `fields`; "
            "with any other strategy it goes to the engine as it is."
        }
    ),
]


class ChatRequest(BaseModel):
    """A chat-completion request. Fields that are not listed here go to the engine unchanged."""

    model_config = ConfigDict(extra="allow", strict=True)

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=_MOST_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: TokenLimit = None
    max_completion_tokens: TokenLimit = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: _Seed | None = None
    stop: _Stops = None
    repetition_penalty: Annotated[float, Field(ge=0.01, le=100)] | None = None
    response_format: _Format = None
    sot: SotRequest | None = None


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "it is empty")
    return text


_Text = Annotated[str, AfterValidator(_not_blank), WithJsonSchema({"type": "string", "pattern": r"\S"})]


class PlainMessage(_StrictModel):
    """One turn of text."""

    role: Literal["system", "developer", "user", "assistant"]
    content: _Text


class EventsRequest(_StrictModel):
    """A request for the events of an answer, with either ``question`` or ``messages``."""

    question: _Text | None = None
    messages: Annotated[list[PlainMessage], Field(min_length=1, max_length=_MOST_MESSAGES)] | None = None
    max_tokens: TokenLimit = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    seed: _Seed | None = None
    json_schema: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    sot: SotRequest | None = None


_Title = Annotated[str, Field(min_length=1, max_length=MOST_TITLE_CHARS)]


class RevisionRequest(_StrictModel):
    """A request for the events of an answer that is revised by its points.

    ``answer`` is that of a ``finished`` event, or what ``sot ask --json`` printed.
    """

    answer: StoredAnswer
    points: Annotated[list[_Title], Field(min_length=1, max_length=MOST_POINTS)]
    max_tokens: TokenLimit = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    seed: _Seed | None = None
    sot: SotRequest | None = None
