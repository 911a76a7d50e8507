"""One try at a completion: send the request and read what comes, streamed or whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from sot.errors import BackendConnectionError, BackendTimeoutError, MalformedResponseError
from sot.types import Chunk

from .http_session import Exchange, HttpSession
from .server import OpenAIServer
from .sse import MAX_EVENT_BYTES, SSEDecoder
from .wire import Completion, parse_object

_BLANK = b"\xef\xbb\xbf \t\r\n"
_AFTER_FINISH_SECONDS = 5.0  # for the usage that follows a complete answer
_DRAIN_SECONDS = 0.25  # for the end of the response after [DONE], so that the connection can be reused


@dataclass(frozen=True, slots=True)
class TokenTimeouts:
    """How long a server may keep the reader waiting, in seconds.

    Args:
        first: From sending until the first text, reasoning or finish.
        between: From one delta to the next.
    """

    first: float
    between: float


async def complete(
    server: OpenAIServer, session: HttpSession, content: bytes, timeouts: TokenTimeouts
) -> AsyncGenerator[Chunk, None]:
    """Ask once, and yield the answer piece by piece.

    Args:
        server: The server.
        session: This loop's.
        content: The request's body.
        timeouts: How long to wait.

    Raises:
        StatusNotOk: The answer is not a 200.
        BackendError: The server cannot be reached, is too slow, or answers with something else.
    """
    loop, shown = session.loop, server.shown
    await session.pass_rate_limit()
    request = server.completion_request(session, content)
    deadline = loop.time() + timeouts.first
    late = f"{shown} gave no first token within {timeouts.first:g} s (first_token_timeout)"
    completion = Completion(server.clean)
    async with Exchange(session, request) as exchange:
        response = await exchange.open(deadline, late)
        if response.status_code != 200:
            raise await server.not_ok(exchange, response)
        head = await _head(exchange, deadline, late, shown)
        first = head.lstrip(_BLANK)[:1]
        if first == b"{":  # it does not stream
            yield _whole(server, completion, await exchange.read_all(deadline, late, MAX_EVENT_BYTES, head))
            return
        if first == b"<":
            raise _not_events(server, head)
        decoder = SSEDecoder()
        seen = done = False
        piece = head
        while not done:
            events = decoder.feed(piece) if piece else decoder.close()
            progress = False
            for event in events:
                seen = True
                if event.data.startswith("[DONE]"):
                    done = True
                    break
                if not event.data.strip():
                    continue
                payload = parse_object(event.data, server.clean)
                if event.event == "error" and not payload.get("error"):
                    payload = {"error": payload}
                chunk = completion.take(payload)
                if chunk is not None:
                    progress = True
                    yield chunk
            if done or not piece:
                break
            if progress:
                limit = timeouts.between
                late = f"{shown} paused for more than {limit:g} s (between_token_timeout)"
                if completion.finish_reason:
                    limit = min(limit, _AFTER_FINISH_SECONDS)
                deadline = loop.time() + limit
            try:
                piece = await exchange.read(deadline, late)
            except (BackendConnectionError, BackendTimeoutError):
                if completion.finish_reason is None or session.closed:
                    raise
                break  # the answer is complete; only its usage is missing
        if not done and completion.finish_reason is None:
            if not seen:
                raise _not_events(server, head)
            raise BackendConnectionError(f"{shown} ended the stream in the middle of an answer")
        finish = "stop" if completion.finish_reason is None else None
        yield Chunk(finish_reason=finish, usage=completion.usage())
        if done:
            await exchange.drain(loop.time() + _DRAIN_SECONDS)


async def _head(exchange: Exchange, deadline: float, late: str, shown: str) -> bytes:
    """The first bytes that say something."""
    head = b""
    while not head.lstrip(_BLANK):
        piece = await exchange.read(deadline, late)
        if not piece:
            raise BackendConnectionError(f"{shown} closed the connection without an answer")
        head += piece
    return head


def _whole(server: OpenAIServer, completion: Completion, whole: bytes) -> Chunk:
    payload = parse_object(whole, server.clean)
    chunk = completion.take(payload)
    if chunk is None and not payload.get("choices"):
        raise _not_events(server, whole)
    chunk = chunk or Chunk()
    return replace(chunk, finish_reason=chunk.finish_reason or "stop", usage=completion.usage())


def _not_events(server: OpenAIServer, head: bytes) -> MalformedResponseError:
    excerpt = server.clean(head[:4096].decode("utf-8", "replace"))
    return MalformedResponseError(
        f"{server.shown} answered with something that is not a chat completion "
        f"(is the address right, with /v1?): {excerpt}"
    )
