"""One completion with its retries: fields that the server refuses are left out, failures are tried again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing

from sot.errors import BackendError
from sot.types import Chunk

from .attempt import TokenTimeouts, complete
from .discovery.learned import Learned
from .negotiation import Negotiation
from .transport.http_session import HttpSession
from .transport.retries import Retries
from .transport.server import OpenAIServer
from .wire.completion_reader import CompletionReader
from .wire.error_mapping import StatusNotOk
from .wire.request import RequestBody, Terms

Watch = Callable[[AsyncGenerator[Chunk, None], CompletionReader], AsyncGenerator[Chunk, None]]
"""Wrapper of one attempt's chunks, which may look at them as they pass."""


async def stream_completion(
    server: OpenAIServer,
    session: HttpSession,
    make_body: Callable[[Terms], RequestBody],
    timeouts: TokenTimeouts,
    learned: Learned,
    *,
    prefilled: bool = False,
    refused: Collection[str] = (),
    watch: Watch | None = None,
) -> AsyncGenerator[Chunk, None]:
    """Stream a completion; whatever fails before its first chunk is tried again as the retry policy says.

    Args:
        session: The running loop's session.
        make_body: Builds the request's body on the server's terms.
        learned: Memory of the model at the server.
        prefilled: Whether the request starts the assistant's turn.
        refused: Fields that the user says are refused.
        watch: Wraps the chunks of every attempt.

    Raises:
        PrefillRefusedError: The server does not continue a started turn.
        BackendError: The server failed, and no retry is left.
    """
    negotiation = Negotiation(learned, refused)
    retries = Retries(server, session, timeouts.first)
    while True:
        body = make_body(negotiation.terms)
        reader = CompletionReader(server.clean)
        started = False
        try:
            attempt = complete(server, session, body.encode(), timeouts, reader)
            async with aclosing(watch(attempt, reader) if watch else attempt) as chunks:
                async for chunk in chunks:
                    if not started:
                        started = True
                        negotiation.settle()
                    yield chunk
            return
        except StatusNotOk as answer:
            refusal = answer
        except BackendError as error:
            if started:
                raise
            await retries.after_error(error)
            continue
        if started:
            raise server.error(refusal)[0]
        if prefilled and (error := negotiation.refusal_of_prefill(refusal, server.clean)):
            raise error
        if not negotiation.concede(refusal, body):
            await retries.after_refusal(refusal)
