"""`sot doctor` on what an engine can do: capabilities with evidence, warnings, the probe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from engine_endpoints import Template, listed, llamacpp, ollama, sglang, vllm
from engine_server import EngineServer
from fault_server import Exchange, status

import sot.cli.doctor_engines as engines
from sot.cli import main

FIELDS = {
    *("name", "model", "context_length", "continues_turn", "caches_prefixes", "parallel", "thinks"),
    *("stops_thinking", "opens_thinking", "parameters", "constrains", "adapters", "sleeps", "refuses"),
    *("evidence", "takes_priority", "separates_tenants"),
}


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture
def server(running: EngineServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineServer]:
    from sot.backends.openai_compatible.discovery.learned import forget_all

    forget_all()
    monkeypatch.setattr(engines, "_LOCAL_SERVERS", ())
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


def doctor(
    capsys: pytest.CaptureFixture[str], server: EngineServer, *arguments: str
) -> tuple[dict[str, Any], list[str]]:
    """The engine and the warnings by JSON; the report for people has them, too."""
    words = ["doctor", "--backend", server.url, *arguments]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["engine"].keys() == FIELDS
    if "--probe" not in arguments:
        assert main(words) == 0
        text = capsys.readouterr().out
        for warning in found["warnings"]:
            assert f"  !   {warning}" in text
        assert ("\nWarnings\n" in text) == bool(found["warnings"])
        for field, evidence in found["engine"]["evidence"].items():
            assert field in text
            assert evidence in text
    return found["engine"], found["warnings"]


def test_llamacpp_with_few_small_places(capsys: pytest.CaptureFixture[str], server: EngineServer) -> None:
    listed(server, "llamacpp")
    llamacpp(server, Template(), slots=4, context=1024)
    engine, warnings = doctor(capsys, server)
    assert (engine["name"], engine["parallel"], engine["context_length"]) == ("llamacpp", 4, 1024)
    assert (engine["continues_turn"], engine["caches_prefixes"], engine["thinks"]) == (True, "idle", False)
    assert len(warnings) == 2
    assert "4 requests at once" in warnings[0]
    assert "--parallel 8 -c " in warnings[0]
    assert "room for 1024 tokens" in warnings[1]


def test_nothing_to_warn_about(capsys: pytest.CaptureFixture[str], server: EngineServer) -> None:
    listed(server, "vllm", max_model_len=4096)
    vllm(server, Template(), max_num_seqs=64)
    engine, warnings = doctor(capsys, server, "--model", "m")
    assert (engine["parallel"], engine["caches_prefixes"]) == (64, "running")
    assert warnings == []


@pytest.mark.parametrize(
    ("engine", "flag"), [("vllm", "--enable-prefix-caching"), ("sglang", "without --disable-radix-cache")]
)
def test_no_prefix_cache(
    capsys: pytest.CaptureFixture[str], server: EngineServer, engine: str, flag: str
) -> None:
    listed(server, engine)
    if engine == "vllm":
        vllm(server, Template(), caching=False)
    else:
        sglang(server, disable_radix_cache=True)
    _, (warning,) = doctor(capsys, server)
    assert "no prefix cache" in warning
    assert flag in warning


@pytest.mark.parametrize(
    ("thinking", "says"),
    [
        ("unless told", "it is told not to for skeletons and points"),
        ("opens", "cannot be told not to: skeletons do not pay"),
    ],
)
def test_a_model_that_thinks(
    capsys: pytest.CaptureFixture[str], server: EngineServer, thinking: Any, says: str
) -> None:
    listed(server, "vllm")
    vllm(server, Template(thinking))
    engine, (warning,) = doctor(capsys, server)
    assert engine["thinks"] is True
    assert says in warning


def test_a_model_that_thinks_on_an_engine_that_does_not_say_more(
    capsys: pytest.CaptureFixture[str], server: EngineServer
) -> None:
    listed(server, "sglang")
    sglang(server, reasoning_parser="deepseek-r1")
    engine, (warning,) = doctor(capsys, server)
    assert (engine["thinks"], engine["stops_thinking"]) == (True, None)
    assert "shows with the first answer" in warning


def test_a_model_that_is_not_served(capsys: pytest.CaptureFixture[str], server: EngineServer) -> None:
    entries = [{"id": f"model-{number}"} for number in range(7)]
    server.other["/v1/models"] = status(200, {"data": entries})
    _, (warning,) = doctor(capsys, server, "--model", "model-9")
    assert "model-9 is not among" in warning
    assert "model-0, model-1, model-2, model-3, model-4 and 2 more" in warning


def test_our_own_server(capsys: pytest.CaptureFixture[str], server: EngineServer) -> None:
    entries = [{"id": name, "owned_by": "skeleton-of-thought"} for name in ("auto", "normal", "behind")]
    server.other["/v1/models"] = status(200, {"data": entries})
    server.other["/sot/about"] = status(200, {"backend": "http://e/v1", "model": "behind", "engine": {}})
    engine, (warning,) = doctor(capsys, server)
    assert (engine["name"], engine["model"]) == ("sot", "behind")
    assert "a Skeleton-of-Thought server itself" in warning


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_model_that_is_still_loading(
    capsys: pytest.CaptureFixture[str],
    server: EngineServer,
    monkeypatch: pytest.MonkeyPatch,
    form: tuple[str, ...],
) -> None:
    monkeypatch.setattr(engines, "_NAMED_S", 2.0)
    error = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
    server.other["/v1/models"] = status(503, {"error": error})
    assert main(["doctor", "--backend", server.url, *form]) == 1
    shown = capsys.readouterr()
    assert "not ready yet" in shown.out
    assert "Loading model" in shown.err
    if form:
        assert "Loading model" in json.loads(shown.out)["warnings"][0]


def test_by_hand(capsys: pytest.CaptureFixture[str], server: EngineServer) -> None:
    listed(server, "library")
    ollama(server, loaded=8192)
    engine, warnings = doctor(capsys, server, "--engine-can", "parallel=2", "--engine-can", "refuses=stop")
    assert (engine["parallel"], engine["refuses"]) == (2, ["stop"])
    assert "OLLAMA_NUM_PARALLEL" in warnings[0]
    assert "refuses stop" in warnings[1]


class TestProbe:
    def test_what_words_do_not_tell(self, capsys: pytest.CaptureFixture[str], server: EngineServer) -> None:
        listed(server, None)
        server.normal = "four, five, six, seven, eight, nine, ten, eleven, twelve"
        engine, _ = doctor(capsys, server, "--probe")
        assert len(server.completions) == 13
        assert all(exchange.body["max_tokens"] <= 24 for exchange in server.completions)
        assert engine["continues_turn"] is True, "it was tried, though no word told of it"
        assert "was continued with" in engine["evidence"]["continues_turn"]
        assert engine["thinks"] is False
        assert "ignored" in engine["evidence"]["stop"], "the double ignores stop sequences"

    def test_what_is_set_by_hand_stays(
        self, capsys: pytest.CaptureFixture[str], server: EngineServer
    ) -> None:
        listed(server, None)
        server.normal = "four, five, six, seven, eight, nine, ten"
        engine, _ = doctor(
            capsys, server, "--probe", "--engine-can", "continues_turn=no", "--engine-can", "thinks=yes"
        )
        assert (engine["continues_turn"], engine["thinks"]) == (False, True)
        assert "the setting" in engine["evidence"]["continues_turn"]

    def test_a_field_that_is_refused(self, capsys: pytest.CaptureFixture[str], server: EngineServer) -> None:
        listed(server, None)
        answer = server.default

        async def refuse_stop(exchange: Exchange) -> None:
            if "stop" in exchange.body:
                refusal = {"message": "Unsupported parameter: 'stop' is not supported", "param": "stop"}
                await status(400, {"error": {**refusal, "type": "invalid_request_error"}})(exchange)
            else:
                await answer(exchange)

        server.default = refuse_stop
        engine, warnings = doctor(capsys, server, "--probe")
        assert engine["refuses"] == ["stop"]
        assert any("refuses stop sequences" in warning for warning in warnings)

    def test_an_engine_that_fails(self, capsys: pytest.CaptureFixture[str], server: EngineServer) -> None:
        listed(server, None)
        server.default = status(500, {"error": {"message": "out of memory"}})
        _, warnings = doctor(capsys, server, "--probe")
        assert len(warnings) == 1
        assert "out of memory" in warnings[0]

    def test_it_is_not_sent_unasked(self, capsys: pytest.CaptureFixture[str], server: EngineServer) -> None:
        doctor(capsys, server)
        assert server.completions == []
