"""A paced engine without a model: scripted answers, a token of every request each step, at next to no cost.

It speaks as vLLM does: its name in the model list, usage with every token, one chunk of the body for each.
The texts are `backends.replay`'s, so that skeletons are lists and points are sentences.

    python -m tests.serving.step_engine --port 8300 --step 0.02
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from backends.replay.script import Script, pieces
from sot.types import Message

_MODEL = "paced"
_PROMPT_TOKENS = 200
_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
)
_CHUNK = (
    'data: {"id":"chatcmpl-0123456789abcdef0123456789abcdef","object":"chat.completion.chunk",'
    '"created":1764260000,"model":"' + _MODEL + '","choices":[{"index":0,"delta":{"content":%s},'
    '"logprobs":null,"finish_reason":%s,"token_ids":null}],"usage":{"prompt_tokens":'
    f'{_PROMPT_TOKENS},"total_tokens":%d,"completion_tokens":%d}}}}\n\n'
)


class Stream:
    """One completion on its way.

    Args:
        transport: The connection.
        tokens: Its tokens.
        finish: Its finish reason.
    """

    def __init__(self, transport: asyncio.Transport, tokens: Sequence[str], finish: str) -> None:
        self._transport = transport
        self._parts = self._chunks(tokens, finish)
        transport.write(_HEAD)

    def step(self) -> bool:
        """Send the next token; returns whether there are more."""
        part = next(self._parts, None)
        if part is None or self._transport.is_closing():
            return False
        self._transport.write(part)
        return True

    @staticmethod
    def _chunks(tokens: Sequence[str], finish: str) -> Iterator[bytes]:
        for number, token in enumerate(tokens, 1):
            data = _CHUNK % (json.dumps(token), "null", _PROMPT_TOKENS + number, number)
            yield b"%x\r\n%b\r\n" % (len(data), data.encode())
        spent = (_PROMPT_TOKENS + len(tokens), len(tokens))
        end = (_CHUNK % ('""', f'"{finish}"', *spent) + "data: [DONE]\n\n").encode()
        yield b"%x\r\n%b\r\n0\r\n\r\n" % (len(end), end)


class Batch:
    """Batch of all completions under way, which get their tokens in the same step: continuous batching.

    Args:
        step_s: Seconds from one token to the next.
    """

    def __init__(self, step_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._step_s = step_s
        self._streams: list[Stream] = []
        self._due = 0.0

    def add(self, stream: Stream) -> None:
        """Add a completion; its first token comes with the next step."""
        if not self._streams:
            self._due = self._loop.time() + self._step_s
            self._loop.call_at(self._due, self._step)
        self._streams.append(stream)

    def _step(self) -> None:
        self._streams = [stream for stream in self._streams if stream.step()]
        if self._streams:
            self._due = max(self._due + self._step_s, self._loop.time())
            self._loop.call_at(self._due, self._step)


class Connection(asyncio.Protocol):
    """Connection of a client: requests in turn, each with a body of a given length.

    Args:
        batch: Takes the completions.
        script: Texts of the completions.
    """

    def __init__(self, batch: Batch, script: Script) -> None:
        self._batch = batch
        self._script = script
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, rest = self._data.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.decode("latin-1").split("\r\n")
        length = next((int(line[15:]) for line in lines if line.lower().startswith("content-length:")), 0)
        if len(rest) < length:
            return
        self._data = rest[length:]
        path = lines[0].split(" ")[1]
        if path.endswith("/chat/completions"):
            self._complete(json.loads(rest[:length]))
        elif path.endswith("/models"):
            self._whole(200, {"object": "list", "data": [{"id": _MODEL, "owned_by": "vllm"}]})
        else:
            self._whole(404, {"detail": "Not Found"})

    def _complete(self, body: dict[str, Any]) -> None:
        turns = [Message(turn["role"], turn["content"]) for turn in body["messages"]]
        prefill = turns.pop().content if turns[-1].role == "assistant" else None
        tokens = pieces(self._script, turns, prefill)
        most = body.get("max_tokens") or len(tokens)
        finish = "stop" if len(tokens) <= most else "length"
        self._batch.add(Stream(self._transport, tokens[:most], finish))

    def _whole(self, status: int, payload: dict[str, Any]) -> None:
        body = json.dumps(payload).encode()
        head = f"HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def serve(port: int, step_s: float, script: Script) -> None:
    """Serve on a port of this machine until cancelled.

    Args:
        port: The port.
        step_s: Seconds from one token to the next.
        script: Texts of the completions.
    """
    batch = Batch(step_s)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(batch, script), "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve on a port of this machine until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.serving.step_engine", description=__doc__)
    parser.add_argument("--port", type=int, default=8300)
    parser.add_argument("--step", type=float, default=0.02, help="seconds from one token to the next")
    options = parser.parse_args(arguments)
    asyncio.run(serve(options.port, options.step, Script()))


if __name__ == "__main__":
    main()
