"""Event streams that are odd and whole: a client must read them as if nothing were the matter."""

from __future__ import annotations

import asyncio
import gzip
import json

from .fault_kinds import kind
from .marked_text import LEAK
from .reply import Reply, event


@kind(harmless=True)
async def no_finish_reason(reply: Reply) -> None:
    """Forget the finish reason, but not the end."""
    await reply.begin()
    await reply.text()
    reply.finish(None)
    reply.done()


@kind(harmless=True)
async def no_done(reply: Reply) -> None:
    """Forget the end, but not the finish reason."""
    await reply.begin()
    await reply.text()
    reply.finish()
    reply.end()


@kind(harmless=True)
async def close_after_the_finish_reason(reply: Reply) -> None:
    """Close right after the finish reason."""
    await reply.begin()
    await reply.text()
    reply.finish()
    reply.hang_up(reset=False)


@kind(harmless=True)
async def comments(reply: Reply) -> None:
    """Keep the connection alive by comments, pings and empty deltas."""
    reply.head()
    noise = (b": OPENROUTER PROCESSING\n\n", b"event: ping\ndata: {}\n\n", b":\n\n", event(reply.chunk("")))
    for place in range(len(reply.pieces)):
        for _ in range(reply.rng.randint(0, 3)):
            reply.body(reply.rng.choice(noise))
        await reply.text(place + 1)
    await reply.rest()


@kind(harmless=True)
async def other_line_ends(reply: Reply) -> None:
    """End lines by CR LF or CR alone."""
    reply.head()
    newline = reply.rng.choice((b"\r\n", b"\r"))
    while reply.record.sent - reply.record.start < len(reply.pieces):
        reply.body(event(reply.chunk(reply.take())).replace(b"\n", newline))
        await asyncio.sleep(0)
    reply.body(event(reply.chunk(finish="stop")).replace(b"\n", newline))
    reply.record.ending = "whole"
    reply.body(b"data: [DONE]" + newline * 2)
    reply.end()


@kind(harmless=True)
async def null_fields(reply: Reply) -> None:
    """Send fields that are null, and objects without any."""
    reply.head()
    for place in range(len(reply.pieces)):
        chunk = reply.chunk()
        chunk["choices"][0]["delta"] = reply.rng.choice(
            (None, {}, {"content": None}, {"role": "assistant", "content": None, "tool_calls": None})
        )
        reply.body(event(reply.rng.choice((chunk, {"choices": []}, {"choices": None}))))
        await reply.text(place + 1)
    await reply.rest()


@kind(harmless=True)
async def odd_usage(reply: Reply) -> None:
    """Send a usage that makes no sense, or none."""
    await reply.begin()
    await reply.text()
    reply.finish()
    odd = (-5, 10**30, "12", None, [], 1.5)
    for _ in range(reply.rng.randint(0, 2)):
        reply.usage(prompt_tokens=reply.rng.choice(odd), completion_tokens=reply.rng.choice(odd))
    reply.done()


@kind(harmless=True)
async def several_choices(reply: Reply) -> None:
    """Send a second choice beside the first."""
    await reply.begin()
    for place in range(len(reply.pieces)):
        await reply.text(place + 1)
        second = reply.chunk(f" {LEAK}")
        second["choices"][0]["index"] = 1
        reply.body(event(second))
    await reply.rest()


@kind(harmless=True)
async def text_after_the_end(reply: Reply) -> None:
    """Send an event after the end of the stream."""
    await reply.begin()
    await reply.text()
    reply.finish()
    reply.body(event("[DONE]"))
    reply.body(event(reply.chunk(f" {LEAK}")))
    reply.end()


@kind(harmless=True)
async def giant_line(reply: Reply) -> None:
    """Send a comment and a field of half a megabyte."""
    await reply.begin(reply.some)
    reply.body(b": " + b"zanzibar" * 30_000 + b"\n\n")
    chunk = {**reply.chunk(""), "padding": "z" * 250_000}
    reply.body(event(chunk))
    await reply.rest()


@kind(harmless=True)
async def compressed(reply: Reply) -> None:
    """Compress the stream though the client asked for none."""
    body = b"".join(event(reply.chunk(reply.take())) for _ in range(len(reply.pieces)))
    body += event(reply.chunk(finish="stop")) + event("[DONE]")
    reply.record.ending = "whole"
    reply.whole_body("200 OK", "text/event-stream", gzip.compress(body), "content-encoding: gzip")


@kind(harmless=True)
async def another_content_type(reply: Reply) -> None:
    """Send the stream under another name."""
    reply.head(kind=reply.rng.choice(("text/plain", "application/json", "application/octet-stream")))
    await reply.rest()


@kind(harmless=True)
async def whole_object(reply: Reply) -> None:
    """Answer in one object, as servers do that cannot stream."""
    reply.at_once()


@kind(harmless=True)
async def invalid_utf8(reply: Reply) -> None:
    """Send bytes that are no UTF-8 in an event that counts for nothing."""
    await reply.begin(reply.some)
    reply.body(b'data: {"choices": [], "note": "\xff\xfe\xc3"}\n\n')
    await reply.rest()


@kind(harmless=True)
async def many_deltas_in_an_event(reply: Reply) -> None:
    """Forget the empty lines between events."""
    reply.head()
    while reply.record.sent - reply.record.start < len(reply.pieces):
        left = len(reply.pieces) - (reply.record.sent - reply.record.start)
        lines = [json.dumps(reply.chunk(reply.take())) for _ in range(min(left, reply.rng.randint(1, 4)))]
        reply.body("".join(f"data: {line}\n" for line in lines).encode() + b"\n")
        await asyncio.sleep(0)
    await reply.rest()
