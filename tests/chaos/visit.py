"""One visit of a client to ``sot serve`` over a bare socket, which may leave at any byte."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

Place = Literal["connected", "half the head", "half the body", "asked", "reading"]
"""Where a client leaves: after connecting, within its request, after it, or while it reads."""

_RESET = struct.pack("ii", 1, 0)  # no lingering: closing resets
_PIECE = 4096


@dataclass(frozen=True, slots=True)
class Visit:
    """What a client has read: all bytes, status, text, finish reason, whether the stream came to its end."""

    response: bytes = b""
    status: int = 0
    text: str = ""
    finish_reason: str | None = None
    done: bool = False


def request_bytes(question: str, model: str) -> bytes:
    """Return the request for a streamed answer."""
    turns = [{"role": "user", "content": question}]
    body = json.dumps({"model": model, "stream": True, "messages": turns}).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


async def visit(port: int, request: bytes, leaves: Place | None, *, after: int, reset: bool) -> Visit:
    """Ask a server, and read the answer or leave.

    Args:
        port: The server's port.
        request: The request.
        leaves: Where the client leaves; ``None``: it reads to the end.
        after: Bytes of the response after which it leaves while reading.
        reset: Whether it leaves by a reset.

    Raises:
        OSError: The server did not take the connection, or broke it.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        middle = request.index(b"\r\n\r\n") // 2
        cut = {"connected": 0, "half the head": middle, "half the body": len(request) - 20}
        writer.write(request[: cut.get(leaves or "", len(request))])
        await writer.drain()
        read = bytearray()
        if leaves in (None, "reading"):
            while (leaves is None or len(read) < after) and (piece := await reader.read(_PIECE)):
                read += piece
        return _read(bytes(read)) if leaves is None else Visit()
    finally:
        if leaves is not None and reset:
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _read(response: bytes) -> Visit:
    head, _, body = response.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.1 (\d{3})", head)
    text, finish, done = "", None, False
    for line in _unchunked(body).splitlines():
        data = line.removeprefix(b"data: ")
        if data == line:  # a comment, or the body of a refusal
            continue
        if data == b"[DONE]":
            done = True
            continue
        for choice in json.loads(data).get("choices", ()):
            text += choice["delta"].get("content") or ""
            finish = choice["finish_reason"] or finish
    return Visit(response, int(status[1]) if status else 0, text, finish, done)


def _unchunked(body: bytes) -> bytes:
    """Return a chunked body without its framing; as far as it came."""
    whole = bytearray()
    while (end := body.find(b"\r\n")) > 0 and (size := int(body[:end], 16)):
        whole += body[end + 2 : end + 2 + size]
        body = body[end + 2 + size + 2 :]
    return bytes(whole)
