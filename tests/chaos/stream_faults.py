"""Faults within the event stream: missing ends, errors, filters, limits, events of other shapes."""

from __future__ import annotations

import asyncio

from .fault_kinds import kind
from .marked_text import LEAK
from .reply import Reply, event


@kind()
async def empty_stream(reply: Reply) -> None:
    """Send no event at all."""
    reply.head()
    reply.end()


@kind()
async def only_done(reply: Reply) -> None:
    """Send nothing but the end."""
    reply.head()
    reply.done()


@kind()
async def no_text(reply: Reply) -> None:
    """Stop before any text."""
    await reply.begin()
    reply.stop_early()
    reply.usage()
    reply.done()


@kind()
async def cut_without_done(reply: Reply) -> None:
    """End the body properly in the middle of the text."""
    await reply.begin(reply.some)
    reply.end()


@kind()
async def half_an_event(reply: Reply) -> None:
    """End the body properly in the middle of an event."""
    await reply.begin(reply.some)
    reply.body(b'data: {"choices": [{"index": 0, "delta": {"content": " zanz')
    reply.end()


@kind()
async def half_an_event_reset(reply: Reply) -> None:
    """Reset in the middle of an event."""
    await reply.begin(reply.some)
    reply.body(b'data: {"choices": [{"index": 0, "delta": {"content": " zanz')
    await asyncio.sleep(0)
    reply.hang_up(reset=True)


@kind()
async def error_at_the_start(reply: Reply) -> None:
    """Send an error as the first event."""
    reply.head()
    reply.body(event({"error": {"message": f"no memory {LEAK}", "code": 500}}))
    reply.end()


@kind()
async def error_mid_stream(reply: Reply) -> None:
    """Send an error between two deltas."""
    await reply.begin(reply.some)
    shape = reply.rng.choice(
        (
            {"error": {"message": f"engine died {LEAK}", "code": 500}},
            {"error": f"engine died {LEAK}"},
            {"error": {"message": LEAK, "type": "overloaded_error", "code": "overloaded"}},
        )
    )
    reply.body(event(shape))
    reply.done()


@kind()
async def error_event(reply: Reply) -> None:
    """Send an event of the type ``error``."""
    await reply.begin(reply.some)
    reply.body(b"event: error\n" + event({"message": f"gone {LEAK}"}))
    reply.end()


@kind()
async def hostile_error(reply: Reply) -> None:
    """Send an error that is hard to read."""
    await reply.begin(reply.some)
    shapes = (
        '{"error":{"code":1e999}}',
        '{"error":' * 978 + "1" + "}" * 978,
        '{"error":{"message":' + "[" * 400 + "]" * 400 + "}}",
        '{"error":{"message":null,"code":-1,"status":"' + "9" * 400 + '"}}',
    )
    reply.body(event(reply.rng.choice(shapes)))
    reply.end()


@kind()
async def invalid_json(reply: Reply) -> None:
    """Send an event that is no JSON."""
    await reply.begin(reply.some)
    reply.body(event('{"choices": [{"delta": {"content": "zanzibar"}'))
    reply.end()


@kind()
async def another_shape(reply: Reply) -> None:
    """Send an event of another shape, and end."""
    await reply.begin(reply.some)
    shapes = ('"zanzibar"', "[]", "17", '{"choices": 5}', '{"choices": ["z"]}', '{"choices":[{"delta":7}]}')
    reply.body(event(reply.rng.choice(shapes)))
    reply.end()


@kind()
async def filter_at_the_start(reply: Reply) -> None:
    """Cut everything by the content filter."""
    await reply.begin()
    reply.finish("content_filter", "content_filter")
    reply.done()


@kind()
async def filter_mid_stream(reply: Reply) -> None:
    """Cut the text by the content filter."""
    await reply.begin(max(1, reply.some))
    reply.finish("content_filter", "content_filter")
    reply.usage()
    reply.done()


@kind()
async def length_mid_stream(reply: Reply) -> None:
    """Cut the text by a limit of the engine's own."""
    await reply.begin(max(1, reply.some))
    reply.finish("length", "length")
    reply.usage()
    reply.done()


@kind()
async def aborted(reply: Reply) -> None:
    """Give the request up, as engines do when they are short of memory."""
    await reply.begin(reply.some)
    reply.finish("abort", "cut")
    reply.done()


@kind()
async def tool_call(reply: Reply) -> None:
    """Call a tool that nobody offered."""
    await reply.begin()
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": LEAK, "arguments": "{}"}}
    reply.body(event(reply.chunk(tool_calls=[call])))
    reply.stop_early("tool_calls")
    reply.done()
