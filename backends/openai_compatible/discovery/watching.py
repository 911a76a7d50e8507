"""Watch over one completion as it passes: its times, its usage, its start; the memory learns from it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sot.types import Chunk, Message, Usage

from ..wire.completion_reader import CompletionReader
from .learned import Learned
from .prefill_watch import PrefillWatch
from .schema_watch import SchemaWatch

_log = logging.getLogger(__name__)
_NOTHING = Chunk()


class CompletionWatch:
    """Watch over the chunks of one attempt, which begins now; a prefill that the engine repeats is taken out.

    Args:
        reader: Reader of the chunks, which knows whether the server tells of cached tokens.
        learned: Memory of the model at the server.
        server: Address of the server, for messages.
        messages: The conversation of the request.
        prefill: Start of the assistant's turn that it carried.
        model: Model that it named: prefixes of other ones, such as adapters, are cached apart.
        sure: The server's template was seen to continue a turn.
        schema: JSON schema that it is to follow.
    """

    def __init__(
        self,
        reader: CompletionReader,
        learned: Learned,
        server: str,
        messages: Sequence[Message],
        prefill: str | None,
        *,
        model: str = "",
        sure: bool = False,
        schema: Mapping[str, Any] | None = None,
    ) -> None:
        self._clock = asyncio.get_running_loop().time
        self._reader = reader
        self._learned = learned
        self._server = server
        self._start = PrefillWatch(prefill or "", sure=sure) if prefill else None
        self._schema = SchemaWatch(schema) if schema is not None else None
        self._usage: Usage | None = None
        turns = [*messages, Message("assistant", prefill or "")]
        self._flight = learned.observed.send(
            "\n".join([model, *(f"{turn.role}\n{turn.content}" for turn in turns)]), self._clock()
        )

    def take(self, chunk: Chunk) -> Chunk | None:
        """Look at the next chunk; returns what is to be passed on, ``None`` where it is held back."""
        if chunk.text or chunk.reasoning:
            self._flight.token(self._clock())
        if chunk.usage is not None:
            self._usage = chunk.usage
        if self._schema is not None:
            self._schema.take(chunk)
        start, learned = self._start, self._learned
        if start is None:
            return chunk
        passed = start.take(chunk)
        if start.failed is not None and learned.continues_turn is not False:
            learned.continues_turn = False
            learned.evidence["continues_turn"] = start.failed
        return passed if passed != _NOTHING else None

    def rest(self) -> Chunk | None:
        """Return what is still held back when the completion has ended."""
        held = self._start.close() if self._start is not None else ""
        return Chunk(held) if held else None

    def end(self) -> None:
        """Note the end of the request, whole or left early."""
        if self._schema is not None and (evidence := self._schema.refutes()):
            self._learned.constrains = False
            self._learned.evidence["constrains"] = evidence
        observed = self._learned.observed
        if observed.leave(self._flight, self._usage, tells_cached=self._reader.tells_cached):
            _log.warning(
                "%s decodes requests one after another: points written at the same time gain nothing there "
                "(sot doctor --probe tells more)",
                self._server,
            )
