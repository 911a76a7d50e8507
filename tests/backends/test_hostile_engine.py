"""An engine that sends what no engine should: what comes of it is an error of bounded size and work."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from fault_server import (
    HELLO,
    Exchange,
    FaultServer,
    SocketServer,
    delta,
    event,
    raw,
    response,
    status,
    stream,
)
from http_client import Make, chunks, failure, text

from sot.backends.openai_compatible.transport.decompression import PIECE, Decompressor
from sot.backends.openai_compatible.wire.completion_reader import CompletionReader
from sot.backends.openai_compatible.wire.error_mapping import StatusNotOk, is_loading, one_line, status_error
from sot.backends.openai_compatible.wire.error_shapes import error_fields, error_words, page_text
from sot.backends.openai_compatible.wire.payloads import parse_object
from sot.backends.openai_compatible.wire.refusals import named_bound, named_fields, refuses_prefill
from sot.backends.openai_compatible.wire.surrogates import SurrogateJoiner
from sot.errors import BackendError, BackendStatusError, ConfigError, MalformedResponseError, SotError

HUGE = "9" * 4000
LONGEST_MESSAGE = 600


def nested(depth: int, opening: str = '{"error":', closing: str = "}") -> str:
    """A JSON text that is nested as deeply as asked."""
    return opening * depth + '"x"' + closing * depth


def deep_list(depth: int) -> str:
    return nested(depth, "[", "]")


STREAMED_ERRORS = [
    *(
        f'{{"error": {{"message": "no", "{field}": {value}}}}}'
        for field in ("code", "status", "type", "message", "param")
        for value in ("1e999", "-1e999", "NaN", HUGE, "[]", "{}", "true", '"1e999"', deep_list(900))
    ),
    *(nested(depth) for depth in (2, 300, 950, 978, 990, 100_000)),
    nested(978, '{"error":[', "]}"),
    f'{{"error": {deep_list(978)}}}',
    f'{{"detail": {deep_list(978)}}}',
    f'{{"message": {deep_list(978)}, "code": 1e999}}',
    f'{{"base_resp": {{"status_code": {deep_list(970)}}}}}',
    json.dumps({"error": {"message": "m" * 1_000_000, "code": "c" * 100_000}}),
    json.dumps({"error": {"message": {"a": ["<style "] * 30_000}}}),
    '{"error": {"code": -5, "message": null}}',
]
STREAMED_SHAPES = [
    "[]",
    "5",
    "null",
    "NaN",
    '"text"',
    "{",
    deep_list(100_000),
    f'{{"choices": {deep_list(978)}}}',
    '{"choices": "text"}',
    '{"choices": 5}',
    '{"choices": [5]}',
    '{"choices": [[]]}',
    '{"choices": [null]}',
    '{"choices": {"a": 1}}',
    '{"choices": [{"index": 0}, {"index": "1"}]}',
    '{"choices": [{"index": [1], "delta": 7}]}',
    '{"choices": [{"delta": []}]}' * 2,
    '{"choices": [{"delta": {"content": 7}}]}',
    '{"choices": [{"delta": {"content": [7]}}]}',
    f'{{"choices": [{{"delta": {{"reasoning": {deep_list(978)}}}}}]}}',
    '{"choices": [{"delta": "a", "finish_reason": ' + HUGE + "1" * 400 + "}]}",
]


def deepest(opening: str, closing: str) -> int:
    """The greatest depth that can be parsed here."""
    low, high = 1, 100_000
    while high - low > 1:
        middle = (low + high) // 2
        try:
            json.loads(nested(middle, opening, closing))
            low = middle
        except RecursionError:
            high = middle
    return low


class TestObjects:
    @pytest.mark.parametrize("payload", STREAMED_ERRORS, ids=lambda payload: payload[:30])
    async def test_an_error_in_a_stream(self, server: FaultServer, make: Make, payload: str) -> None:
        server.default = stream([delta("Hel"), payload])
        error = await failure(make())
        assert isinstance(error, MalformedResponseError | BackendStatusError)
        assert len(str(error)) < LONGEST_MESSAGE

    @pytest.mark.parametrize("payload", STREAMED_ERRORS, ids=lambda payload: payload[:30])
    async def test_an_error_in_place_of_an_answer(
        self, server: FaultServer, make: Make, payload: str
    ) -> None:
        server.default = raw_status(500, payload)
        error = await failure(make(max_retries=0))
        assert isinstance(error, BackendError)
        assert len(str(error)) < LONGEST_MESSAGE

    @pytest.mark.parametrize("payload", STREAMED_SHAPES, ids=lambda payload: payload[:30])
    async def test_an_object_of_another_shape(self, server: FaultServer, make: Make, payload: str) -> None:
        server.default = stream([payload, "[DONE]"])
        error = await failure(make(max_retries=0))
        assert isinstance(error, MalformedResponseError)
        assert len(str(error)) < LONGEST_MESSAGE

    def test_every_depth_around_the_one_that_is_too_deep(self) -> None:
        """What can still be parsed may be too deep to be written, compared or searched."""
        for opening, closing in (('{"error":', "}"), ('{"message":', "}"), ('{"error":[', "]}"), ("[", "]")):
            most = deepest(opening, closing)
            for depth in range(most - 12, most + 2):
                inner = nested(depth, opening, closing)
                for body in (inner, f'{{"error": {inner}}}', f'{{"choices": [{{"delta": {inner}}}]}}'):
                    message = str(status_error(400, body, one_line))
                    try:
                        CompletionReader(one_line).take(parse_object(body, one_line))
                    except StatusNotOk as refusal:
                        message += str(status_error(500, refusal.text, one_line))
                    except MalformedResponseError as error:
                        message += str(error)
                    assert len(message) < 2 * LONGEST_MESSAGE

    @pytest.mark.parametrize(
        "usage",
        [
            {"prompt_tokens": -5, "completion_tokens": -7},
            {"prompt_tokens": float("inf"), "completion_tokens": float("nan")},
            {"prompt_tokens": 10**3000, "completion_tokens": -(10**3000)},
            {"prompt_tokens": True, "completion_tokens": [1]},
            {"prompt_tokens": "many", "completion_tokens": "-3"},
            {"prompt_tokens": "9" * 3000, "completion_tokens": "1e9"},
            ["prompt_tokens"],
            "12",
            7,
        ],
        ids=lambda usage: str(usage)[:30],
    )
    async def test_a_usage_that_is_none(self, server: FaultServer, make: Make, usage: Any) -> None:
        server.default = stream([delta("Hel"), delta("lo"), delta(finish="stop"), {"usage": usage}, "[DONE]"])
        last = (await chunks(make()))[-1].usage
        assert last is not None
        assert (last.prompt_tokens, last.completion_tokens) == (0, 2)

    async def test_a_usage_in_quotes(self, server: FaultServer, make: Make) -> None:
        usage = {"prompt_tokens": "11", "completion_tokens": "2"}
        server.default = stream([delta("Hel"), delta("lo"), delta(finish="stop"), {"usage": usage}, "[DONE]"])
        last = (await chunks(make()))[-1].usage
        assert last is not None
        assert (last.prompt_tokens, last.completion_tokens) == (11, 2)

    @pytest.mark.parametrize(
        "listed",
        [
            '{"data": {"id": "m"}}',
            '{"data": 5}',
            f'{{"data": {deep_list(970)}}}',
            '{"data": [5, null, [], {"id": 7}, {"id": ["m"]}]}',
            '{"data": [{"id": "m\\u001b[31m"}, {"id": "' + "m" * 600 + '"}]}',
            "[]",
        ],
        ids=lambda listed: listed[:30],
    )
    async def test_a_model_list_without_a_usable_name(
        self, server: FaultServer, make: Make, listed: str
    ) -> None:
        server.other["/v1/models"] = raw([listed.encode()], content_type="application/json")
        error = await failure(make(model=None, max_retries=0))
        assert isinstance(error, ConfigError | MalformedResponseError)
        assert len(str(error)) < LONGEST_MESSAGE

    async def test_odd_fields_of_a_model(self, server: FaultServer, make: Make) -> None:
        entry = {
            "id": "m",
            "owned_by": 7,
            "max_model_len": 1e999,
            "supported_parameters": [[[1]]],
            "meta": [2],
        }
        server.other["/v1/models"] = status(200, {"data": [entry]})
        assert (await make(model=None).info()).context_length is None


def raw_status(code: int, body: str) -> Any:
    """Answer with a status and these bytes."""

    async def behave(exchange: Exchange) -> None:
        await exchange.start(code, {"content-type": "application/json"})
        await exchange.send(body.encode())
        await exchange.end()

    return behave


class TestText:
    async def test_bytes_that_are_no_utf8(self, server: FaultServer, make: Make) -> None:
        pieces = [event(delta("Hello")).replace(b"Hello", b"H\xff\xfe\xe2\x82llo"), event("[DONE]")]
        server.default = raw(pieces)
        got = await text(make())
        assert got.startswith("H\ufffd")
        assert got.endswith("llo")

    async def test_an_emoji_in_two_deltas(self, server: FaultServer, make: Make) -> None:
        halves = [r"A \ud83d", r"\ude00 face", r" \udead", r" end\ud83d"]
        events = [f'{{"choices": [{{"delta": {{"content": "{half}"}}}}]}}' for half in halves]
        server.default = stream([*events, delta(finish="stop"), "[DONE]"])
        assert await text(make()) == "A \U0001f600 face \ufffd end"

    def test_halves_are_joined_and_never_come_out_alone(self) -> None:
        whole = "a\U0001f600b\u00e9\U0001f680"
        halves = whole.encode("utf-16-le")
        units = [halves[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(halves), 2)]
        joiner = SurrogateJoiner()
        assert "".join(map(joiner.take, units)) == whole
        for lone in ("\ud83d\ud83d\ude00", "\ude00\ud83dx", "\udfff"):
            joiner = SurrogateJoiner()
            assert "".join([*map(joiner.take, lone), joiner.take(".")]).encode()


class TestSizes:
    async def test_one_endless_line(self, server: FaultServer, make: Make) -> None:
        async def endless(exchange: Exchange) -> None:
            await exchange.start()
            await exchange.send(b"data: ")
            for _ in range(80):
                await exchange.send(b"x" * 262_144)

        server.default = endless
        assert isinstance(await failure(make(max_retries=0)), MalformedResponseError)

    async def test_white_space_without_end(self, server: FaultServer, make: Make) -> None:
        server.default = raw([b" \n" * 30_000] * 4)
        error = await failure(make(max_retries=0))
        assert "white space" in str(error)

    async def test_white_space_before_an_answer_is_waited_through(
        self, server: FaultServer, make: Make
    ) -> None:
        server.default = raw([b"\n", b" ", b"\r\n\n", *(event(payload) for payload in HELLO)])
        assert await text(make()) == "Hello"

    @pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 ", b""])
    async def test_headers_without_end(self, make: Make, begin: bytes) -> None:
        with SocketServer(lambda connection, number: begin + b"x-a: b\r\n" * 40_000) as server:
            error = await failure(make(server.url, max_retries=0))
        assert isinstance(error, BackendError)
        assert len(str(error)) < LONGEST_MESSAGE

    async def test_a_status_that_does_not_exist(self, make: Make) -> None:
        for code in ("999 Odd", "600 Odd"):
            answer = response(b"", status=code)
            with SocketServer(lambda connection, number, answer=answer: answer) as server:
                error = await failure(make(server.url, max_retries=0))
            assert isinstance(error, MalformedResponseError)
            assert code[:3] in str(error)

    @pytest.mark.parametrize("value", ["1e999", "nan", "-5", HUGE, "Mon, 01 Jan 999999 00:00:00 GMT", "²"])
    async def test_a_pause_that_makes_no_sense(
        self, server: FaultServer, make: Make, waits: list[float], value: str
    ) -> None:
        server.script.append(status(429, headers={"retry-after": value}))
        outcome = await asyncio.gather(text(make()), return_exceptions=True)
        assert outcome == ["Hello"] or isinstance(outcome[0], SotError)
        assert all(0 <= wait <= 60 for wait in waits)

    def test_a_page_of_tags_is_read_once(self) -> None:
        """A search that begins anew at every tag would not end today."""
        for part in ("<style ", "<style>", "<script>x</style>", "<", "<<a", "</script", "<style></styl"):
            assert len(page_text(part * 100_000)) <= 100_000 * len(part) + 100_000
        assert page_text(long := "<" + "a" * 500_000) == long
        assert page_text("<h1>Bad</h1><STYLE>p{}</style><script>1<2</script>Gateway").split() == [
            "Bad",
            "Gateway",
        ]

    def test_a_long_message_is_searched_at_its_ends_alone(self) -> None:
        words = error_words(error_fields(json.dumps({"error": {"message": "a" * 50_000 + " is too long"}})))
        assert len(words) < 4096
        assert words.endswith("is too long")

    @pytest.mark.parametrize(
        "part",
        ["prompt ", "exceed", "total token ", "'loc': [", "1,", "expected user ", "assistant ", "max "],
    )
    def test_no_message_makes_the_patterns_search_for_long(self, part: str) -> None:
        """Patterns over all of such a message would take minutes each."""
        body = json.dumps({"error": {"message": part * (300_000 // len(part))}})
        words = error_words(error_fields(body))
        status_error(400, body, str)
        is_loading(503, body)
        named_fields(body, {"top_p", "stop"}, {"top_p", "stop"})
        named_bound(body, 7)
        assert not refuses_prefill(404, words)


BOMB = gzip.compress(b'{"data": [' + bytes(48 * 1024 * 1024))
MOST_MEMORY = 24 * 1024 * 1024


class TestCompression:
    @pytest.mark.parametrize("where", ["answer", "refusal", "models", "endpoint"])
    async def test_few_bytes_that_stand_for_many(self, server: FaultServer, make: Make, where: str) -> None:
        async def bomb(exchange: Exchange) -> None:
            kind = {"content-type": "application/json", "content-encoding": "gzip"}
            await exchange.start(500 if where == "refusal" else 200, kind)
            await exchange.send(BOMB)
            await exchange.end()

        server.default = bomb
        server.other = {"/v1/models": bomb, "/metrics": bomb}
        backend = make(model=None if where == "models" else "m", max_retries=0)
        tracemalloc.start()
        try:
            if where == "endpoint":
                await backend.load()
            else:
                assert isinstance(await failure(backend), BackendError)
            assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
        finally:
            tracemalloc.stop()

    @pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "GZIP", "identity", ""])
    async def test_an_answer_that_is_compressed_although_not_asked_for(
        self, server: FaultServer, make: Make, encoding: str
    ) -> None:
        plain = b"".join(event(payload) for payload in HELLO)
        body = {"gzip": gzip.compress(plain), "deflate": zlib.compress(plain)}.get(
            encoding.lower().removeprefix("x-"), plain
        )

        async def compressed(exchange: Exchange) -> None:
            await exchange.start(headers={"content-encoding": encoding})
            for at in range(0, len(body), 7):
                await exchange.send(body[at : at + 7])
            await exchange.end()

        server.default = compressed
        assert await text(make()) == "Hello"

    async def test_a_forwarded_answer_is_decompressed(self, server: FaultServer, make: Make) -> None:
        async def compressed(exchange: Exchange) -> None:
            await exchange.start(headers={"content-encoding": "gzip"})
            await exchange.send(gzip.compress(event("[DONE]")))
            await exchange.end()

        server.default = compressed
        async with make().forward({"messages": []}) as answer:
            assert b"".join([piece async for piece in answer.pieces]) == event("[DONE]")
            assert "content-encoding" not in answer.headers

    @pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x" * 5000])
    async def test_a_body_that_is_something_else(
        self, server: FaultServer, make: Make, encoding: str
    ) -> None:
        async def broken(exchange: Exchange) -> None:
            await exchange.start(headers={"content-encoding": encoding})
            await exchange.send(b"data: [DONE]\n\n")
            await exchange.end()

        server.default = broken
        error = await failure(make(max_retries=0))
        assert isinstance(error, MalformedResponseError)
        assert "decompressed" in str(error)

    def test_pieces_are_small_and_whole_however_the_body_is_cut(self) -> None:
        plain = bytes(range(256)) * 2000
        bare = zlib.compressobj(wbits=-15)
        bodies = {
            "gzip": gzip.compress(plain[:1000]) + gzip.compress(plain[1000:]) + bytes(5),
            "deflate": bare.compress(plain) + bare.flush(),
        }
        for encoding, body in bodies.items():
            for size in (1, 100, len(body)):
                decompressor = Decompressor(encoding, "the server")
                cuts = (body[at : at + size] for at in range(0, len(body), size))
                pieces = [piece for cut in cuts for piece in decompressor.feed(cut)]
                assert b"".join(pieces) == plain
                assert max(map(len, pieces)) <= PIECE


class TestTurns:
    """Much that comes at once is handled with turns for other tasks in between."""

    @pytest.mark.parametrize(
        "flood", [b"data: {}\n\n" * 20_000, b"data: {}\n" * 900 + b"\n", event(delta("a")) * 4_000]
    )
    async def test_a_flood_of_events(self, server: FaultServer, make: Make, flood: bytes) -> None:
        server.default = raw([flood, *(event(payload) for payload in HELLO)])
        number = flood.count(b"data:")
        async with Ticks() as ticks:
            assert (await text(make())).endswith("Hello")
        assert ticks.number > number // 250

    async def test_a_flood_of_tiny_pieces(self, make: Make) -> None:
        plain = b": a comment\n" * 6_000 + b"".join(event(payload) for payload in HELLO)
        body = b"".join(b"1\r\n%c\r\n" % byte for byte in plain) + b"0\r\n\r\n"
        head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        with SocketServer(lambda connection, number: head + body) as server:
            async with Ticks() as ticks:
                assert await text(make(server.url)) == "Hello"
        assert ticks.number > len(body) // 20_000  # some milliseconds of work between two of them

    async def test_a_bomb_of_comments(self, server: FaultServer, make: Make) -> None:
        comments = gzip.compress(b": a comment that stands for nothing\n" * 100_000)

        async def bomb(exchange: Exchange) -> None:
            await exchange.start(headers={"content-encoding": "gzip"})
            await exchange.send(comments)
            for payload in HELLO:
                await exchange.send(gzip.compress(event(payload)))
            await exchange.end()

        server.default = bomb
        async with Ticks() as ticks:
            assert await text(make()) == "Hello"
        assert ticks.number > 36 * 100_000 // PIECE


class Ticks:
    """Counter of the event loop's turns.

    Attributes:
        number: Turns so far.
    """

    def __init__(self) -> None:
        self.number = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Ticks:
        self._task = asyncio.create_task(self._count())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.number += 1
