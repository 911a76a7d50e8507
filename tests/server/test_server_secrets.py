"""What clients never see: the engine's address, its words, its key, whatever goes wrong.

The engine is a test double that quotes itself, its address and the key that it was sent wherever it can.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli_server import MODEL, QUESTION
from engine_server import EngineServer
from fault_server import Behaviour, Exchange, delta, event, raw, status
from scripted import stage_of
from server_process import ServedApp, body

from sot.server import ServerSettings
from sot.server.failures import failure_of
from sot.server.key_file import key_file_warning
from sot.server.public import PublicView
from sot.server.redaction import Secrets, StreamRedactor
from sot.types import BackendInfo, Message

KEY = "engine/key+0123456789"
WORDS = "out of cheese at rack 7"
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
REVISED = {
    "answer": {"question": QUESTION, "points": [{"title": "Dark room", "text": "Keep it dark."}]},
    "points": ["Regular hours", "Dark room"],
}


def quoted(engine: EngineServer) -> str:
    return f"{WORDS}: {KEY} for {engine.url} on 127.0.0.1:{engine.port} was refused"


def broken(engine: EngineServer, kind: str) -> Behaviour:
    """A failure in which the engine says all it knows."""
    says: dict[str, Any] = {"error": {"message": quoted(engine), "code": WORDS, "param": KEY}}
    if kind.isdigit():
        return status(int(kind), says, {"retry-after": "0", "x-request-id": KEY})
    text = event(delta("Some text. "))
    return {
        "killed": raw([text], drop=True),
        "killed at once": raw([], drop=True),
        "cut": raw([text]),
        "error in the stream": raw([text, event(says)]),
        "a page": raw([f"<html>{quoted(engine)}</html>".encode()], content_type="text/html"),
        "no JSON": raw([b"data: {" + quoted(engine).encode() + b"\n\n"]),
        "nothing": raw([event(delta(finish="stop")), event("[DONE]")]),
    }[kind]


FAILURES = [
    *("400", "401", "404", "429", "500", "503"),
    *("killed", "killed at once", "cut", "error in the stream", "a page", "no JSON", "nothing"),
]


@pytest.fixture(scope="module")
def served(running: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(running.url, api_key=KEY, opening=True) as served:
        yield served


def told(response: httpx.Response) -> str:
    """Everything that a client gets to see, as it may be escaped."""
    seen = f"{response.headers!r}\n{response.text}"
    return seen + seen.replace("\\/", "/")


def check(engine: EngineServer, response: httpx.Response) -> None:
    seen = told(response)
    for secret in (KEY, WORDS, engine.url, f"127.0.0.1:{engine.port}", f"localhost:{engine.port}"):
        assert secret not in seen


def failing(engine: EngineServer, stages: set[str], behaviour: Behaviour) -> Behaviour:
    """Answer by the script, except for some stages."""
    good = engine.default

    async def behave(exchange: Exchange) -> None:
        turns = [Message(turn["role"], turn["content"]) for turn in exchange.body["messages"]]
        stage, index = stage_of(turns)
        await (behaviour if {stage, f"{stage} {index}"} & stages else good)(exchange)

    return behave


STAGES = {
    "all": {"skeleton", "point", "normal", "route"},
    "skeleton": {"skeleton"},
    "points": {"point"},
    "a point": {"point 2"},
    "opening": {"normal"},
}


class TestAnswers:
    @pytest.mark.parametrize("kind", FAILURES)
    @pytest.mark.parametrize("stages", STAGES)
    def test_nothing_is_told(self, served: ServedApp, engine: EngineServer, kind: str, stages: str) -> None:
        engine.default = failing(engine, STAGES[stages], broken(engine, kind))
        for stream in (False, True):
            check(engine, served.post(body(stream=stream, sot={"details": True})))
        check(engine, served.post({"question": QUESTION}, "/sot/events"))

    @pytest.mark.parametrize("kind", FAILURES)
    def test_nor_by_other_strategies(self, served: ServedApp, engine: EngineServer, kind: str) -> None:
        engine.default = broken(engine, kind)
        check(engine, served.post(body(model="cot", stream=True)))
        check(engine, served.post(body(model="normal", sot={"details": True})))
        check(engine, served.post(REVISED, "/sot/revise"))

    def test_whole_answers_and_infos(self, served: ServedApp, engine: EngineServer) -> None:
        check(engine, served.post(body(sot={"details": True})))
        check(engine, served.post({"question": QUESTION}, "/sot/events"))
        for path in (
            "/sot/about",
            "/v1/models",
            f"/v1/models/{MODEL}",
            "/ready",
            "/metrics",
            "/openapi.json",
        ):
            check(engine, served.get(path))
        assert served.get("/sot/about").json()["engine"]["evidence"] == {}

    @pytest.mark.parametrize("kind", ["401", "500", "a page", "killed at once"])
    def test_an_engine_that_cannot_be_used(self, engine: EngineServer, kind: str) -> None:
        engine.other["/v1/models"] = engine.default = broken(engine, kind)
        with ServedApp(engine.url, api_key=KEY) as served:
            for path in ("/ready", "/sot/about", "/v1/models"):
                response = served.get(path)
                assert response.status_code >= 500
                check(engine, response)
            for model in ("skeleton", "normal"):
                check(engine, served.post(body(model=model)))

    @pytest.mark.parametrize("kind", ["killed", "error in the stream"])
    @pytest.mark.parametrize("stream", [False, True])
    def test_a_cut_answer_tells_that_it_is_none(
        self, served: ServedApp, engine: EngineServer, kind: str, stream: bool
    ) -> None:
        engine.default = failing(engine, {"point 2"}, broken(engine, kind))
        response = served.post(body(stream=stream, sot={"details": True, "opening": False}))
        if stream:
            last = json.loads(response.content.split(b"\n\n")[-3].removeprefix(b"data: "))
        else:
            last = response.json()
        assert last["choices"][0]["finish_reason"] == "length"
        assert last["sot"]["finish_reason"] == "error"
        assert last["sot"]["complete"] is False

    @pytest.mark.parametrize("stream", [False, True])
    def test_a_missing_point_can_be_an_error(
        self, served: ServedApp, engine: EngineServer, stream: bool
    ) -> None:
        engine.default = failing(engine, {"point 2"}, broken(engine, "500"))
        response = served.post(body(stream=stream, sot={"on_missing": "raise", "opening": False}))
        check(engine, response)
        error = json.loads(response.content.rstrip().rpartition(b"\n\n")[2].removeprefix(b"data: "))["error"]
        assert (error["code"], error["message"]) == (
            "point_missing",
            "point 2 (Dark room) could not be written",
        )
        if not stream:
            assert response.status_code == 502
        noted = served.post(body(sot={"on_missing": "note", "opening": False}))
        assert noted.status_code == 200

    def test_to_the_developer_all_is_told(self, engine: EngineServer) -> None:
        engine.default = broken(engine, "500")
        with ServedApp(engine.url, ServerSettings(debug=True)) as served:
            seen = told(served.post(body(model="cot")))
            assert WORDS in seen
            assert engine.url in seen
            assert served.get("/sot/about").json()["backend"] == engine.url

    def test_a_reason_of_our_own_stays(self, served: ServedApp, engine: EngineServer) -> None:
        engine.skeleton = "1. Only one point\n"
        engine.normal = "A long story. " * 60
        made = served.post(body(sot={"details": True, "opening": False})).json()["sot"]
        assert made["fell_back"] == "the skeleton has 1 point, fewer than 2"


class TestForwarded:
    """Requests that go to the engine as they are: its errors come back, without the key and the address."""

    @pytest.mark.parametrize("code", [400, 404, 422, 429, 500, 503])
    def test_an_error_keeps_its_words_only(self, served: ServedApp, engine: EngineServer, code: int) -> None:
        engine.default = broken(engine, str(code))
        response = served.post(body(tools=[TOOL]))
        assert response.status_code == code
        assert WORDS in response.json()["error"]["message"]
        self.hidden(engine, response)
        assert int(response.headers["content-length"]) == len(response.content)

    @pytest.mark.parametrize("size", [1, 7, 10_000])
    @pytest.mark.parametrize("write", [json.dumps, lambda value: json.dumps(value).replace("/", "\\/")])
    def test_an_error_within_a_stream(
        self, served: ServedApp, engine: EngineServer, size: int, write: Callable[[object], str]
    ) -> None:
        whole = event(delta("Some text, ")) + event(write({"error": {"message": quoted(engine)}}))
        engine.default = raw([whole[at : at + size] for at in range(0, len(whole), size)])
        response = served.post(body(tools=[TOOL], stream=True))
        assert b"Some text, " in response.content
        assert WORDS.encode() in response.content
        self.hidden(engine, response)

    def test_a_key_in_a_text(self, served: ServedApp, engine: EngineServer) -> None:
        engine.normal = f"My key is {KEY} indeed."
        for stream in (False, True):
            response = served.post(body(tools=[TOOL], stream=stream))
            self.hidden(engine, response)
            assert "indeed" in response.text

    def test_a_text_that_speaks_of_addresses_is_left_alone(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        engine.normal = f"Ask {engine.url} for it."
        said = served.post(body(tools=[TOOL])).json()["choices"][0]["message"]["content"]
        assert said == engine.normal

    @staticmethod
    def hidden(engine: EngineServer, response: httpx.Response) -> None:
        seen = told(response)
        assert KEY not in seen
        if response.status_code >= 400 or "error" in seen:
            assert f"127.0.0.1:{engine.port}" not in seen


@pytest.mark.parametrize("size", [1, 2, 7, 8, 100])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"my key-abc, key-abcdef", b"my [redacted], [redacted]"),
        (b"key-abcdekey-abcdefkey-ab", b"[redacted]de[redacted]key-ab"),
    ],
)
def test_of_keys_that_begin_alike_none_is_told(text: bytes, shown: bytes, size: int) -> None:
    keys = Secrets((b"key-abcdef", b"key-abc"))
    stream = StreamRedactor(keys)
    pieces = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert b"".join([*pieces, stream.close()]) == keys.text(text) == shown


class TestSettings:
    def test_they_do_not_show_keys(self) -> None:
        settings = ServerSettings(api_keys=("secret-1", "secret-2"))
        for shown in (repr(settings), str(settings), f"{[settings]}"):
            assert "secret" not in shown

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
    @pytest.mark.parametrize(
        ("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)]
    )
    def test_a_key_file_that_others_can_read(self, tmp_path: Path, mode: int, warned: bool) -> None:
        file, link = tmp_path / "keys.txt", tmp_path / "link"
        file.write_text("secret-key")
        file.chmod(mode)
        link.symlink_to(file)
        for given in (file, link):
            warning = key_file_warning(given)
            assert (warning is not None) is warned
            assert warning is None or (str(given) in warning and "chmod 600" in warning)
            assert warning is None or "secret-key" not in warning

    @pytest.mark.parametrize(
        ("spec", "name", "shown"),
        [
            ("http://10.0.0.5:8000/v1", "vllm", "vllm"),
            ("https://user-box.lan/v1", "", "https"),
            ("toy:grpc://10.0.0.5", "", "toy"),
            ("torch:/home/ada/models/tiny", "torch", "torch:tiny"),
            ("torch:C:\\models\\tiny", "torch", "torch:tiny"),
            ("torch:Qwen/Qwen3-8B", "torch", "torch:Qwen/Qwen3-8B"),
            ("vllm:~/models/tiny/", "vllm", "vllm:tiny"),
        ],
    )
    def test_an_engine_goes_by_its_name(self, spec: str, name: str, shown: str) -> None:
        assert PublicView().backend(BackendInfo(spec, "m", name)) == shown
        assert PublicView(debug=True).backend(BackendInfo(spec, "m", name)) == spec


def test_a_failure_that_is_none_of_ours_says_nothing() -> None:
    assert WORDS not in failure_of(RuntimeError(WORDS)).message
