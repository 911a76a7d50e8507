"""The shapes of requests: which fields there are, and which values they take."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..options import StrategyChoice


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Whole = BeforeValidator(_whole)  # JSON has one kind of number: 7.0 is 7
_Tokens = Annotated[int, Field(ge=1, le=1_000_000), _Whole]
_Seed = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), _Whole]  # more than 64 bits break engines


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SotRequest(_Strict):
    """What only this server understands, under the key ``sot`` (the client's ``extra_body``)."""

    strategy: StrategyChoice | None = None
    max_points: Annotated[int, Field(ge=2, le=50), _Whole] | None = None
    pipeline: bool | None = None
    details: bool = False


class StreamOptions(BaseModel):
    """Options of a streamed answer."""

    model_config = ConfigDict(extra="allow", strict=True)

    include_usage: bool | None = None


class ChatMessage(BaseModel):
    """One turn: text, or a list of parts."""

    model_config = ConfigDict(extra="allow", strict=True)

    role: str
    content: str | list[dict[str, Any]] | None = None


class ChatRequest(BaseModel):
    """A chat-completion request. Fields that are not named here go to the engine as they are."""

    model_config = ConfigDict(extra="allow", strict=True)

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: _Tokens | None = None
    max_completion_tokens: _Tokens | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: _Seed | None = None
    stop: str | list[str] | None = None
    repetition_penalty: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    sot: SotRequest | None = None


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "it is empty")
    return text


_Text = Annotated[str, AfterValidator(_not_blank), WithJsonSchema({"type": "string", "pattern": r"\S"})]


class PlainMessage(_Strict):
    """One turn of text."""

    role: Literal["system", "developer", "user", "assistant"]
    content: _Text


class EventsRequest(_Strict):
    """A question whose answer is to be watched as it is made; either ``question`` or ``messages``."""

    question: _Text | None = None
    messages: Annotated[list[PlainMessage], Field(min_length=1)] | None = None
    max_tokens: _Tokens | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    seed: _Seed | None = None
    sot: SotRequest | None = None
