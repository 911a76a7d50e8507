"""One request to a backend, read to its end or left early, with its cost kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from .admission import Limits
from .text.thinking import ThinkFilter
from .types import Backend, FinishReason, GenerateConfig, Message, Usage


class Completion:
    """A completion that is read once, and what is known of it afterwards.

    Args:
        backend: The engine.
        limits: Where to wait for a place.
        messages: The conversation.
        config: How to decode.
        prefill: The start of the assistant's turn, or ``None``.
    """

    def __init__(
        self,
        backend: Backend,
        limits: Limits,
        messages: Sequence[Message],
        config: GenerateConfig,
        *,
        prefill: str | None = None,
    ) -> None:
        self._backend = backend
        self._limits = limits
        self._messages = messages
        self._config = config
        self._prefill = prefill
        self._usage: Usage | None = None
        self.finish_reason: FinishReason | None = None
        self.deltas = 0
        self.sent = False

    @property
    def usage(self) -> Usage:
        """Tokens of this request.

        Of a request that was left early or broke, what the engine had told by then counts; where it had not,
        the pieces of text that arrived stand for completion tokens: most engines send one token in each.
        """
        told = self._usage or Usage(requests=1 if self.sent else 0)
        if self.finish_reason is not None:
            return told if self._usage else replace(told, completion_tokens=self.deltas)
        return replace(told, completion_tokens=max(told.completion_tokens, self.deltas))

    async def text(self) -> AsyncGenerator[str, None]:
        """The completion's text, piece by piece, without a reasoning model's thoughts.

        Leaving it early (``aclose``) ends the request at the engine.

        Raises:
            BackendError: The engine failed.
        """
        thoughts = ThinkFilter()
        async with self._limits.place():
            self.sent = True
            stream = self._backend.stream(self._messages, self._config, prefill=self._prefill)
            async with aclosing(stream):
                async for chunk in stream:
                    if chunk.usage is not None:
                        self._usage = chunk.usage
                    if chunk.finish_reason is not None:
                        self.finish_reason = chunk.finish_reason
                    if chunk.text or chunk.reasoning:
                        self.deltas += 1
                    if chunk.text and (piece := thoughts.feed(chunk.text)):
                        yield piece
        if piece := thoughts.close():
            yield piece
