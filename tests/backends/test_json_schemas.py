"""JSON schemas at OpenAI-compatible servers: which field is sent to whom, what a refusal changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from fault_server import Behaviour, Exchange, FaultServer, delta, status, stream
from http_client import Make, failure, text

from sot.errors import BadRequestError
from sot.types import BackendInfo, GenerateConfig

OBJECT: dict[str, Any] = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "説明": {"type": "string"}},
    "required": ["title", "説明"],
    "additionalProperties": False,
}
STRING: dict[str, Any] = {"type": "string", "maxLength": 40}
AS_OBJECT = GenerateConfig(schema=OBJECT)
AS_STRING = GenerateConfig(schema=STRING)
JSON = stream([delta('{"title": "Tea", '), delta('"説明": "茶"}'), delta(finish="stop"), "[DONE]"])


def owned_by(server: FaultServer, owner: str) -> None:
    """Make the server's model list name its engine."""
    server.other["/v1/models"] = status(200, {"data": [{"id": "m", "owned_by": owner}]})


def refusing(message: str, code: int = 400, **more: Any) -> Behaviour:
    """A server that refuses requests with a schema."""
    payload = {"error": {"message": message, "type": "invalid_request_error", **more}}

    async def behave(exchange: Exchange) -> None:
        await (status(code, payload) if "response_format" in exchange.body else stream())(exchange)

    return behave


def sent(server: FaultServer) -> list[bool]:
    """Return whether each completion asked for a schema."""
    return ["response_format" in seen.body for seen in server.completions]


def known(info: BackendInfo) -> tuple[bool | None, str]:
    return info.constrains, info.evidence.get("constrains", "")


class TestField:
    @pytest.mark.parametrize("owner", ["vllm", "llamacpp", "sglang", "library"])
    async def test_engines_that_constrain_get_every_schema(
        self, server: FaultServer, make: Make, owner: str
    ) -> None:
        owned_by(server, owner)
        server.default = stream([delta("Hel"), delta(finish="length"), "[DONE]"])  # shows nothing
        backend = make()
        for schema in (OBJECT, STRING, {"enum": [1, 2]}, {}):
            await text(backend, GenerateConfig(schema=schema))
            field = server.completions[-1].body["response_format"]
            assert field["type"] == "json_schema"
            assert field["json_schema"]["schema"] == schema
            assert field["json_schema"]["name"]
        assert list(server.completions[0].body["response_format"]["json_schema"]["schema"]["properties"]) == [
            "title",
            "説明",
        ]

    @pytest.mark.parametrize("owner", ["openai", "litellm", "some-hub"])
    async def test_others_get_objects_alone(self, server: FaultServer, make: Make, owner: str) -> None:
        owned_by(server, owner)
        backend = make()
        server.default = JSON
        assert json.loads(await text(backend, AS_OBJECT)) == {"title": "Tea", "説明": "茶"}
        await text(backend, AS_STRING)
        await text(backend)
        assert sent(server) == [True, False, False]

    @pytest.mark.parametrize(
        ("schema", "strict"),
        [
            (OBJECT, True),
            ({**OBJECT, "additionalProperties": True}, False),
            ({**OBJECT, "required": ["title"]}, False),
            ({**OBJECT, "properties": {"title": {"type": "object"}}, "required": ["title"]}, False),
            ({**OBJECT, "properties": {"title": OBJECT}, "required": ["title"]}, True),
            ({**OBJECT, "required": "title"}, False),
        ],
    )
    async def test_strict_only_where_openai_takes_it_so(
        self, server: FaultServer, make: Make, schema: dict[str, Any], strict: bool
    ) -> None:
        await text(make(), GenerateConfig(schema=schema))
        assert server.completions[0].body["response_format"]["json_schema"]["strict"] is strict

    @pytest.mark.parametrize(
        "mine",
        [
            {"response_format": {"type": "json_object"}},
            {"response_format": None},
            {"structured_outputs": {"choice": ["a"]}},
            {"grammar": 'root ::= "a"'},
        ],
    )
    @pytest.mark.parametrize("always", [True, False])
    async def test_the_callers_own_constraint_wins(
        self, server: FaultServer, make: Make, mine: Mapping[str, Any], always: bool
    ) -> None:
        backend = make(extra_body=mine) if always else make()
        await text(backend, GenerateConfig(schema=OBJECT, extra={} if always else mine))
        body = server.completions[0].body
        assert {name: body.get(name) for name in ("response_format", *mine)} == {
            "response_format": None,
            **mine,
        }

    async def test_not_where_thoughts_come_first_in_the_text(self, server: FaultServer, make: Make) -> None:
        backend = make(engine_can={"opens_thinking": True, "constrains": True})
        for think in (None, True, False):
            await text(backend, GenerateConfig(schema=OBJECT, think=think))
        assert sent(server) == [False, False, True]

    async def test_by_hand(self, server: FaultServer, make: Make) -> None:
        server.other["/v1/models"] = status(200, {"data": [{"id": "m"}]})
        backend = make(engine_can={"constrains": "yes"})
        await text(backend, AS_STRING)
        assert known(await backend.info()) == (True, "the setting engine_can constrains")
        await text(make(engine_can={"constrains": "no"}), AS_OBJECT)
        await text(make(engine_can={"refuses": "response_format"}), AS_OBJECT)
        assert sent(server) == [True, False, False]


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "message", "more"),
        [
            (400, "This response_format type is unavailable now", {}),
            (400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported", {}),
            (400, "no", {"param": "response_format"}),
            (422, "[{'loc': ('body', 'response_format', 'type'), 'msg': 'Input should be text'}]", {}),
            (400, "Structured outputs are not supported by this model.", {}),
        ],
    )
    async def test_a_server_that_refuses_the_field_is_not_sent_it_again(
        self,
        server: FaultServer,
        make: Make,
        waits: list[float],
        code: int,
        message: str,
        more: dict[str, Any],
    ) -> None:
        server.default = refusing(message, code, **more)
        backend = make()
        for _ in range(2):
            assert await text(backend, AS_OBJECT) == "Hello"
        assert sent(server) == [True, False, False]
        assert waits == []
        server.other["/v1/models"] = status(200, {"data": []})
        info = await backend.info()
        assert info.refuses == ("response_format",)
        assert known(info) == (False, "it refuses response_format")

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            (
                400,
                "JSON schema conversion failed:\nUnrecognized schema: {'type': 'nonsense', 'seed': 'stop'}",
            ),
            (400, "Grammar error: Unimplemented keys: ['uniqueItems']"),
            (400, "Invalid schema for response_format 'answer': 'minLength' is not permitted."),
            (400, "The JSON schema is nested too deeply"),
            (400, "Sorry."),
            (500, "Internal server error"),
        ],
    )
    async def test_a_schema_that_is_refused_is_left_out_of_its_own_request_alone(
        self, server: FaultServer, make: Make, waits: list[float], code: int, message: str
    ) -> None:
        owned_by(server, "vllm")
        server.default = refusing(message, code)
        backend = make()
        config = GenerateConfig(schema=OBJECT, seed=1, stop=("x",))
        assert await text(backend, config) == "Hello"
        assert server.completions[-1].body.keys() >= {"seed", "stop"}
        server.default = JSON
        assert json.loads(await text(backend, config))
        assert sent(server) == [True, False, True]
        assert waits == []
        info = await backend.info()
        assert (info.refuses, info.constrains) == ((), True)

    async def test_an_error_in_the_stream_counts_as_well(self, server: FaultServer, make: Make) -> None:
        server.script.append(stream([{"error": {"message": "Grammar error: no", "code": 400}}]))
        assert await text(make(), AS_OBJECT) == "Hello"
        assert sent(server) == [True, False]

    async def test_a_field_that_is_merely_mentioned_is_sent_again(
        self, server: FaultServer, make: Make
    ) -> None:
        async def behave(exchange: Exchange) -> None:
            said = {"error": {"message": "response_format is fine, but seed is not supported"}}
            await (status(400, said) if "seed" in exchange.body else JSON)(exchange)

        server.default = behave
        assert json.loads(await text(make(), GenerateConfig(schema=OBJECT, seed=1)))
        assert sent(server) == [True, False, True]

    async def test_another_mistake_remains_an_error(self, server: FaultServer, make: Make) -> None:
        server.default = status(400, {"error": {"message": "no such model"}})
        assert isinstance(await failure(make(), AS_OBJECT), BadRequestError)
        assert sent(server) == [True, False]

    async def test_a_server_that_fails_is_asked_again_without_the_schema(
        self, server: FaultServer, make: Make, waits: list[float]
    ) -> None:
        server.script += [status(500), status(500), stream()]
        assert await text(make(), AS_OBJECT) == "Hello"
        assert sent(server) == [True, False, False]
        assert len(waits) == 1


