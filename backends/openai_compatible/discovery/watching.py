"""Watch over one completion as it passes: its times, its usage, its start; the memory learns from it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from sot.types import Chunk, Message

from ..wire.completion_reader import CompletionReader
from .learned import Learned
from .prefill_watch import PrefillWatch

_log = logging.getLogger(__name__)


async def watched(
    chunks: AsyncGenerator[Chunk, None],
    reader: CompletionReader,
    learned: Learned,
    server: str,
    messages: Sequence[Message],
    prefill: str | None,
    *,
    sure: bool = False,
) -> AsyncGenerator[Chunk, None]:
    """Pass a completion's chunks on; a prefill that the engine repeats is taken out.

    Args:
        chunks: The chunks of one attempt; closed at the end.
        reader: Their reader, which knows whether the server tells of cached tokens.
        learned: Memory of the model at the server.
        server: Address of the server, for messages.
        messages: The conversation of the request.
        prefill: Start of the assistant's turn that it carried.
        sure: The server's template was seen to continue a turn.
    """
    clock = asyncio.get_running_loop().time
    observed, watch, usage = learned.observed, PrefillWatch(prefill or "", sure=sure), None
    turns = [*messages, Message("assistant", prefill or "")]
    flight = observed.send("\n".join(f"{turn.role}\n{turn.content}" for turn in turns), clock())
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                if chunk.text or chunk.reasoning:
                    flight.token(clock())
                usage = chunk.usage or usage
                passed = watch.take(chunk)
                if watch.failed is not None and learned.continues_turn is not False:
                    learned.continues_turn = False
                    learned.evidence["continues_turn"] = watch.failed
                if passed != Chunk():  # held back
                    yield passed
        if rest := watch.close():
            yield Chunk(rest)
    finally:
        if observed.leave(flight, usage, tells_cached=reader.tells_cached):
            _log.warning(
                "%s decodes requests one after another: points written at the same time gain nothing there "
                "(sot doctor --probe tells more)",
                server,
            )
