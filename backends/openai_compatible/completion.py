"""One completion with its retries: fields that the server refuses are left out, failures are tried again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing

from sot.errors import BackendError
from sot.types import Chunk

from .attempt import TokenTimeouts, complete
from .discovery.learned import Learned
from .discovery.watching import CompletionWatch
from .negotiation import Negotiation
from .transport.deadlines import Admit
from .transport.http_session import HttpSession
from .transport.retries import Retries
from .transport.server import OpenAIServer
from .wire.completion_reader import CompletionReader
from .wire.error_mapping import StatusNotOk
from .wire.request import RequestBody, Terms


async def stream_completion(
    server: OpenAIServer,
    session: HttpSession,
    make_body: Callable[[Terms], RequestBody],
    timeouts: TokenTimeouts,
    learned: Learned,
    *,
    prefilled: bool = False,
    refused: Collection[str] = (),
    watch: Callable[[CompletionReader, RequestBody], CompletionWatch] | None = None,
    headers: Mapping[str, str] | None = None,
    admit: Admit,
) -> AsyncGenerator[Chunk, None]:
    """Stream a completion; whatever fails before its first chunk is tried again as the retry policy says.

    Args:
        session: The running loop's session.
        make_body: Builds the request's body on the server's terms.
        learned: Memory of the model at the server.
        prefilled: Whether the request starts the assistant's turn.
        refused: Fields that the user says are refused.
        watch: Makes the watch over one attempt.
        headers: Further headers of its requests.
        admit: Waits until a request may be sent.

    Raises:
        PrefillRefusedError: The server does not continue a started turn.
        BackendError: The server failed, and no retry is left.
    """
    negotiation = Negotiation(learned, refused)
    retries = Retries(server, session, timeouts.first)
    while True:
        body = make_body(negotiation.terms)
        reader = CompletionReader(server.clean)
        started, grant = False, None
        try:
            content = body.encode()
            grant = await admit(learned.tokens.of(body.fields))
            told = grant.told if grant is not None else None
            watching = watch(reader, body) if watch is not None else None
            try:
                async with aclosing(
                    complete(server, session, content, timeouts, reader, headers, told)
                ) as chunks:
                    async for chunk in chunks:
                        passed = chunk if watching is None else watching.take(chunk)
                        if passed is None:
                            continue
                        if not started:
                            started = True
                            negotiation.settle()
                        yield passed
                if watching is not None and (rest := watching.rest()) is not None:
                    yield rest
            finally:
                if grant is not None and (usage := reader.usage()) is not None:
                    learned.tokens.learn(body.fields, usage.prompt_tokens)
                    grant.used(usage.prompt_tokens + usage.completion_tokens)
                if watching is not None:
                    watching.end()
            return
        except StatusNotOk as answer:
            refusal = answer
            if answer.status == 429 and grant is not None:
                grant.refused(server.error(answer)[1])
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
