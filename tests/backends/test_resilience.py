"""The client against connections that break, servers that are not ready, and model lists that fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fault_server import (
    HELLO,
    Behaviour,
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
from http_client import NOW, Make, chunks, failure, text

from sot.backends.openai_compatible import model_list
from sot.errors import BackendConnectionError, BackendError, ServerError
from sot.types import GenerateConfig

ANSWER = response(b"".join(event(e) for e in HELLO))
LOADING: list[tuple[int, Any]] = [
    (503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}),
    (503, {"error": "model is still loading, try again"}),
    (503, {"error": "Model is warming up", "error_type": "warmup"}),
    (503, {"detail": "The engine is not ready yet"}),
    (429, {"error": {"message": "The model is currently loading", "estimated_time": 20.0}}),
    (503, "<h1>Server is starting up</h1>"),
]


class TestReusedConnections:
    @pytest.mark.parametrize("graceful", [True, False])
    async def test_one_that_breaks_at_once_costs_no_try(
        self, make: Make, waits: list[float], graceful: bool
    ) -> None:
        def reply(_: int, number: int) -> bytes | None:
            return ANSWER if number == 1 else None

        with SocketServer(reply, graceful=graceful) as server:
            backend = make(server.url, max_retries=0)
            for _ in range(3):
                assert await text(backend) == "Hello"
            await backend.aclose()
        assert [seen[:2] for seen in server.seen] == [(1, 1), (1, 2), (2, 1), (3, 1)]
        assert waits == []

    async def test_a_new_one_that_breaks_is_a_failed_try(self, make: Make, waits: list[float]) -> None:
        with SocketServer(lambda connection, number: None) as server:
            error = await failure(make(server.url, max_retries=1))
        assert isinstance(error, BackendConnectionError)
        assert [seen[:2] for seen in server.seen] == [(1, 1), (2, 1)]
        assert len(waits) == 1

    async def test_the_new_one_may_break_too(self, make: Make) -> None:
        def reply(connection: int, _: int) -> bytes | None:
            return ANSWER if connection == 1 and len(server.seen) == 1 else None

        with SocketServer(reply) as server:
            backend = make(server.url, max_retries=0)
            assert await text(backend) == "Hello"
            assert isinstance(await failure(backend), BackendConnectionError)
            await backend.aclose()
        assert [seen[:2] for seen in server.seen] == [(1, 1), (1, 2), (2, 1)]

    async def test_a_request_that_is_passed_on(self, make: Make) -> None:
        def reply(_: int, number: int) -> bytes | None:
            return ANSWER if number == 1 else None

        async def forwarded() -> bytes:
            async with backend.forward({"messages": []}) as answer:
                return b"".join([piece async for piece in answer.pieces])

        with SocketServer(reply) as server:
            backend = make(server.url, max_retries=0)
            assert await forwarded() == await forwarded()
            await backend.aclose()
        assert [seen[:2] for seen in server.seen] == [(1, 1), (1, 2), (2, 1)]

    async def test_a_model_list(self, make: Make) -> None:
        listed = response(json.dumps({"data": [{"id": "only"}]}).encode())

        def reply(_: int, number: int) -> bytes | None:
            first = server.seen[-1][2]
            if number > 1:
                return None
            return listed if "/models" in first else ANSWER

        with SocketServer(reply) as server:
            backend = make(server.url, max_retries=0, model=None)
            assert await text(backend) == "Hello"
            await backend.check()
            await backend.aclose()

    async def test_a_response_that_breaks_is_not_asked_for_twice(self, make: Make) -> None:
        begun = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n" + event(delta("Hel"))

        def reply(_: int, number: int) -> bytes | None:
            return {1: ANSWER, 2: begun}.get(number)

        with SocketServer(reply) as server:
            backend = make(server.url, between_token_timeout=0.2)
            assert await text(backend) == "Hello"
            assert isinstance(await failure(backend), BackendError)
            await backend.aclose()
        assert len(server.seen) == 2


class TestLoading:
    @pytest.mark.parametrize(("code", "payload"), LOADING)
    async def test_a_model_that_is_being_loaded_is_waited_for(
        self, server: FaultServer, make: Make, waits: list[float], code: int, payload: Any
    ) -> None:
        server.script.extend([status(code, payload)] * 12)
        assert await text(make(max_retries=0)) == "Hello"
        assert len(waits) == 12
        assert max(waits) == 2.0  # a model that is ready is not left waiting for long

    async def test_up_to_the_time_limit_of_the_first_token(
        self, server: FaultServer, make: Make, waits: list[float]
    ) -> None:
        server.default = status(*LOADING[0])
        error = await failure(make(max_retries=2, first_token_timeout=30.0))
        assert isinstance(error, ServerError)
        assert "Loading model" in str(error)
        assert sum(waits) == pytest.approx(30.0)

    async def test_the_server_knows_how_long(
        self, server: FaultServer, make: Make, waits: list[float]
    ) -> None:
        server.script.append(status(*LOADING[1], headers={"retry-after": "20"}))
        assert await text(make(max_retries=0)) == "Hello"
        assert waits == [20.0]

    @pytest.mark.parametrize(
        ("code", "words"),
        [(503, "overloaded"), (500, "failed to load model x"), (503, "no route to the model")],
    )
    async def test_other_failures_are_not(
        self, server: FaultServer, make: Make, waits: list[float], code: int, words: str
    ) -> None:
        server.default = status(code, {"error": words})
        assert isinstance(await failure(make(max_retries=1)), ServerError)
        assert len(server.completions) == 2

    async def test_the_engine_is_known_after_the_wait(
        self, server: FaultServer, make: Make, waits: list[float]
    ) -> None:
        answers = [status(*LOADING[0]), status(200, {"data": [{"id": "m", "owned_by": "vllm"}]})]

        async def models(exchange: Exchange) -> None:
            await answers.pop(0)(exchange)

        server.other["/v1/models"] = models
        assert (await make().info()).name == "vllm"
        assert len(waits) == 1


class TestModelLists:
    @pytest.mark.parametrize(
        "behaviour",
        [
            status(400),
            status(401),
            status(429),
            status(500),
            status(503),
            status(200, '{"data": ['),
            raw([b'{"data"'], content_type="application/json", drop=True),
            Exchange.drop,
            Exchange.gone,
        ],
    )
    async def test_one_that_fails_does_not_matter_where_the_model_is_named(
        self,
        server: FaultServer,
        make: Make,
        waits: list[float],
        behaviour: Behaviour,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(model_list, "_NAMED_SECONDS", 1.0)
        server.other["/v1/models"] = behaviour
        backend = make()
        info = await backend.info()
        assert (info.model, info.context_length, info.continues_turn) == ("m", None, False)
        assert await text(backend, GenerateConfig(repetition_penalty=1.1)) == "Hello"
        assert waits == []

    async def test_not_every_answer_asks_again_for_one_that_failed(
        self, server: FaultServer, make: Make
    ) -> None:
        server.other["/v1/models"] = status(500)
        backend = make()
        for _ in range(3):
            await backend.info()
        assert len([seen for seen in server.seen if seen.path == "/v1/models"]) == 1

    async def test_it_does_matter_where_the_model_is_not_named(
        self, server: FaultServer, make: Make, waits: list[float]
    ) -> None:
        server.other["/v1/models"] = status(502)
        assert isinstance(await failure(make(model=None)), ServerError)
        assert len(waits) == 3
        assert server.completions == []


@pytest.mark.parametrize("code", [200, 201, 202, 203, 206])
async def test_every_status_of_success_is_an_answer(server: FaultServer, make: Make, code: int) -> None:
    async def behave(exchange: Exchange) -> None:
        await exchange.start(code)
        for payload in HELLO:
            await exchange.send(event(payload))
        await exchange.end()

    server.default = behave
    server.other["/v1/models"] = status(code, {"data": [{"id": "only"}]})
    assert await text(make(model=None)) == "Hello"
    assert server.completions[0].body["model"] == "only"


async def test_a_reset_of_the_rate_limit(server: FaultServer, make: Make, waits: list[float]) -> None:
    server.script.append(status(429, headers={"x-ratelimit-reset": str(int(NOW) + 4)}))
    server.script.append(status(429, headers={"retry-after": f"{(NOW + 6) * 1000:.0f}"}))
    server.default = stream()
    assert await chunks(make())
    assert waits == [4.0, 6.0]
