"""Stages on engines of their own, by options: two engine doubles, one of which has another model."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cli_here import sot_here
from cli_server import MODEL, QUESTION, TEXT, ScriptServer, one_line
from fault_server import Exchange, status
from scripted import stage_of

from sot.types import Message

WRITER = "writer"
GONE = "http://127.0.0.1:1/v1"


class WriterServer(ScriptServer):
    """The same engine double with another model."""

    def reset(self) -> None:
        super().reset()
        self.models = {"data": [{"id": WRITER, "max_model_len": 4096, "supported_parameters": ["stop"]}]}


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[ScriptServer, ScriptServer]]:
    with ScriptServer() as main, WriterServer() as writer:
        yield main, writer


@pytest.fixture
def main(running: tuple[ScriptServer, ScriptServer]) -> ScriptServer:
    running[0].reset()
    return running[0]


@pytest.fixture
def writer(running: tuple[ScriptServer, ScriptServer]) -> ScriptServer:
    running[1].reset()
    return running[1]


def stages(server: ScriptServer) -> list[str]:
    return sorted(stage(exchange) for exchange in server.completions)


def stage(exchange: Exchange) -> str:
    return stage_of([Message(turn["role"], turn["content"]) for turn in exchange.body["messages"]])[0]


def keys(exchanges: list[Exchange]) -> set[str | None]:
    return {exchange.headers.get("authorization") for exchange in exchanges}


ASK = ("ask", QUESTION, "--strategy", "skeleton", "--no-opening")


def test_points_by_another_engine(main: ScriptServer, writer: ScriptServer) -> None:
    done = sot_here(*ASK, "-b", main.url, "--point-backend", writer.url, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    answer = json.loads(done.stdout)
    assert (stages(main), stages(writer)) == (["skeleton"], ["point"] * 3)
    assert [(use["stage"], use["model"], use["backend"]) for use in answer["stages"]] == [
        ("skeleton", MODEL, main.url),
        ("point", WRITER, writer.url),
    ]
    for name, whole in answer["usage"].items():
        assert sum(use["usage"][name] for use in answer["stages"]) == whole
    assert "stage_failures" not in answer


def test_skeletons_by_an_engine_of_the_environment(main: ScriptServer, writer: ScriptServer) -> None:
    done = sot_here(*ASK, "-b", main.url, SOT_SKELETON_BACKEND=writer.url)
    assert (done.returncode, done.stdout.decode()) == (0, f"{TEXT}\n")
    assert (stages(main), stages(writer)) == (["point"] * 3, ["skeleton"])


def test_another_model_of_the_same_server_gets_its_key(main: ScriptServer) -> None:
    done = sot_here(
        *ASK, "-b", main.url, "-m", "one", "--skeleton-model", "two", OPENAI_API_KEY="the-main-key"
    )
    assert done.returncode == 0
    models = {stage(exchange): exchange.body["model"] for exchange in main.completions}
    assert models == {"skeleton": "two", "point": "one"}
    assert keys(main.completions) == {"Bearer the-main-key"}


def test_another_server_gets_no_key_but_its_own(main: ScriptServer, writer: ScriptServer) -> None:
    options = ("-b", main.url, "--point-backend", writer.url, "--header", "x-team=the-team")
    assert sot_here(*ASK, *options, OPENAI_API_KEY="the-main-key").returncode == 0
    assert keys(writer.completions) == {None}
    assert all("x-team" not in exchange.headers for exchange in writer.completions)
    writer.reset()
    assert (
        sot_here(*ASK, *options, OPENAI_API_KEY="the-main-key", SOT_POINT_API_KEY="the-writers").returncode
        == 0
    )
    assert keys(writer.completions) == {"Bearer the-writers"}
    assert keys(main.completions) == {"Bearer the-main-key"}


def test_an_engine_that_fails_is_replaced_and_named(main: ScriptServer, writer: ScriptServer) -> None:
    writer.default = status(500, {"error": {"message": "out of memory"}})
    done = sot_here(*ASK, "-b", main.url, "--skeleton-backend", writer.url, "--json")
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert (answer["text"], answer["fell_back"], answer["complete"]) == (TEXT, None, True)
    (failure,) = answer["stage_failures"]
    assert (failure["stage"], failure["model"]) == ("skeleton", WRITER)
    assert "out of memory" in failure["reason"]


def test_the_router_asks_its_own_engine(main: ScriptServer, writer: ScriptServer) -> None:
    writer.route = "A"
    done = sot_here(
        "route", QUESTION, "--router", "llm", "-b", main.url, "--route-backend", writer.url, "--json"
    )
    assert json.loads(done.stdout)["router"] == "llm"
    assert (stages(main), stages(writer)) == ([], ["route"])


def test_the_doctor_shows_the_stages_and_sends_no_key_elsewhere(
    main: ScriptServer, writer: ScriptServer
) -> None:
    done = sot_here(
        *("doctor", "-b", main.url, "--point-backend", writer.url, "--json"), OPENAI_API_KEY="the-main-key"
    )
    (line,) = (engine for engine in json.loads(done.stdout)["engines"] if engine["name"] == "stage points")
    assert line["ok"]
    assert WRITER in line["says"]
    assert keys(writer.seen) == {None}


def test_bad_use_is_told_in_one_line(main: ScriptServer) -> None:
    done = sot_here(*ASK, "-b", main.url, "--point-backend", "nosuch:x")
    assert done.returncode == 2
    assert "no engine for the backend 'nosuch:x'" in one_line(done.stderr)
    done = sot_here("serve", "-b", main.url, "--point-backend", "torch:", "--workers", "2", "--port", "0")
    assert done.returncode == 2
    assert "each process would load the model of a stage's torch:" in one_line(done.stderr)
    done = sot_here(*ASK, "-b", main.url, "--point-backend", GONE, "--adapt")
    assert done.returncode == 2
    assert "adapt looks at one engine" in one_line(done.stderr)
