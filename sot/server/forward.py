"""Pass-through of a request to the engine, and of the engine's response to the client."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from ..types import Forwards, Usage
from .failures import Failure
from .metrics import RequestRecord
from .reply import Reply

_TAIL = 4096  # bytes at the end of a stream that contain its usage
_MOST = 64 * 1024 * 1024  # bytes of a response that is not streamed
_TEXT = re.compile(rb'"(?:content|reasoning|reasoning_content|arguments)": ?"[^"]')


async def forward_request(
    backend: Forwards, body: Mapping[str, Any], reply: Reply, record: RequestRecord
) -> Usage:
    """Forward a request to the engine, and its response to the client.

    A stream is passed on byte by byte as it arrives. The client gets the engine's own error responses, except
    for a rejection of the server's API key.

    Args:
        backend: The engine.
        body: The request's JSON object.
        reply: The response.
        record: The request's record for the metrics.

    Returns:
        The usage that the engine reports; no tokens where it reports none.

    Raises:
        Failure: The engine refuses the server's key, or its response is too large (502).
        SotError: The engine cannot be reached, or the connection breaks.
    """
    async with backend.forward(body) as answer:
        if answer.status in (401, 403):
            raise Failure(502, "the engine refuses this server's key", "backend_refused_key")
        headers = dict(answer.headers)
        kind = headers.pop("content-type", "application/json")
        headers["x-sot-strategy"] = record.strategy or "direct"
        if not kind.startswith("text/event-stream"):
            whole = bytearray()
            async for piece in answer.pieces:
                whole += piece
                if len(whole) > _MOST:
                    raise Failure(502, f"the engine's answer is larger than {_MOST} bytes", "backend_failed")
            if answer.status == 200:
                record.note_first_text()
            else:
                record.outcome = "refused" if answer.status < 500 else "failed"
            await reply.start(answer.status, kind, {**headers, "content-length": str(len(whole))})
            await reply.end(bytes(whole))
            return _usage(bytes(whole))
        await reply.start(answer.status, kind, headers)
        tail = b""
        async for piece in answer.pieces:
            if record.first_text_s is None and _TEXT.search(piece):
                record.note_first_text()
            tail = piece if len(piece) >= _TAIL else (tail + piece)[-_TAIL:]
            await reply.write(piece)
        await reply.end()
        return _usage_of_stream(tail)


def _usage_of_stream(tail: bytes) -> Usage:
    for line in reversed(tail.splitlines()):
        if line.startswith(b"data:") and b'"usage"' in line:
            usage = _usage(line[5:])
            if usage.prompt_tokens:
                return usage
    return Usage(requests=1)


def _usage(raw: bytes) -> Usage:
    """Return the usage of a completion or a chunk; one request without tokens where there is none."""
    try:
        payload: object = json.loads(raw)
    except (ValueError, RecursionError):
        return Usage(requests=1)
    told = _object(_object(payload).get("usage"))
    details = _object(told.get("prompt_tokens_details"))
    written = _object(told.get("completion_tokens_details"))
    return Usage(
        _count(told.get("prompt_tokens")),
        _count(details.get("cached_tokens")),
        _count(told.get("completion_tokens")),
        1,
        _count(written.get("reasoning_tokens")),
    )


def _object(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
