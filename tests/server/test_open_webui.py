"""The function for Open WebUI against the real server, called as Open WebUI calls it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from cli_server import QUESTION, ROOT, TEXT, TITLES
from engine_server import EngineServer
from server_process import ServedApp

from sot.server import ServerSettings

FILE = ROOT / "plugins" / "open_webui" / "sot_pipe.py"


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture(scope="module")
def served(engine: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(engine.url, ServerSettings(api_keys=("sesame",))) as served:
        yield served


@pytest.fixture
def pipe(served: ServedApp) -> Any:
    """The function, loaded from its text as Open WebUI does it, with settings for the server."""
    spec = importlib.util.spec_from_file_location("function_sot", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pipe = module.Pipe()
    pipe.valves = pipe.Valves(address=f"{served.address}/v1", api_key="sesame", strategy="skeleton")
    return pipe


def chat(*turns: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    return {"model": "sot", "messages": list(turns) or [{"role": "user", "content": QUESTION}], **fields}


async def test_text_comes_as_chunks_and_points_as_status(pipe: Any) -> None:
    shown: list[Mapping[str, Any]] = []

    async def emit(event: Mapping[str, Any]) -> None:
        shown.append(event)

    chunks = [chunk async for chunk in pipe.pipe(body=chat(stream=True), __event_emitter__=emit)]
    assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks) == TEXT
    assert len(chunks) > 3
    assert {event["type"] for event in shown} == {"status"}
    lines = [event["data"]["description"] for event in shown]
    assert lines[0].startswith("skeleton: ")
    assert [f"{number}. {title}" for number, title in enumerate(TITLES, 1)] == [
        line for line in lines if line[:2] in ("1.", "2.", "3.")
    ]
    assert sum("of 3 points written" in line for line in lines) >= 1
    assert [event["data"]["done"] for event in shown] == [False] * (len(shown) - 1) + [True]
    assert lines[-1].startswith("3 points, ")


async def test_a_whole_answer_is_plain_text(pipe: Any) -> None:
    assert "".join([piece async for piece in pipe.pipe(body=chat())]) == TEXT


async def test_a_chore_is_decoded_normally_and_without_status(pipe: Any) -> None:
    async def emit(event: Mapping[str, Any]) -> None:
        raise AssertionError(event)

    parts = [{"type": "text", "text": "A title for this chat?"}]
    body = chat({"role": "user", "content": parts}, max_tokens=20)
    pieces = [piece async for piece in pipe.pipe(body=body, __event_emitter__=emit, __task__="title")]
    assert TITLES[0] not in "".join(pieces)


async def test_failures_are_told(pipe: Any) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:,"}}
    (told,) = [
        each async for each in pipe.pipe(body=chat({"role": "user", "content": [picture]}, stream=True))
    ]
    assert "no image_url" in told["error"]["detail"]
    pipe.valves.api_key = "wrong"
    (told,) = [each async for each in pipe.pipe(body=chat(stream=True))]
    assert told["error"]["detail"] == "the API key is wrong"
    with pytest.raises(RuntimeError, match="the API key is wrong"):
        [each async for each in pipe.pipe(body=chat())]
    pipe.valves.address = "http://127.0.0.1:9"
    (told,) = [each async for each in pipe.pipe(body=chat(stream=True))]
    assert told["error"]["detail"].startswith("sot serve at http://127.0.0.1:9: ")
