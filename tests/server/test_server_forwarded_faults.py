"""Forwarded responses that are broken, odd or none: no client takes one for a whole answer.

The engine is a test double on a bare socket, which sends what no HTTP server would.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fault_server import SocketServer, delta, event
from server_process import ServedApp, body

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
MODELS = json.dumps({"data": [{"id": "m"}]}).encode()
MESSAGE = {"role": "assistant", "content": "Sunny, they say."}
WHOLE = json.dumps(
    {
        "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
).encode()
STREAM = event(delta("Sunny, ")) + event(delta("they say.")) + event(delta(finish="stop")) + event("[DONE]")
EVENTS = b"content-type: text/event-stream\r\n"
JSON = b"content-type: application/json\r\n"


def answer(content: bytes, headers: bytes, *, status: bytes = b"200 OK", length: int | None = None) -> bytes:
    """A response on the wire; without a length its end is that of the connection."""
    told = b"" if length is None else b"content-length: %d\r\n" % length
    return b"HTTP/1.1 " + status + b"\r\nconnection: close\r\n" + headers + told + b"\r\n" + content


@pytest.fixture
def ask() -> Iterator[Callable[..., httpx.Response]]:
    """Asks a server whose engine answers the next request with these bytes, and closes the connection."""
    reply = b""
    models = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n%b\r\n%b" % (len(MODELS), JSON, MODELS)
    waiting: list[bytes | None] = []

    def send(connection: int, number: int) -> bytes | None:
        head = engine.seen[-1][2]
        if head.startswith("POST"):
            waiting.append(None)  # what comes next on this connection: its end
            return reply
        return models if " /v1/models" in head else b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n"

    class Closing(SocketServer):
        """Closes a connection after its answer to a completion."""

        async def _serve(self, reader: Any, writer: Any) -> None:
            write = writer.write

            def write_and_end(data: bytes) -> None:
                write(data)
                if data is reply:
                    writer.close()

            writer.write = write_and_end
            await super()._serve(reader, writer)

    with Closing(send, graceful=True) as engine, ServedApp(engine.url) as served:

        def asking(sent: bytes, **fields: object) -> httpx.Response:
            nonlocal reply
            reply = sent
            return served.post(body(tools=[TOOL], **fields))

        yield asking
        assert served.at_rest()


Ask = Callable[..., httpx.Response]


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The error of a response, or of the last event of a stream."""
    last = response.content.rstrip().rpartition(b"\n\n")[2].removeprefix(b"data: ")
    return json.loads(last)["error"]


class TestStatus:
    @pytest.mark.parametrize("code", [b"999 Odd", b"600 More", b"302 Found", b"304 Same", b"204 None"])
    @pytest.mark.parametrize("headers", [JSON, EVENTS])
    def test_one_that_no_answer_has(self, ask: Ask, code: bytes, headers: bytes) -> None:
        content = b"" if code[:3] in (b"204", b"304") else WHOLE
        response = ask(answer(content, headers + b"location: http://10.0.0.1/\r\n", status=code))
        assert response.status_code == 502
        assert response.json()["error"]["code"] == "backend_failed"

    @pytest.mark.parametrize("code", [b"201 Made", b"418 Teapot", b"529 Busy"])
    def test_one_that_an_answer_may_have(self, ask: Ask, code: bytes) -> None:
        response = ask(answer(WHOLE, JSON, status=code, length=len(WHOLE)))
        assert (response.status_code, response.content) == (int(code[:3]), WHOLE)


class TestCutShort:
    @pytest.mark.parametrize("length", [None, len(WHOLE)], ids=["no length", "length"])
    @pytest.mark.parametrize("kept", [0, 1, 40, len(WHOLE) - 1])
    def test_a_whole_answer(self, ask: Ask, kept: int, length: int | None) -> None:
        response = ask(answer(WHOLE[:kept], JSON, length=length))
        assert response.status_code in (502, 503)
        assert "error" in response.json()

    @pytest.mark.parametrize("kept", [len(event(delta("Sunny, "))), 150, 270])
    def test_a_stream(self, ask: Ask, kept: int) -> None:
        response = ask(answer(STREAM[:kept], EVENTS), stream=True)
        assert b"[DONE]" not in response.content
        assert error_of(response)["code"] in ("backend_failed", "backend_unavailable")
        assert b"Sunny, " in response.content

    def test_a_stream_in_chunks(self, ask: Ask) -> None:
        piece = event(delta("Sunny, "))
        sent = answer(
            b"%x\r\n%b\r\n5\r\nda" % (len(piece), piece), EVENTS + b"transfer-encoding: chunked\r\n"
        )
        response = ask(sent, stream=True)
        assert error_of(response)["code"] == "backend_unavailable"

    @pytest.mark.parametrize(
        "end",
        [
            event(delta(finish="stop")),
            event("[DONE]"),
            event({"error": {"message": "full", "code": 500}}),
            b'event: error\ndata: {"message": "full"}\n\n',
            event({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
        ],
        ids=range(5),
    )
    def test_a_stream_with_any_end_is_one(self, ask: Ask, end: bytes) -> None:
        sent = event(delta("Sunny, ")) + end
        assert ask(answer(sent, EVENTS), stream=True).content == sent

    def test_nothing_at_all(self, ask: Ask) -> None:
        assert ask(b"").status_code == 503


class TestCompressed:
    @pytest.mark.parametrize(
        ("encoding", "pack"), [(b"gzip", gzip.compress), (b"deflate", zlib.compress), (b"identity", bytes)]
    )
    def test_it_arrives_readable(self, ask: Ask, encoding: bytes, pack: Callable[[bytes], bytes]) -> None:
        more = b"content-encoding: " + encoding + b"\r\n"
        packed = pack(WHOLE)
        response = ask(answer(packed, JSON + more, length=len(packed)))
        assert response.content == WHOLE
        assert int(response.headers["content-length"]) == len(WHOLE)
        packed = pack(STREAM)
        assert ask(answer(packed, EVENTS + more), stream=True).content == STREAM

    @pytest.mark.parametrize(
        ("headers", "content"), [(JSON, WHOLE), (EVENTS, STREAM)], ids=["json", "events"]
    )
    def test_what_is_cut_is_none(self, ask: Ask, headers: bytes, content: bytes) -> None:
        packed = gzip.compress(content)
        response = ask(answer(packed[: len(packed) // 2], headers + b"content-encoding: gzip\r\n"))
        assert error_of(response)["type"] == "server_error"

    @pytest.mark.parametrize("encoding", [b"br", b"zstd", b"gzip, gzip", b"\xff"])
    def test_one_that_was_not_asked_for(self, ask: Ask, encoding: bytes) -> None:
        response = ask(answer(b"\x01\x02", JSON + b"content-encoding: " + encoding + b"\r\n"))
        assert response.status_code == 502


class TestOddHeaders:
    @pytest.mark.parametrize("value", [b"\xff\xfe", "naïve ☃".encode(), b"a\x01b", b"\x7f", b"x" * 5000])
    @pytest.mark.parametrize("name", [b"x-request-id", b"retry-after", b"content-type"])
    def test_they_do_no_harm(
        self, ask: Ask, caplog: pytest.LogCaptureFixture, name: bytes, value: bytes
    ) -> None:
        response = ask(answer(WHOLE, name + b": " + value + b"\r\n", length=len(WHOLE)))
        assert response.status_code in (200, 502, 503)
        assert response.status_code != 200 or response.content == WHOLE
        assert "Traceback" not in caplog.text
