"""Pydantic model of a request of the Responses API."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from .request_models import SotRequest, TokenLimit

_MOST_ITEMS = 10_000
_ITEMS: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": _MOST_ITEMS,
    "description": "Messages, of text or of the parts `input_text` and `output_text`. Other items and parts "
    "go to the engine.",
    "items": {"type": "object"},
}
_EMPTY: dict[str, Any] = {"enum": [None, "", [], {}]}


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class TextOptions(_Open):
    """Form of the text."""

    format: dict[str, Any] | None = None
    verbosity: str | None = None


class ReasoningOptions(_Open):
    """Wish about thinking."""

    effort: str | None = None


class ResponsesRequest(_Open):
    """A request for a response. Fields that are not listed here are those of a chat completion."""

    model: str
    input: Annotated[
        str | Annotated[list[dict[str, Any]], Field(min_length=1, max_length=_MOST_ITEMS)],
        WithJsonSchema({"anyOf": [{"type": "string"}, _ITEMS]}),
    ]
    instructions: str | None = None
    stream: bool | None = None
    max_output_tokens: TokenLimit = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    text: TextOptions | None = None
    reasoning: ReasoningOptions | None = None
    include: list[str] | None = None
    store: bool | None = None
    metadata: dict[str, Any] | None = None
    background: Annotated[bool | None, WithJsonSchema({"enum": [False, None]})] = None
    previous_response_id: Annotated[Any, WithJsonSchema(_EMPTY)] = None
    conversation: Annotated[Any, WithJsonSchema(_EMPTY)] = None
    sot: SotRequest | None = None
