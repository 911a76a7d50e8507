"""A request that takes part in the batch: its tokens so far, and how its text leaves."""

from __future__ import annotations

from dataclasses import dataclass

from sot.types import Chunk, FinishReason, Usage

from ..in_process.engine_request import Request
from .sampling import Sampler
from .text import Detokenizer, StopFilter


@dataclass(eq=False, slots=True)
class Row:
    """A request in the batch.

    Args:
        request: Where the text goes.
        tokens: Prompt and completion so far.
        prompt: Length of the prompt, in tokens.
        limit: Most completion tokens.
        sampler: How tokens are chosen.
        detokenizer: Makes text of them.
        stop: Ends the row at a stop string.
        eos: Tokens that end it.
        slot: The row's place in the store of keys and values.
        computed: Tokens whose keys and values are stored.
        cached: Those of the prompt that were taken from elsewhere.
        started: Whether part of the prompt was computed for this row itself.
    """

    request: Request
    tokens: list[int]
    prompt: int
    limit: int
    sampler: Sampler
    detokenizer: Detokenizer
    stop: StopFilter
    eos: frozenset[int]
    slot: int = -1
    computed: int = 0
    cached: int = 0
    started: bool = False

    @property
    def decoding(self) -> bool:
        return self.computed == len(self.tokens) - 1

    def accept(self, token: int) -> FinishReason | None:
        """Take the next token: send its text, and say whether the row ends with it."""
        self.tokens.append(token)
        if token in self.eos:
            self._send(self.stop.flush())
            return "stop"
        text, stopped = self.stop.push(self.detokenizer.push(token))
        if stopped:
            self._send(text)
            return "stop"
        if len(self.tokens) - self.prompt >= self.limit:
            self._send(text + self.stop.flush())
            return "length"
        self._send(text)
        return None

    def finish(self, reason: FinishReason) -> None:
        """Send the last chunk."""
        self.request.send(Chunk(finish_reason=reason, usage=self._spent()))

    def _send(self, text: str) -> None:
        if text:
            self.request.send(Chunk(text, usage=self._spent()))

    def _spent(self) -> Usage:
        return Usage(self.prompt, self.cached, len(self.tokens) - self.prompt, 1)
