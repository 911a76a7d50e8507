"""Sequence of the running batch: its tokens so far, and the way of its text to the reader."""

from __future__ import annotations

from dataclasses import dataclass

from sot.types import Chunk, FinishReason, Usage

from ..in_process.engine_request import EngineRequest
from .sampling import Sampler
from .text import Detokenizer, StopScanner


@dataclass(eq=False, slots=True)
class RunningSequence:
    """Request in the running batch.

    Args:
        request: Channel to the reader.
        tokens: Ids of the prompt and the completion so far.
        prompt: Length of the prompt, in tokens.
        limit: Most completion tokens.
        eos: Ids of the tokens that end the sequence.
        adapter: Number of the adapter that acts on it, 0: none; keys and values are shared only with those
            alike.
        tenant: Owner of its keys and values, which are shared only with other requests of the same one.
        slot: Slot in the KV cache, and index in the batch.
        computed: Tokens whose keys and values are in the slot.
        cached: Those of the prompt that were copied from another sequence or the prefix cache.
        started: Whether some of the prompt was computed for this sequence itself.
    """

    request: EngineRequest
    tokens: list[int]
    prompt: int
    limit: int
    sampler: Sampler
    detokenizer: Detokenizer
    stop: StopScanner
    eos: frozenset[int]
    adapter: int = 0
    tenant: str | None = None
    slot: int = -1
    computed: int = 0
    cached: int = 0
    started: bool = False

    def may_share(self, other: RunningSequence) -> bool:
        """Return whether keys and values of the same tokens may be taken from another sequence."""
        return (self.adapter, self.tenant) == (other.adapter, other.tenant)

    @property
    def decoding(self) -> bool:
        """Whether only the last token is still to be computed: the prompt is read."""
        return self.computed == len(self.tokens) - 1

    def accept(self, token: int) -> FinishReason | None:
        """Append the next token and send its text; returns the finish reason if the sequence ends with it."""
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
        """Send the last chunk, with the finish reason and the usage."""
        self.request.send(Chunk(finish_reason=reason, usage=self._spent()))

    def _send(self, text: str) -> None:
        if text:
            self.request.send(Chunk(text, usage=self._spent()))

    def _spent(self) -> Usage:
        return Usage(self.prompt, self.cached, len(self.tokens) - self.prompt, 1)
