"""Pass-through of a request to the engine, and of the engine's response to the client."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from ..types import Forwarded, Usage
from .failures import Failure
from .forwarded_usage import usage_in, usage_of_stream
from .metrics import RequestRecord
from .redaction import Secrets, StreamRedactor
from .reply import JSON, Reply

_TAIL = 4096  # bytes at the end of a stream that contain its usage
_MOST = 64 * 1024 * 1024  # bytes of a response that is not streamed
_CHECKED = 1024 * 1024  # bytes of a response that are parsed to see whether it is whole
_TEXT = re.compile(
    rb'"(?:content|reasoning|reasoning_content|arguments|delta|text|thinking|partial_json)": ?"[^"]'
)
# What ends a stream: the mark, a finish reason, or an error.
_END = re.compile(
    rb'data: ?\[?DONE|"finish_reason": ?"|"error": ?["{]|event: ?error'
    rb"|event: ?(?:response\.(?:completed|incomplete|failed)|message_stop)"
)
_END_CHARS = 32
_NO_ADDRESS = (404, 405, 501)
_HEADER = re.compile(r"[\x20-\x7e\t]*")
_NO_BODY = (204, 205)


async def forward_request(
    sent: AbstractAsyncContextManager[Forwarded],
    reply: Reply,
    record: RequestRecord,
    secrets: Secrets,
    *,
    missing: Callable[[bytes], Failure | None] = lambda body: None,
    has_end: bool = True,
) -> Usage:
    """Forward a request to the engine, and its response to the client.

    A stream is passed on byte by byte as it arrives. The client gets the engine's own error responses, except
    for a rejection of the server's API key; keys, and in errors the engine's address, are taken out.

    Args:
        sent: The request, sent to the engine as the context is entered.
        reply: The response.
        record: The request's record for the metrics.
        secrets: What may not reach the client.
        missing: Returns the failure of an engine that does not have the address, by what it says; ``None``
            where it has it.
        has_end: Whether a stream without an end that is known here has broken off.

    Returns:
        The usage that the engine reports; no tokens where it reports none.

    Raises:
        Failure: The engine refuses the server's key, or its response is too large, broken off or none of a
            chat completion's (502).
        SotError: The engine cannot be reached, or the connection breaks.
    """
    async with sent as answer:
        if answer.status in (401, 403):
            raise Failure(502, "the engine refuses this server's key", "backend_refused_key")
        if not (200 <= answer.status < 300 or 400 <= answer.status < 600) or answer.status in _NO_BODY:
            raise _failed(f"the engine answers with the status {answer.status}, which is none of an answer's")
        headers, kind = _headers(answer, secrets)
        if kind.startswith("text/event-stream"):
            return await _stream(answer, kind, headers, reply, record, secrets, has_end=has_end)
        whole = await _whole(answer)
        if answer.status in _NO_ADDRESS and (failure := missing(whole)) is not None:
            raise failure
        if answer.status < 300:
            if "content-encoding" not in headers:
                _check_whole(whole, kind)
            record.note_first_text()
            shown = secrets.text(whole)
        else:
            record.outcome = "refused" if answer.status < 500 else "failed"
            shown = secrets.error(whole)
        await reply.start(answer.status, kind, {**headers, "content-length": str(len(shown))})
        await reply.end(shown)
        return usage_in(whole)


async def _stream(
    answer: Forwarded,
    kind: str,
    headers: Mapping[str, str],
    reply: Reply,
    record: RequestRecord,
    secrets: Secrets,
    *,
    has_end: bool,
) -> Usage:
    """Pass a stream on.

    Raises:
        Failure: It ends before the answer does (502).
    """
    redactor = StreamRedactor(secrets)
    await reply.start(answer.status, kind, headers)
    tail, ended = b"", False
    async for piece in answer.pieces:
        if record.first_text_s is None and _TEXT.search(piece):
            record.note_first_text()
        ended = ended or _END.search(tail[-_END_CHARS:] + piece) is not None
        tail = piece if len(piece) >= _TAIL else (tail + piece)[-_TAIL:]
        if shown := redactor.feed(piece):
            await reply.write(shown)
    if has_end and not ended:
        await reply.write(redactor.close())
        raise _failed("the engine's stream ended in the middle of an answer")
    await reply.end(redactor.close())
    return usage_of_stream(tail)


async def _whole(answer: Forwarded) -> bytes:
    whole = bytearray()
    async for piece in answer.pieces:
        whole += piece
        if len(whole) > _MOST:
            raise _failed(f"the engine's answer is larger than {_MOST} bytes")
    return bytes(whole)


def _check_whole(whole: bytes, kind: str) -> None:
    """Check that a JSON response is complete: without a length, a broken connection looks like its end."""
    if not kind.startswith(JSON):
        return
    if len(whole) <= _CHECKED:
        try:
            json.loads(whole)
        except (ValueError, RecursionError):
            raise _failed("the engine's answer is not complete") from None
    elif not whole.rstrip().endswith((b"}", b"]")):
        raise _failed("the engine's answer is not complete")


def _headers(answer: Forwarded, secrets: Secrets) -> tuple[dict[str, str], str]:
    """Return the headers that can be passed on, and the content type."""
    headers = {
        name: value
        for name, value in answer.headers.items()
        if _HEADER.fullmatch(value) and not secrets.holds(value) and name != "content-length"
    }
    return headers, headers.pop("content-type", JSON)


def _failed(message: str) -> Failure:
    return Failure(502, message, "backend_failed")
