"""Pydantic models of requests of the Messages API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from .request_models import MOST_STOP_CHARS, MOST_STOPS, SotRequest, TokenCount, checked_stops

_MOST_MESSAGES = 10_000
_BLOCKS: Mapping[str, Any] = {
    "type": "array",
    "description": "Blocks of the type `text`. Other blocks go to the engine.",
    "items": {"type": "object"},
}
_Blocks = Annotated[str | list[dict[str, Any]], WithJsonSchema({"anyOf": [{"type": "string"}, _BLOCKS]})]
_STOPS: Mapping[str, Any] = {
    "type": "array",
    "items": {"type": "string", "maxLength": MOST_STOP_CHARS},
    "maxItems": MOST_STOPS,
}


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class Turn(_Open):
    """One turn."""

    role: str
    content: _Blocks


class ThinkingOptions(_Open):
    """Wish about thinking: ``enabled``, ``disabled`` or ``adaptive``."""

    type: str | None = None
    budget_tokens: TokenCount | None = None


class OutputOptions(_Open):
    """Form of the text."""

    format: dict[str, Any] | None = None


class CountRequest(_Open):
    """A request for the number of a prompt's tokens."""

    model: str
    messages: Annotated[list[Turn], Field(min_length=1, max_length=_MOST_MESSAGES)]
    system: _Blocks | None = None
    thinking: ThinkingOptions | None = None
    output_config: OutputOptions | None = None
    sot: SotRequest | None = None


class MessagesRequest(CountRequest):
    """A request for a message. Fields that are not listed here are those of a chat completion."""

    max_tokens: TokenCount
    stream: bool | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    stop_sequences: Annotated[
        list[str] | None,
        AfterValidator(checked_stops),
        WithJsonSchema({"anyOf": [_STOPS, {"type": "null"}]}),
    ] = None
