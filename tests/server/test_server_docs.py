"""What `docs/server.md` promises: its options, names, codes and code."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import httpx
import pytest
from cli_here import sot_here
from cli_server import ROOT, TEXT
from engine_server import EngineServer
from prometheus_client.parser import text_string_to_metric_families
from server_process import COMPLETIONS, ServedApp, body

from sot.backends.vllm_engine import backend as vllm_backend
from sot.server.request_fields import ENGINE_FIELDS, NOTES, SAMPLING_FIELDS, THINKING_FIELDS
from sot.server.request_models import strategy_models

PAGE = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture(scope="module")
def served(engine: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(engine.url) as served:
        yield served


def code_with(word: str) -> str:
    """The Python block that holds a word."""
    (code,) = (code for code in re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S) if word in code)
    return code


def section(heading: str) -> str:
    """The text below a heading."""
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return found


def first_cells(heading: str) -> set[str]:
    """The names in the first column of a section's table."""
    rows = re.findall(r"^\| (.*?) \|", section(heading), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_its_options_are_there() -> None:
    known = sot_here("serve", "--help", COLUMNS="200").stdout.decode()
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE.replace("sot ask --json", "")))
    assert len(named) > 8
    assert {option for option in named if option not in known} == set()


def test_its_addresses_are_there(served: ServedApp) -> None:
    named = {name.split()[-1].replace("NAME", "{name}") for name in first_cells("Addresses")}
    described = set(served.get("/openapi.json").json()["paths"])
    assert named == described | {"/", "/openapi.json"}


def test_its_models_are_there() -> None:
    assert first_cells("Models") == set(strategy_models())


def test_its_fields_are_those_that_go_with_every_request() -> None:
    rows = {
        row.split("`")[1]: set(re.findall(r"`([^`]+)`", row.split("|")[1]))
        for row in PAGE.splitlines()
        if row.startswith("| `")
    }
    taken = rows["frequency_penalty"]
    assert taken == vllm_backend._SAMPLING_FIELDS  # pyright: ignore[reportPrivateUsage] - vLLM is not here
    assert taken | rows["logit_bias"] == SAMPLING_FIELDS
    assert rows["chat_template_kwargs"] | rows["priority"] == ENGINE_FIELDS
    assert rows["enable_thinking"] == THINKING_FIELDS | {"chat_template_kwargs"}
    assert rows["user"] == NOTES


def test_its_codes_are_those_of_the_server() -> None:
    named = {
        code
        for row in re.findall(r"^\| (?:\d{3}) \| (.*?) \|", section("Errors"), re.MULTILINE)
        for code in re.findall(r"`([^`]+)`", row)
    }
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "sot" / "server").glob("*.py"))
    for code in named:
        assert f'"{code}"' in sources, code
    given = re.findall(r'Failure\(\s*\d+,.*?"([a-z]+_[a-z_]+)"[,)]', sources)
    assert len(given) > 5
    assert set(given) <= named


def test_its_metrics_are_those_of_the_server(served: ServedApp) -> None:
    families = text_string_to_metric_families(served.get("/metrics").text)
    names = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in families
        if not family.name.endswith("_created")  # the client library's own
    }
    assert first_cells("Metrics") == names


def test_its_client_example_runs(served: ServedApp) -> None:
    code = code_with("import OpenAI")
    said = io.StringIO()
    scope: dict[str, Any] = {}
    with redirect_stdout(said):
        exec(code.replace("http://127.0.0.1:8400/v1", served.url), scope)
    scope["client"].close()
    assert said.getvalue() == TEXT


async def test_its_application_answers(engine: EngineServer) -> None:
    code = code_with("create_app")
    scope: dict[str, Any] = {}
    known = f'"{engine.url}", opening=False'  # so that the answer's text is known
    exec(code.replace('"http://localhost:8000/v1"', known), scope)
    app = scope["app"]
    (key,) = scope["settings"].api_keys
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app.example") as client,
    ):
        assert (await client.get("/llm/ready")).status_code == 200
        assert (await client.post(f"/llm{COMPLETIONS}", json=body())).status_code == 401
        right = {"authorization": f"Bearer {key}"}
        asked = await client.post(f"/llm{COMPLETIONS}", json=body(), headers=right)
        assert asked.json()["choices"][0]["message"]["content"] == TEXT
