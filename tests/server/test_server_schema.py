"""The server's own description, and schemathesis, which asks everything that it allows and forbids.

The engine is a test double (`engine_server.EngineServer`): every answer must come from the server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_server import EngineServer
from fault_server import raw
from server_process import ServedApp

SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineServer]:
    made = {"id": "resp_1", "object": "response", "created_at": 1, "model": "scripted"}
    response = {**made, "status": "completed", "output": []}
    with EngineServer() as server:
        whole = json.dumps(response).encode()
        server.other["/v1/responses"] = raw([whole], content_type="application/json")
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "scripted"}
        whole = json.dumps({**message, "content": [], "usage": {"output_tokens": 0}}).encode()
        server.other["/v1/messages"] = raw([whole], content_type="application/json")
        counted = raw([b'{"input_tokens": 3}'], content_type="application/json")
        server.other["/v1/messages/count_tokens"] = counted
        yield server


@pytest.fixture
def served(engine: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(engine.url) as served:
        yield served
        assert served.at_rest()
    assert engine.at_rest()
    assert engine.all_closed()


def test_what_it_allows_works_and_what_it_forbids_is_refused(served: ServedApp, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            "run",
            f"{served.address}/openapi.json",
            "--max-examples=12",
            "--seed=1",  # the same requests every time
            "--request-timeout=60",
            "--no-color",
        ],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(SUPPORT)},
        cwd=tmp_path,  # it leaves files behind
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 12" in done.stdout
    outcomes = {outcome for _, outcome in served.outcomes}
    assert "done" in outcomes
    assert "failed" not in outcomes
    assert {strategy for strategy, _ in served.outcomes} >= {"normal", "direct"}


def test_every_address_is_described(served: ServedApp) -> None:
    described = set(served.get("/openapi.json").json()["paths"])
    routes = {getattr(route, "path", "") for route in served.app.routes}
    assert {path.replace("{name:path}", "{name}") for path in routes} - described == {
        "/",
        "/page/{name}",
        "/openapi.json",
        "/sot/proof",  # between a server and the command line of its user
        "/v1/{path:path}",  # the engine's own, whose description is the engine's
    }
