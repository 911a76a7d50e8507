"""Clients that leave, and clients that do not read: what that does to the engine and to everybody else.

The engine is a test double that holds answers back where a test wants it (`cli_server.Gate`).
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cli_server import NORMAL, POINTS, QUESTION, TEXT, TITLES, Gate
from engine_server import PATIENCE, EngineServer
from fault_server import Exchange, delta, event
from scripted import ScriptedBackend, by_stage
from server_process import COMPLETIONS, ServedApp, body, events

from sot import SkeletonOfThought
from sot.server import ServerSettings, reply

TOOLS = [{"type": "function", "function": {"name": "weather"}}]


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture
def engine(running: EngineServer) -> Iterator[EngineServer]:
    running.reset()
    yield running
    assert running.at_rest(), "a request runs on at the engine"


@pytest.fixture
def served(engine: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(engine.url) as served:
        yield served
        assert served.at_rest()
    assert engine.all_closed(), "a connection to the engine was left open"


def post(served: ServedApp, fields: dict[str, Any], path: str = COMPLETIONS) -> socket.socket:
    """Send a request and leave the answer alone; gives the connection."""
    content = json.dumps(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE)
    connection.sendall(head.encode() + content)
    return connection


def read(connection: socket.socket) -> bytes:
    """Everything that comes until the server hangs up."""
    with connection:
        return b"".join(iter(lambda: connection.recv(1 << 20), b""))


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
class TestGone:
    def test_every_request_of_a_skeleton_answer_ends(
        self, served: ServedApp, engine: EngineServer, stream: bool
    ) -> None:
        gates = [Gate(), Gate(), Gate()]
        engine.points = {index: ["Some text. ", gate] for index, gate in enumerate(gates, 1)}
        connection = post(served, body(stream=stream))
        for gate in gates:
            gate.wait_reached()
        connection.close()
        for gate in gates:
            gate.wait_left()
        assert served.wait_ended(1) == [("skeleton", "client_gone")]

    def test_a_skeleton_that_is_still_written_ends(
        self, served: ServedApp, engine: EngineServer, stream: bool
    ) -> None:
        gate = Gate()
        engine.skeleton = ["1. One\n", gate]
        connection = post(served, body(stream=stream))
        gate.wait_reached()
        connection.close()
        gate.wait_left()
        assert served.wait_ended(1) == [("skeleton", "client_gone")]

    @pytest.mark.parametrize(
        ("fields", "strategy"),
        [({"model": "normal"}, "normal"), ({"model": "cot"}, "cot"), ({"tools": TOOLS}, "direct")],
        ids=["normal", "cot", "direct"],
    )
    def test_a_single_request_ends(
        self, served: ServedApp, engine: EngineServer, stream: bool, fields: dict[str, Any], strategy: str
    ) -> None:
        gate = Gate()
        engine.normal = ["The beginning ", gate, "the end."]
        connection = post(served, body(stream=stream, **fields))
        gate.wait_reached()
        connection.close()
        gate.wait_left()
        assert served.wait_ended(1) == [(strategy, "client_gone")]

    def test_an_answer_that_waits_for_a_place_is_forgotten(self, engine: EngineServer, stream: bool) -> None:
        gate = Gate()
        engine.normal = ["Held ", gate, "back."]
        with ServedApp(engine.url, ServerSettings(max_answers=1)) as served:
            first = post(served, body(model="normal", stream=stream))
            gate.wait_reached()
            waiting = post(served, body(model="normal", stream=stream))
            served.wait_gate(running=1, waiting=1)
            waiting.close()
            served.wait_gate(running=1, waiting=0)
            gate.open()
            assert b"back." in read(first)
            assert len(engine.completions) == 1


def test_those_who_watch_events_can_leave_too(served: ServedApp, engine: EngineServer) -> None:
    gate = Gate()
    engine.points = {**POINTS, 1: ["Some text. ", gate]}
    connection = post(served, {"question": QUESTION}, "/sot/events")
    gate.wait_reached()
    connection.close()
    gate.wait_left()
    assert served.wait_ended(1) == [("skeleton", "client_gone")]


def test_a_client_that_leaves_in_the_middle_of_its_question_is_no_answer(
    served: ServedApp, engine: EngineServer
) -> None:
    connection = socket.create_connection(("127.0.0.1", served.port))
    connection.sendall(
        f"POST {COMPLETIONS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        'Content-Length: 999\r\n\r\n{"model": '.encode()
    )
    connection.close()
    assert served.wait_ended(1) == [(None, "client_gone")]
    assert engine.completions == []


async def test_a_hundred_clients_that_leave_at_random_leave_nothing_behind(
    served: ServedApp, engine: EngineServer
) -> None:
    chance = random.Random(7)
    fields = [{"model": "skeleton"}, {"model": "normal"}, {"model": "cot"}, {"tools": TOOLS}]

    async def visit(client: httpx.AsyncClient, number: int) -> None:
        asked = body(stream=True, **fields[number % len(fields)])
        leaves_after = chance.randrange(8)
        async with client.stream("POST", served.address + COMPLETIONS, json=asked) as response:
            async for _ in response.aiter_raw():
                if not leaves_after:
                    return
                leaves_after -= 1

    async with httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(max_connections=None)) as client:
        await asyncio.gather(*(visit(client, number) for number in range(100)))
    outcomes = served.wait_ended(100)
    assert {outcome for _, outcome in outcomes} <= {"done", "client_gone"}
    assert ("skeleton", "client_gone") in outcomes
    assert served.at_rest()
    assert served.post(body()).json()["choices"][0]["message"]["content"] == TEXT


class TestSlow:
    LONG = ("x" * 5_000 + " ") * 150 + "End."  # 750 kB in 151 tokens: more than a connection holds

    @staticmethod
    def varied(point: int) -> str:
        """A text as long as `LONG` that repeats no word."""
        return " ".join(f"{'x' * 5_000}-{point}-{number}" for number in range(150)) + " End."

    def stuck(self, served: ServedApp, engine: EngineServer) -> socket.socket:
        """A client that does not read; comes back when nothing more is taken from the engine for it."""
        sent = 0
        began = threading.Event()

        async def endless(exchange: Exchange) -> None:
            nonlocal sent
            await exchange.start()
            began.set()
            leaving = asyncio.ensure_future(exchange.gone())
            while not leaving.done() and sent < 400:
                await exchange.send(event(delta(self.LONG)))
                sent += 1

        engine.script.append(endless)
        connection = post(served, body(model="normal", stream=True))
        assert began.wait(PATIENCE)
        before = -1
        while before != sent or not sent:
            before = sent
            for _ in range(5):  # nobody else is held up
                assert served.post(body()).json()["choices"][0]["message"]["content"] == TEXT
        assert sent < 40, "30 MB: nothing bounds what waits for the reader"
        return connection

    def test_a_reader_who_does_not_read_holds_up_the_engine_and_nobody_else(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        self.stuck(served, engine).close()
        served.wait_outcome("normal", "client_gone")

    def test_a_reader_who_does_not_read_does_not_hold_up_the_end(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        with self.stuck(served, engine):
            served.cut()
            served.wait_outcome("normal", "stopped")
            assert engine.at_rest()

    def test_a_reader_who_never_reads_loses_the_place(
        self, engine: EngineServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reply, "_UNREAD_S", 0.2)
        with ServedApp(engine.url) as served, self.stuck(served, engine):
            served.wait_outcome("normal", "client_gone")
            served.wait_gate(running=0, waiting=0)
            assert engine.at_rest()

    def test_a_reader_who_comes_back_late_has_missed_nothing(self, engine: EngineServer) -> None:
        engine.points = {index: self.varied(index) for index in (1, 2, 3)}
        with ServedApp(
            lambda: SkeletonOfThought(engine.url, opening=False, max_point_tokens=65_000)
        ) as served:
            connection = post(served, body(stream=True))
            while len(engine.completions) < 4 or not engine.at_rest():
                assert served.post(body(model="normal")).json()["choices"][0]["message"]["content"] == NORMAL
            _, _, stream = read(connection).partition(b"\r\n\r\n")
        contents = re.findall(rb'"content":"(.*?)"', stream)
        assert b"".join(contents).count(b"x" * 5_000) == 3 * 150
        assert b"data: [DONE]" in stream

    def test_answers_of_the_core_do_not_wait_for_each_others_readers(self) -> None:
        backend = ScriptedBackend(by_stage("1. One\n2. Two\n", {1: self.LONG, 2: self.LONG}))
        with ServedApp(lambda: SkeletonOfThought(backend)) as served:
            slow = [post(served, body(stream=True)) for _ in range(8)]
            quick = served.post(body("What is 2 + 2?", model="cot"))
            assert quick.json()["choices"][0]["message"]["content"] == "A normal answer."
            for connection in slow:
                assert b"[DONE]" in read(connection)


class TestFull:
    """More answers than places."""

    def test_the_queue_is_served_in_order(self, engine: EngineServer) -> None:
        gate = Gate()
        engine.normal = ["Held ", gate, "back."]
        with ServedApp(engine.url, ServerSettings(max_answers=1)) as served:
            connections = [post(served, body("0", model="normal"))]
            gate.wait_reached()
            for number in range(1, 6):
                connections.append(post(served, body(str(number), model="normal")))
                served.wait_gate(running=1, waiting=number)
            gate.open()
            for connection in connections:
                assert b"Held back." in read(connection)
        assert [turns[0]["content"] for turns in engine.asked()] == list("012345")
        assert engine.activity.most == 1

    def test_what_finds_the_queue_full_is_told_when_to_come_again(self, engine: EngineServer) -> None:
        gate = Gate()
        engine.normal = ["Held ", gate, "back."]
        with ServedApp(engine.url, ServerSettings(max_answers=2, max_waiting=1)) as served:
            held = [post(served, body(model="normal")) for _ in range(2)]
            served.wait_gate(running=2, waiting=0)
            held.append(post(served, body(model="normal")))
            served.wait_gate(running=2, waiting=1)
            for path, asked in ((COMPLETIONS, body()), ("/sot/events", {"question": QUESTION})):
                refused = served.post(asked, path)
                assert refused.status_code == 429
                assert int(refused.headers["retry-after"]) >= 1
                assert refused.json()["error"]["code"] == "rate_limit_exceeded"
                assert refused.json()["error"]["type"] == "rate_limit_error"
            assert served.get("/health").status_code == 200
            gate.open()
            for connection in held:
                assert b"Held back." in read(connection)
            assert served.post(body()).status_code == 200

    def test_nobody_waits_longer_than_the_limit(self, engine: EngineServer) -> None:
        gate = Gate()
        engine.normal = ["Held ", gate, "back."]
        with ServedApp(engine.url, ServerSettings(max_answers=1, max_wait_s=0.01)) as served:
            held = post(served, body(model="normal"))
            gate.wait_reached()
            assert served.post(body()).status_code == 429
            gate.open()
            assert b"Held back." in read(held)


def test_many_at_once_are_all_answered(served: ServedApp, engine: EngineServer) -> None:
    connections = [post(served, body(stream=number % 2 == 0)) for number in range(60)]
    for connection in connections:
        _, _, content = read(connection).partition(b"\r\n\r\n")
        assert TITLES[2].encode() in content
    assert {outcome for _, outcome in served.wait_ended(60)} == {"done"}
    assert events(served.post(body(stream=True)).content)
