"""One attempt at a completion, without retries: one request, and its response, streamed or whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sot.errors import BackendConnectionError, BackendTimeoutError, MalformedResponseError
from sot.types import Chunk

from .transport.http_session import Exchange, HttpSession
from .transport.server import OpenAIServer
from .wire.completion_reader import CompletionReader
from .wire.payloads import parse_object
from .wire.sse import MAX_EVENT_BYTES, SSEDecoder

_DONE = ("[DONE]", "DONE")
_BLANK = b"\xef\xbb\xbf \t\r\n"
_MOST_BLANK = 64 * 1024  # before the first byte that is none
_MOST_PAYLOADS = 1000  # of one event
_EVENTS_AT_ONCE = 200  # without a turn for other tasks
_AFTER_FINISH_SECONDS = 5.0  # for the usage that follows a complete answer
_DRAIN_SECONDS = 0.25  # for the end of the response after [DONE], so that the connection can be reused


@dataclass(frozen=True, slots=True)
class TokenTimeouts:
    """Time limits of a streamed completion, in seconds.

    Args:
        first: From sending until the first text, reasoning or finish reason.
        between: From one delta to the next.
    """

    first: float
    between: float


async def complete(
    server: OpenAIServer,
    session: HttpSession,
    content: bytes,
    timeouts: TokenTimeouts,
    reader: CompletionReader | None = None,
    headers: Mapping[str, str] | None = None,
    told: Callable[[Mapping[str, str]], None] | None = None,
) -> AsyncGenerator[Chunk, None]:
    """Send one completion request and yield the response chunk by chunk.

    The deadline moves on only with text, reasoning or a finish reason: comments and empty deltas, which some
    gateways send to keep a connection alive, do not count as progress.

    Args:
        session: The running loop's session.
        content: The request's body, JSON.
        reader: Reader of the response, for a caller that wants to know more of it than its chunks.
        headers: Further headers of this request.
        told: Takes the response's headers.

    Raises:
        StatusNotOk: The status is none of 200 to 299, or the response holds an error object.
        BackendError: The server cannot be reached, is too slow, or sends something else than a completion.
    """
    loop, shown = session.loop, server.shown
    await session.pass_rate_limit()
    request = server.completion_request(session, content, headers)
    deadline = loop.time() + timeouts.first
    late = f"{shown} gave no first token within {timeouts.first:g} s (first_token_timeout)"
    reader = reader or CompletionReader(server.clean)
    async with Exchange(session, request) as exchange:
        response = await exchange.open(deadline, late)
        if told is not None:
            told(response.headers)
        if not response.is_success:
            raise await server.not_ok(exchange, response)
        head = await _head(exchange, deadline, late, shown)
        first = head.lstrip(_BLANK)[:1]
        if first == b"{":  # it does not stream
            yield _whole(server, reader, await exchange.read_all(deadline, late, MAX_EVENT_BYTES, head))
            return
        if first == b"<":
            raise _not_events(server, head)
        events = _EventReader(server, reader)
        piece, handled = head, 0
        while True:
            progress = False
            for chunk in events.feed(piece):
                if (handled := handled + 1) % _EVENTS_AT_ONCE == 0:
                    await asyncio.sleep(0)
                if chunk is not None:
                    progress = True
                    yield chunk
            if events.done or not piece:
                break
            if progress:
                limit = timeouts.between
                late = f"{shown} paused for more than {limit:g} s (between_token_timeout)"
                most = _AFTER_FINISH_SECONDS if reader.finish_reason else limit
                deadline = loop.time() + min(limit, most)
            try:
                piece = await exchange.read(deadline, late)
            except (BackendConnectionError, BackendTimeoutError):
                if reader.finish_reason is None or session.closed:
                    raise
                break  # the answer is complete; only its usage is missing
        if not events.done and reader.finish_reason is None:
            raise _broken_off(server) if events.seen else _not_events(server, head)
        _check_that_something_came(server, reader)
        finish = "stop" if reader.finish_reason is None else None
        yield Chunk(finish_reason=finish, usage=reader.usage())
        if events.done:
            await exchange.drain(loop.time() + _DRAIN_SECONDS)


class _EventReader:
    """Reader of a completion's event stream, from bytes to chunks.

    Attributes:
        seen: Whether there was any event.
        done: Whether ``[DONE]`` has come.
    """

    def __init__(self, server: OpenAIServer, reader: CompletionReader) -> None:
        self.seen = False
        self.done = False
        self._server = server
        self._reader = reader
        self._decoder = SSEDecoder()

    def feed(self, piece: bytes) -> Iterable[Chunk | None]:
        """Read the next bytes; none is the end of the stream. An object without text or end is ``None``."""
        plain = self._decoder.plain_data(piece) if piece else None
        if plain is None:
            return self._any_events(piece)
        self.seen = True
        if len(plain) == 1 and plain[0].startswith(b"{"):  # as nearly all pieces are
            return (self._reader.take_data(plain[0]),)
        return self._plain_events(plain)

    def _plain_events(self, plain: list[bytes]) -> Iterator[Chunk | None]:
        """Read the data of events that have a line of it each."""
        for data in plain:
            if data.startswith(b"{"):
                yield self._reader.take_data(data)
                continue
            text = data.decode("utf-8", "replace")  # by the rules of `_any_events`, however the stream is cut
            if _is_done(text):
                self.done = True
                return
            if text.strip():
                yield self._reader.take(parse_object(text, self._server.clean))

    def _any_events(self, piece: bytes) -> Iterator[Chunk | None]:
        """Read events of any shape."""
        for event in self._decoder.feed(piece) if piece else self._decoder.close():
            self.seen = True
            for data in _payloads(event.data):
                if _is_done(data):
                    self.done = True
                    return
                payload = parse_object(data, self._server.clean)
                if event.event == "error" and not payload.get("error"):
                    payload = {"error": payload}
                yield self._reader.take(payload)


def _is_done(data: str) -> bool:
    """Return whether an event's data is the mark at the stream's end."""
    return data.strip()[:8].upper().startswith(_DONE)


def _payloads(data: str) -> list[str]:
    """Return the payloads of an event: one, or one a line where a server forgets the empty lines between."""
    if data.count("\n") > _MOST_PAYLOADS:
        return [data]
    lines = [line for line in data.split("\n") if line.strip()]
    if len(lines) < 2 or not all(line.startswith(("{", "[")) for line in lines):
        return [data] if lines else []
    return lines


async def _head(exchange: Exchange, deadline: float, late: str, shown: str) -> bytes:
    """Read up to the first bytes that are no white space; they tell a stream, an object and a page apart."""
    pieces: list[bytes] = []
    size = 0
    while size <= _MOST_BLANK:
        piece = await exchange.read(deadline, late)
        if not piece:
            raise BackendConnectionError(f"{shown} closed the connection without an answer")
        pieces.append(piece)
        if piece.lstrip(_BLANK):
            return b"".join(pieces)
        size += len(piece)
    raise MalformedResponseError(f"{shown} answered with white space alone")


def _whole(server: OpenAIServer, reader: CompletionReader, whole: bytes) -> Chunk:
    """Read the response of a server that does not stream."""
    payload = parse_object(whole, server.clean)
    chunk = reader.take(payload)
    if chunk is None and not payload.get("choices") and not reader.said:
        raise _not_events(server, whole)
    _check_that_something_came(server, reader)
    chunk = chunk or Chunk()
    return replace(chunk, finish_reason=chunk.finish_reason or "stop", usage=reader.usage())


def _check_that_something_came(server: OpenAIServer, reader: CompletionReader) -> None:
    """Refuse a response without text, reasoning and finish reason: it is no completion at all."""
    if reader.empty and reader.finish_reason is None:
        says = f": {server.clean(reader.said)}" if reader.said else ""
        raise MalformedResponseError(f"{server.shown} ended its answer without any text{says}")


def _broken_off(server: OpenAIServer) -> BackendConnectionError:
    return BackendConnectionError(f"{server.shown} ended the stream in the middle of an answer")


def _not_events(server: OpenAIServer, head: bytes) -> MalformedResponseError:
    excerpt = server.clean(head[:4096].decode("utf-8", "replace"))
    return MalformedResponseError(
        f"{server.shown} answered with something that is not a chat completion "
        f"(is the address right, with /v1?): {excerpt}"
    )