class TestAnswers:
    @pytest.mark.parametrize(
        ("answer", "constrains", "says"),
        [
            ("Tea is a drink.", False, "no JSON"),
            ("```json\n{}\n```", False, "no JSON"),
            ('["Tea"]', False, "another type"),
            ('{"title": "Tea"}', None, ""),  # what it leaves out, and what proves nothing
            ("", None, ""),
        ],
    )
    async def test_a_text_that_does_not_follow_its_schema_shows_that_nothing_constrains_it(
        self, server: FaultServer, make: Make, answer: str, constrains: bool | None, says: str
    ) -> None:
        server.other["/v1/models"] = status(200, {"data": [{"id": "m"}]})
        server.default = stream([delta(answer), delta(finish="stop"), "[DONE]"])
        await text(make(), AS_OBJECT)
        found, evidence = known(await make().info())
        assert found is constrains
        assert says in evidence

    async def test_it_outweighs_what_the_engine_usually_does(self, server: FaultServer, make: Make) -> None:
        owned_by(server, "vllm")
        backend = make()
        assert known(await backend.info())[0] is True
        await text(backend, AS_OBJECT)  # "Hello"
        assert known(await backend.info())[0] is False

    @pytest.mark.parametrize(
        ("finish", "config"),
        [
            ("length", AS_OBJECT),
            ("stop", GenerateConfig(schema=OBJECT, stop=("}",))),
            ("stop", GenerateConfig(schema=OBJECT, extra={"response_format": {"type": "text"}})),
            ("stop", GenerateConfig()),
        ],
    )
    async def test_a_text_that_ended_early_or_was_free_shows_nothing(
        self, server: FaultServer, make: Make, finish: str, config: GenerateConfig
    ) -> None:
        owned_by(server, "vllm")
        server.default = stream([delta('{"title": "Te'), delta(finish=finish), "[DONE]"])
        backend = make()
        await text(backend, config)
        assert known(await backend.info())[0] is True

    async def test_nothing_is_known_of_others_before(self, server: FaultServer, make: Make) -> None:
        owned_by(server, "litellm")
        assert known(await make().info()) == (None, "")
