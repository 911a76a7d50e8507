"""Connections on which nothing comes, too much comes, or of which the client has closed its side.

Each test runs on both of uvicorn's protocols; the engine is a test double.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from cli_server import TEXT, Gate
from engine_server import PATIENCE, EngineServer
from guarded_app import QUIET, GuardedApp
from server_process import COMPLETIONS, body
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sot.server import ServerSettings
from sot.server.connections import ConnectionLimits

PROTOCOLS: dict[str, type[asyncio.Protocol]] = {"h11": H11Protocol, "httptools": HttpToolsProtocol}
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def asked(version: str = "1.1", path: str = COMPLETIONS, /, **fields: object) -> bytes:
    """A request for an answer, as it goes over the wire."""
    content = json.dumps(body(**fields)).encode()
    head = (
        f"POST {path} HTTP/{version}\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@pytest.fixture(params=PROTOCOLS.values(), ids=list(PROTOCOLS))
def base(request: pytest.FixtureRequest) -> type[asyncio.Protocol]:
    return request.param


@pytest.fixture
def served(engine: EngineServer, base: type[asyncio.Protocol]) -> Iterator[GuardedApp]:
    with GuardedApp(engine.url, base, ConnectionLimits(8, QUIET, QUIET)) as served:
        yield served


@pytest.fixture
def soon_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that has closed its side is soon looked at, to see whether it is still there."""
    monkeypatch.setattr("sot.server.guarded._QUIET_S", 0.05)


def connect(served: GuardedApp, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE)
    connection.sendall(sent)
    return connection


