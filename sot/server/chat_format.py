"""Interface of chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..types import Answer, BackendInfo
from .failures import Failure
from .openai_format import ChunkWriter, completion_body, frame
from .request_reader import ParsedRequest, read_request
from .request_terms import ReadingTerms


class ChatFormat:
    """Interface of chat completions; see `sot.server.answer_format.AnswerFormat`."""

    endpoint: str | None = None

    def read(self, raw: bytes, terms: ReadingTerms) -> ParsedRequest:
        """Parse a request's body.

        Raises:
            Failure: The request is invalid.
        """
        return read_request(raw, terms)

    def writer(self, parsed: ParsedRequest, info: BackendInfo) -> ChunkWriter:
        """Make the encoder of a streamed answer."""
        return ChunkWriter(info.model, include_usage=parsed.include_usage)

    def whole(
        self, parsed: ParsedRequest, answer: Answer, details: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return a whole answer as a chat completion."""
        return completion_body(answer, details)

    def broken(self, failure: Failure) -> bytes:
        """Return the last event of a forwarded stream that broke off."""
        return frame(failure.body())
