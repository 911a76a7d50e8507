"""Adapters by request: a client may name those that the engine lists, and nothing else reaches the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cli_server import MODEL
from engine_server import EngineServer
from fault_server import status
from server_process import ServedApp, body

PARENT = {"object": "list", "data": [{"id": MODEL}, *({"id": each, "parent": MODEL} for each in ("a", "b"))]}


@pytest.fixture(scope="module")
def adapting() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture(scope="module")
def listing(adapting: EngineServer) -> Iterator[ServedApp]:
    adapting.other["/v1/models"] = status(200, PARENT)
    with ServedApp(adapting.url, adapter={"points": "b"}) as served:
        served.post(body())  # which reads the list
        yield served


@pytest.fixture
def engine(adapting: EngineServer, listing: ServedApp) -> EngineServer:
    adapting.reset()
    return adapting


def models(engine: EngineServer) -> list[str]:
    """The models that the engine was asked for, once each."""
    return sorted({exchange.body["model"] for exchange in engine.completions})


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (None, ["b", MODEL]),
        ("a", ["a"]),
        ("off", [MODEL]),
        ({"skeleton": "a"}, ["a", "b"]),  # points stay the operator's
        ({"skeleton": "a", "points": "off"}, ["a", MODEL]),
    ],
)
def test_a_request_names_adapters(
    listing: ServedApp, engine: EngineServer, asked: Any, wanted: list[str]
) -> None:
    response = listing.post(body(sot={"adapter": asked}))
    assert response.headers["x-sot-strategy"] == "skeleton"
    assert models(engine) == wanted


def test_what_is_forwarded_is_decoded_with_it_too(listing: ServedApp, engine: EngineServer) -> None:
    for fields in ({"model": "normal"}, {"logprobs": True}):
        assert listing.post(body(**fields, sot={"adapter": "a"})).status_code == 200
    assert models(engine) == ["a"]
    assert all("sot" not in exchange.body for exchange in engine.completions)


@pytest.mark.parametrize("name", ["c", "../../etc", "/srv/adapters/a", MODEL])
@pytest.mark.parametrize("fields", [{}, {"logprobs": True}, {"model": "normal"}])
def test_a_name_that_the_engine_does_not_list_reaches_nobody(
    listing: ServedApp, engine: EngineServer, name: str, fields: dict[str, Any]
) -> None:
    for adapter in (name, {"points": name}):
        response = listing.post(body(**fields, sot={"adapter": adapter}))
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (404, "adapter_not_found")
        assert error["message"] == f"the engine has no adapter {name!r}: it has a, b"
    assert engine.completions == []


@pytest.mark.parametrize("adapter", ["", 7, ["a"], {"point": "a"}, {"points": 7}, "x" * 600])
def test_what_is_no_name_is_refused(listing: ServedApp, engine: EngineServer, adapter: Any) -> None:
    response = listing.post(body(sot={"adapter": adapter}))
    assert response.status_code == 400
    assert response.json()["error"]["param"].startswith("sot.adapter")
    assert engine.completions == []


def test_events(listing: ServedApp, engine: EngineServer) -> None:
    good = {"question": "How can I sleep better?", "sot": {"strategy": "skeleton", "adapter": "a"}}
    assert listing.post(good, "/sot/events").status_code == 200
    assert models(engine) == ["a"]
    assert listing.post({**good, "sot": {"adapter": "c"}}, "/sot/events").status_code == 404


def test_an_engine_that_does_not_tell_takes_none() -> None:
    with EngineServer() as engine, ServedApp(engine.url) as served:
        response = served.post(body(sot={"adapter": "a"}))
        assert response.status_code == 404
        assert "does not tell which adapters" in response.json()["error"]["message"]
        assert engine.completions == []