def read(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    received = b""
    while piece := _piece(connection):
        received += piece
    return received


def _piece(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


def until(connection: socket.socket, mark: bytes) -> bool:
    """Read until something has come; returns whether it has."""
    received = b""
    while mark not in received and (piece := _piece(connection)):
        received += piece
    return mark in received


def healthy(served: GuardedApp) -> bool:
    """Return whether a new client is answered, if need be one quicker than a time limit of the test."""
    for _ in range(20):
        try:
            response = served.get("/health")
        except httpx.TransportError:
            continue
        if response.status_code != 408:
            return response.status_code == 200
    return False


def told(served: GuardedApp, sent: bytes, mark: bytes) -> bytes:
    """Return what a client is told that sends so much and no more.

    It is told something else, without the mark, where it was slower than a time limit of the test: then
    another one tries.
    """
    said = b""
    for _ in range(20):
        try:
            with connect(served, sent) as idle:
                said = read(idle)
        except ConnectionError:
            continue
        if mark in said:
            break
    return said


class TestSilent:
    @pytest.mark.parametrize("sent", [b"", b"GET", HEALTH[:-2], asked()[:60]], ids=range(4))
    def test_it_is_closed_in_time(
        self, engine: EngineServer, base: type[asyncio.Protocol], sent: bytes
    ) -> None:
        with GuardedApp(engine.url, base, ConnectionLimits(8, 0.5, QUIET)) as served:
            said = told(served, sent, b" 408 " if sent else b"")
            statuses = [line[:12] for line in said.split(b"\r\n") if line.startswith(b"HTTP/")]
            assert statuses == ([b"HTTP/1.1 408"] if sent else [])
            assert healthy(served)

    def test_a_body_that_nobody_waits_for_is_not_waited_for(
        self, engine: EngineServer, base: type[asyncio.Protocol]
    ) -> None:
        settings = ServerSettings(api_keys=("k",))
        limits = ConnectionLimits(8, 0.5, QUIET)
        with GuardedApp(engine.url, base, limits, settings=settings) as served:
            said = told(served, asked()[:-5], b" 401 ")
        assert said.count(b"HTTP/1.1") == 1
        assert said.startswith(b"HTTP/1.1 401")

    @pytest.mark.parametrize("idle_s", [0.2, QUIET], ids=["pause", "whole"])
    def test_half_a_body_is_refused_in_time(
        self, engine: EngineServer, base: type[asyncio.Protocol], idle_s: float
    ) -> None:
        settings = ServerSettings(body_idle_s=idle_s, body_s=0.2 if idle_s == QUIET else QUIET)
        limits = ConnectionLimits(8, 1.0, QUIET)
        with GuardedApp(engine.url, base, limits, settings=settings) as served:
            said = told(served, asked()[:-5], b"body did not come")
            assert said.startswith(b"HTTP/1.1 408")
            assert b'"request_timeout"' in said
            served.wait_outcome(None, "refused")
            assert served.at_rest()

    def test_endless_headers_are_refused(self, served: GuardedApp) -> None:
        with connect(served, b"GET / HTTP/1.1\r\n") as endless:
            said = b""
            try:
                for number in range(100):
                    endless.sendall(b"X-%d: %s\r\n" % (number, b"x" * 5000))
            except ConnectionError:
                pass
            said = read(endless)
        assert not said or said.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
        assert healthy(served)

    def test_a_quick_client_keeps_its_connection(self, served: GuardedApp) -> None:
        with connect(served) as kept:
            for _ in range(3):
                kept.sendall(HEALTH)
                assert until(kept, b'"ok"')

    def test_a_large_body_that_is_refused_is_still_taken(
        self, engine: EngineServer, base: type[asyncio.Protocol]
    ) -> None:
        settings = ServerSettings(max_body_bytes=1000)
        with GuardedApp(engine.url, base, ConnectionLimits(8, QUIET, QUIET), settings=settings) as served:
            content = b"x" * 3_000_000
            head = f"POST {COMPLETIONS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
            with connect(
                served, head.encode() + b"Content-Type: application/json\r\n\r\n" + content
            ) as sender:
                assert sender.recv(65536).startswith(b"HTTP/1.1 413")


class TestFull:
    def test_the_longest_silent_one_gives_way(self, served: GuardedApp) -> None:
        with ExitStack() as stack:
            idle = [stack.enter_context(connect(served)) for _ in range(8)]
            assert healthy(served)
            assert read(idle[0]) == b""
            for each in idle[1:]:
                each.sendall(HEALTH)
                assert until(each, b'"ok"')

    def test_an_idle_one_gives_way_after_the_silent_ones(self, served: GuardedApp) -> None:
        with ExitStack() as stack:
            kept = [stack.enter_context(connect(served, HEALTH)) for _ in range(2)]
            for each in kept:
                assert until(each, b'"ok"')
            silent = [stack.enter_context(connect(served)) for _ in range(8)]
            assert read(silent[0]) == b""
            for each in kept:
                each.sendall(HEALTH)
                assert until(each, b'"ok"')

    def test_health_has_room_beside_answers(self, served: GuardedApp, engine: EngineServer) -> None:
        gate = Gate()
        engine.normal = ["Held ", gate, "back."]
        with ExitStack() as stack:
            held = [stack.enter_context(connect(served, asked(model="cot"))) for _ in range(6)]
            served.wait_gate(running=6, waiting=0)
            refused = served.get("/v1/models")
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "too_many_connections"
            assert int(refused.headers["retry-after"]) >= 1
            assert healthy(served)
            gate.open()
            for each in held:
                assert until(each, b"Held back.")
            assert served.get("/v1/models").status_code == 200


class TestHalfClosed:
    @pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
    @pytest.mark.parametrize("model", ["skeleton", "normal", "cot"])
    def test_it_gets_its_answer(
        self, served: GuardedApp, engine: EngineServer, model: str, stream: bool
    ) -> None:
        with connect(served, asked(model=model, stream=stream)) as half:
            half.shutdown(socket.SHUT_WR)
            said = read(half)
        assert said.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").startswith(b"HTTP/1.1 200")
        last = TEXT.split()[-1] if model == "skeleton" else "answer."
        text = b"".join(re.findall(rb'"content": ?"((?:[^"\\]|\\.)*)"', said))  # a piece may end anywhere
        assert last.encode() in text
        served.wait_ended(1)
        assert served.at_rest()

    @pytest.mark.parametrize("version", ["1.1", "1.0"])
    def test_also_of_what_is_no_answer(self, served: GuardedApp, version: str) -> None:
        with connect(served, HEALTH.replace(b"/1.1", f"/{version}".encode())) as half:
            half.shutdown(socket.SHUT_WR)
            assert b'"ok"' in read(half)

    def test_all_of_its_requests_are_answered(self, served: GuardedApp) -> None:
        with connect(served, HEALTH * 5) as half:
            half.shutdown(socket.SHUT_WR)
            assert read(half).count(b'"ok"') == 5

    @pytest.mark.usefixtures("soon_looked_at")
    def test_an_answer_that_takes_its_time(self, served: GuardedApp, engine: EngineServer) -> None:
        gate = Gate()
        engine.normal = ["Held ", gate, "back."]
        with connect(served, asked(model="cot")) as half:
            half.shutdown(socket.SHUT_WR)
            gate.wait_reached()
            assert half.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"  # whether it is still there
            gate.open()
            assert b"Held back." in read(half)

    @pytest.mark.usefixtures("soon_looked_at")
    @pytest.mark.parametrize("version", ["1.1", "1.0"])
    @pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
    def test_one_that_has_left_ends_its_answer(
        self, served: GuardedApp, engine: EngineServer, version: str, stream: bool
    ) -> None:
        gate = Gate()
        engine.normal = [gate, "Nobody reads it."]
        with connect(served, asked(version, model="cot", stream=stream)):
            gate.wait_reached()  # a busy machine might not have come so far before it is looked at
        gate.wait_left()
        served.wait_outcome("cot", "client_gone")
        assert served.at_rest()

    def test_one_that_leaves_in_the_middle_of_its_body(self, served: GuardedApp) -> None:
        with connect(served, asked()[:-5]) as half:
            half.shutdown(socket.SHUT_WR)
            assert read(half) == b""
        served.wait_outcome(None, "client_gone")


class TestOddBytes:
    @pytest.mark.parametrize(
        "sent",
        [
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \x00\x01\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: \xff\xc3\r\n\r\n",
            b"GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
            b"POST /sot/events HTTP/1.1\r\nHost: ::1\r\nContent-Length: 9\r\nContent-Type: \xe9\r\n\r\n",
            b"GET /v1/models/%ED%A0%80%0a%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /v1/models HTTP/9.9\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        ],
        ids=range(10),
    )
    def test_they_are_refused_without_a_fuss(
        self, served: GuardedApp, caplog: pytest.LogCaptureFixture, sent: bytes
    ) -> None:
        with connect(served, sent) as odd:
            odd.shutdown(socket.SHUT_WR)
            said = read(odd)
        assert not said or int(said.split()[1]) in (200, 400, 403, 404, 411, 415, 505)
        assert healthy(served)
        assert "Traceback" not in caplog.text
        assert "Exception" not in caplog.text
