"""Completion: one streamed request to the engine, and what it cost even when left early."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from .admission import Turn
from .text.thinking import ThinkFilter
from .types import Backend, FinishReason, GenerateConfig, Message, Usage


class Completion:
    """One request to the engine, whose text can be read once.

    Args:
        backend: The engine.
        turn: The answer's turn, whose permits the request needs.
        messages: The prompt as chat messages.
        config: Decoding settings.
        prefill: The start of the assistant's turn, which the engine continues.

    Attributes:
        finish_reason: The finish reason, once the engine has sent it.
        deltas: Chunks with text or reasoning received so far.
        sent: Whether the request has been sent to the engine.
    """

    def __init__(
        self,
        backend: Backend,
        turn: Turn,
        messages: Sequence[Message],
        config: GenerateConfig,
        *,
        prefill: str | None = None,
    ) -> None:
        self._backend = backend
        self._turn = turn
        self._messages = messages
        self._config = config
        self._prefill = prefill
        self._usage: Usage | None = None
        self.finish_reason: FinishReason | None = None
        self.deltas = 0
        self.sent = False

    @property
    def usage(self) -> Usage:
        """Token usage of the request.

        For a request that was left early or failed, the last usage that the engine sent; where it sent none,
        the number of chunks stands for the completion tokens, since most engines send one token in each.
        """
        told = self._usage or Usage(requests=1 if self.sent else 0)
        if self.finish_reason is not None:
            return told if self._usage else replace(told, completion_tokens=self.deltas)
        return replace(told, completion_tokens=max(told.completion_tokens, self.deltas))

    async def text(self) -> AsyncGenerator[str, None]:
        """Send the request and yield the completion's text, without a reasoning model's thoughts.

        Leaving it early (``aclose``) ends the request at the engine.

        Raises:
            BackendError: The engine failed.
        """
        thoughts = ThinkFilter()
        async with self._turn.permit():
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
