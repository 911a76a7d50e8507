"""Protocol of the interfaces that answers have: how a request is read, and an answer written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ..types import Answer, BackendInfo
from .failures import Failure
from .request_reader import ParsedRequest
from .request_terms import ReadingTerms


class AnswerWriter(Protocol):
    """Encoder of one streamed answer."""

    def begin(self) -> bytes:
        """Return what comes before the first text."""
        ...

    def text(self, text: str) -> bytes:
        """Return an event with text."""
        ...

    def finish(self, answer: Answer, details: Mapping[str, Any] | None) -> bytes:
        """Return the end of the stream.

        Args:
            answer: The answer.
            details: This server's details, where wanted.
        """
        ...

    def failed(self, failure: Failure) -> bytes:
        """Return the end of a stream that broke off."""
        ...


class AnswerFormat(Protocol):
    """Interface of OpenAI's, chat completions or responses, or of Anthropic's, messages.

    Attributes:
        endpoint: The engine's own endpoint of this interface, below its base address; ``None`` for chat
            completions, which every engine that forwards has.
    """

    endpoint: str | None

    def read(self, raw: bytes, terms: ReadingTerms) -> ParsedRequest:
        """Parse a request's body.

        Raises:
            Failure: The request is invalid.
        """
        ...

    def writer(self, parsed: ParsedRequest, info: BackendInfo) -> AnswerWriter:
        """Make the encoder of a streamed answer."""
        ...

    def whole(
        self, parsed: ParsedRequest, answer: Answer, details: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return a whole answer as a JSON object."""
        ...

    def broken(self, failure: Failure) -> bytes:
        """Return the last event of a forwarded stream that broke off."""
        ...
