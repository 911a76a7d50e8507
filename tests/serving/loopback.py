"""A loopback engine: an OpenAI-compatible server without a model, for measuring what stands before it.

Every completion is the same numbered list, a word a chunk, at a fixed pace. It counts what it does, so that
requests that nobody ended show.

    python -m tests.serving.loopback --port 8300 --words 64 --word-seconds 0.005
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Coroutine, Sequence
from typing import Any

import uvicorn

_TEXT = "\n".join(f"{number}. Topic {name} and what it means" for number, name in enumerate("ABCDEF", 1))


def _event(payload: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(payload, separators=(",", ":")).encode() + b"\n\n"


def _chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
    fields = {"id": "chatcmpl-loopback", "object": "chat.completion.chunk", "created": 0, "model": "loopback"}
    return _event({**fields, "choices": choices, **more})


class Loopback:
    """The engine as an ASGI application.

    Args:
        words: Chunks of a completion.
        word_seconds: Seconds from one chunk to the next; 0: as fast as they can be sent.
    """

    def __init__(self, words: int, word_seconds: float) -> None:
        self._seconds = word_seconds
        text = (_TEXT + "\n\n") * (words // len(_TEXT.split(" ")) + 1)
        self._words = [
            _chunk({"content": word if number == 0 else f" {word}"})
            for number, word in enumerate(text.split(" ")[:words])
        ]
        self._usage = {"prompt_tokens": 50, "completion_tokens": words, "total_tokens": 50 + words}
        self.running = self.done = self.aborted = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        path = scope["path"]
        if path.endswith("/models"):
            await _json(send, {"object": "list", "data": [{"id": "loopback", "owned_by": "loopback"}]})
        elif path == "/metrics":
            lines = f"vllm:num_requests_running {self.running}\nvllm:num_requests_waiting 0\n"
            counts = f"loopback_done_total {self.done}\nloopback_aborted_total {self.aborted}\n"
            await _body(send, (lines + counts).encode(), b"text/plain")
        else:
            whole = not json.loads(body).get("stream")
            await self._complete(receive, send, self._whole(send) if whole else self._stream(send))

    async def _complete(self, receive: Any, send: Any, work: Coroutine[Any, Any, None]) -> None:
        self.running += 1
        streaming = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(receive())
        try:
            await asyncio.wait({streaming, gone}, return_when=asyncio.FIRST_COMPLETED)
            if streaming.done():
                streaming.result()
                self.done += 1
            else:
                self.aborted += 1
        finally:
            self.running -= 1
            for task in (streaming, gone):
                task.cancel()
            await asyncio.wait({streaming, gone})

    async def _whole(self, send: Any) -> None:
        await asyncio.sleep(self._seconds * self._usage["completion_tokens"])
        message = {"role": "assistant", "content": _TEXT}
        choices = [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}]
        fields = {"id": "chatcmpl-loopback", "object": "chat.completion", "created": 0, "model": "loopback"}
        await _json(send, {**fields, "choices": choices, "usage": self._usage})

    async def _stream(self, send: Any) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        await _start(send, b"text/event-stream")
        await _more(send, _chunk({"role": "assistant", "content": ""}))
        for word in self._words:
            due += self._seconds
            if self._seconds:
                await asyncio.sleep(max(0.0, due - clock()))
            await _more(send, word)
        await _more(send, _chunk({}, "stop", usage=self._usage))
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n", "more_body": False})


async def _start(send: Any, kind: bytes, length: int | None = None) -> None:
    headers = [(b"content-type", kind)]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _more(send: Any, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _body(send: Any, body: bytes, kind: bytes) -> None:
    await _start(send, kind, len(body))
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _json(send: Any, payload: dict[str, Any]) -> None:
    await _body(send, json.dumps(payload).encode(), b"application/json")


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve on a port of this machine until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.serving.loopback", description=__doc__)
    parser.add_argument("--port", type=int, default=8300)
    parser.add_argument("--words", type=int, default=64, help="chunks of a completion")
    parser.add_argument("--word-seconds", type=float, default=0.0, help="seconds between chunks")
    options = parser.parse_args(arguments)
    app = Loopback(options.words, options.word_seconds)
    uvicorn.run(app, port=options.port, log_level="error", lifespan="off", ws="none")


if __name__ == "__main__":
    main()
