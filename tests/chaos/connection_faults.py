"""Faults of the connection and of HTTP's framing: resets, early ends, stalls, odd headers."""

from __future__ import annotations

import asyncio

from .fault_kinds import kind
from .reply import Reply, event

_SHORT_STALL = 0.03  # seconds
_LONG_STALL = 600.0  # the client gives up before, and the reply is ended


@kind(harmless=True)
async def healthy(reply: Reply) -> None:
    """Answer as asked."""
    await reply.begin()
    await reply.rest()


@kind()
async def reset_before_headers(reply: Reply) -> None:
    """Reset the connection in place of an answer."""
    reply.hang_up(reset=True)


@kind()
async def close_before_headers(reply: Reply) -> None:
    """Close the connection in place of an answer."""
    reply.hang_up(reset=False)


@kind()
async def half_a_status_line(reply: Reply) -> None:
    """Close within the first line."""
    reply.wire.send(b"HTTP/1.1 20")
    reply.hang_up(reset=False)


@kind()
async def no_http_at_all(reply: Reply) -> None:
    """Speak another protocol."""
    reply.wire.send(b"220 mail.example ESMTP zanzibar\r\n")
    reply.hang_up(reset=False)


@kind()
async def endless_headers(reply: Reply) -> None:
    """Send more header lines than any client takes."""
    reply.wire.send(b"HTTP/1.1 200 OK\r\n" + b"x-filler: zanzibar zanzibar zanzibar\r\n" * 8000)
    reply.hang_up(reset=False)


@kind()
async def reset_after_headers(reply: Reply) -> None:
    """Reset between headers and body."""
    reply.head()
    await asyncio.sleep(0)
    reply.hang_up(reset=True)


@kind()
async def close_after_headers(reply: Reply) -> None:
    """Close between headers and body."""
    reply.head()
    reply.hang_up(reset=False)


@kind()
async def reset_mid_stream(reply: Reply) -> None:
    """Reset between two events."""
    await reply.begin(reply.some)
    reply.hang_up(reset=True)


@kind()
async def close_mid_stream(reply: Reply) -> None:
    """Close between two events, without the end of the chunked body."""
    await reply.begin(reply.some)
    reply.hang_up(reset=False)


@kind()
async def reset_mid_chunk(reply: Reply) -> None:
    """Reset within an HTTP chunk."""
    await reply.begin(reply.some)
    reply.wire.send(b'40\r\ndata: {"choices": [{"delta"')
    await asyncio.sleep(0)
    reply.hang_up(reset=True)


@kind()
async def close_mid_chunk(reply: Reply) -> None:
    """Close within an HTTP chunk."""
    await reply.begin(reply.some)
    reply.wire.send(b'40\r\ndata: {"choices": [{"delta"')
    reply.hang_up(reset=False)


@kind()
async def bad_chunk_size(reply: Reply) -> None:
    """Send a chunk whose size is no number."""
    await reply.begin(reply.some)
    reply.wire.send(b"zanzibar\r\n")
    reply.hang_up(reset=False)


@kind()
async def short_of_its_length(reply: Reply) -> None:
    """Announce a longer body than is sent."""
    reply.head(length=1_000_000)
    await reply.text(reply.some)
    reply.hang_up(reset=False)


@kind(harmless=True)
async def until_the_end_of_the_connection(reply: Reply) -> None:
    """Answer without any framing, as HTTP/1.0 does."""
    reply.head("200 OK", "text/event-stream", "connection: close", framed=False)
    await reply.rest()
    reply.keeps_open = False
    reply.hang_up(reset=False)


@kind(harmless=True)
async def closes_when_asked_again(reply: Reply) -> None:
    """Answer, and close the connection although it could be kept."""
    await reply.begin()
    await reply.rest()
    reply.keeps_open = False
    reply.hang_up(reset=False)


@kind(harmless=True)
async def interim_responses(reply: Reply) -> None:
    """Send interim responses first."""
    reply.wire.send(b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n")
    await asyncio.sleep(0)
    await healthy(reply)


@kind()
async def stall_before_headers(reply: Reply) -> None:
    """Wait before the headers: for a moment, or for ever where the client gives up."""
    await _stall(reply)
    await healthy(reply)


@kind()
async def stall_after_headers(reply: Reply) -> None:
    """Wait between headers and body."""
    reply.head()
    await _stall(reply)
    await reply.rest()


@kind()
async def stall_mid_stream(reply: Reply) -> None:
    """Wait between two events, then go on."""
    await reply.begin(reply.some)
    await _stall(reply)
    await reply.rest()


@kind()
async def stall_mid_event(reply: Reply) -> None:
    """Wait within an event, then go on."""
    await reply.begin()
    if reply.pieces:
        data = event(reply.chunk(reply.take()))
        half = reply.rng.randrange(len(data))
        reply.body(data[:half])
        await _stall(reply)
        reply.body(data[half:])
    await reply.rest()


@kind()
async def stall_before_done(reply: Reply) -> None:
    """Send the finish reason, and nothing more."""
    await reply.begin()
    await reply.text()
    reply.finish()
    await _stall(reply)
    reply.usage()
    reply.done()


@kind(harmless=True)
async def slow_drip(reply: Reply) -> None:
    """Send every event in small pieces."""
    reply.head()
    while reply.record.sent - reply.record.start < len(reply.pieces):
        data = event(reply.chunk(reply.take()))
        while data:
            size = reply.rng.randint(1, 80)
            reply.body(data[:size])
            data = data[size:]
            await asyncio.sleep(0)
    await reply.rest()


@kind(harmless=True)
async def all_in_one_piece(reply: Reply) -> None:
    """Send headers and body at once."""
    wire, held = reply.wire, _Held()
    reply.wire = held
    await healthy(reply)
    wire.send(bytes(held.data))


class _Held:
    """Wire that only collects what is sent."""

    def __init__(self) -> None:
        self.data = bytearray()

    def send(self, data: bytes) -> None:
        self.data += data

    def hang_up(self, *, reset: bool) -> None:
        raise AssertionError("a reply in one piece does not hang up")


async def _stall(reply: Reply) -> None:
    await asyncio.sleep(_SHORT_STALL if reply.patient else _LONG_STALL)
