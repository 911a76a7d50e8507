"""Real clients of the Responses API on a real server with the built-in model: streams, and a second turn."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest
from cli_server import ROOT, environment
from server_process import ServeProcess

PYTHON = ROOT / ".venv-clients" / "bin" / "python"
SHORT = ("--max-points", "3", "--max-point-tokens", "24")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ServeProcess("torch:", *SHORT) as server:
        server.wait_for("ready: ")
        yield server.url


@pytest.mark.parametrize("client", ["agents_sdk.py", "pydantic_ai_agent.py"])
def test_it_streams_and_goes_on_by_the_base_address_alone(address: str, client: str) -> None:
    done = subprocess.run(
        [PYTHON, ROOT / "tests" / "clients" / client, address],
        env=environment(OPENAI_API_KEY="none"),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    came = json.loads(done.stdout)
    assert came["pieces"] > 1
    assert came["streamed"] == came["whole"]
    assert came["whole"].strip()
    assert came["second"].strip()
    assert came["tokens"] > 0
