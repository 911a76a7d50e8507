"""`sot doctor`: what is installed and which engines answer."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cli_server import ScriptServer, one_line
from fault_server import Exchange, status

import sot.cli.doctor_engines as engines
import sot.registry as registry
from sot.cli import main
from sot.terminal import shown_spec

KEY = "secret-0123456789abcdef"
NOBODY = "http://127.0.0.1:9/v1"


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture
def server(running: ScriptServer) -> Iterator[ScriptServer]:
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


@pytest.fixture(autouse=True)
def newcomer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is chosen, and no local server runs, whatever this machine has."""
    for name in ("SOT_BACKEND", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(engines, "_LOCAL_SERVERS", (("vLLM or SGLang", NOBODY), ("Ollama", NOBODY)))


def report(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    """Runs `sot doctor` in this process; gives its output and its one line of complaint."""
    assert main(["doctor", *arguments]) == code
    output, errors = capsys.readouterr()
    assert KEY not in output
    return output, one_line(errors, KEY) if code else errors


def test_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    output, errors = report(capsys)
    assert errors == ""
    assert "Default engine: torch:  (nothing else is chosen)" in output
    assert "OPENAI_API_KEY is set" in output
    assert output.count("nothing answers here") == 2
    assert "  ok  torch " in output


def test_a_server_runs(server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
    output, _ = report(capsys, "--backend", server.url)
    assert f"Default engine: {server.url}  (given with --backend)" in output
    assert "model scripted, context 4096" in output


@pytest.mark.parametrize("name", ["SOT_BACKEND", "OPENAI_BASE_URL"])
def test_where_the_default_comes_from(
    server: ScriptServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, server.url)
    assert f"Default engine: {server.url}  (from {name})" in report(capsys)[0]


def test_a_local_server_is_found(
    server: ScriptServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_LOCAL_SERVERS", (("Ollama", server.url),))
    assert f"  ok  Ollama             {server.url}" in report(capsys)[0]


def test_json(server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
    output, _ = report(capsys, "--json", "--backend", server.url)
    assert output.count("\n") == 1
    found = json.loads(output)
    keys = {"sot", "python", "default", "configuration", "packages", "engines", "engine", "warnings"}
    assert found.keys() == keys
    assert found["default"] == server.url
    assert found["packages"]["httpx"]
    assert [engine["ok"] for engine in found["engines"]] == [True, True, False, False]
    assert all(engine.keys() == {"name", "spec", "ok", "says"} for engine in found["engines"])
    assert found["engine"]["model"] == "scripted"
    assert found["engine"]["evidence"]


def test_an_engine_of_this_process_is_not_contacted(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(report(capsys, "--json")[0])["engine"] is None


def test_evidence_is_listed(server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
    output, _ = report(capsys, "--backend", server.url)
    capabilities = output.partition("capabilities, and how they are known")[2]
    assert "  continues_turn " in capabilities


@pytest.mark.parametrize(
    ("spec", "code", "says"),
    [
        (NOBODY, 1, "cannot connect to http://127.0.0.1:9/v1"),
        ("nonsense:", 2, "no engine for the backend 'nonsense:'"),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_chosen_engine_does_not_answer(
    capsys: pytest.CaptureFixture[str], spec: str, code: int, says: str, form: tuple[str, ...]
) -> None:
    output, line = report(capsys, "--backend", spec, *form, code=code)
    assert says in line
    assert says in output, "the report is there nevertheless"


def test_a_server_that_refuses_the_key(server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.other["/v1/models"] = status(401, {"error": {"message": f"no access with {KEY}"}})
    output, line = report(capsys, "--backend", server.url, code=1)
    assert "401" in line
    assert "401" in output


def test_a_server_that_hangs(
    server: ScriptServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(exchange: Exchange) -> None:
        await exchange.gone()

    monkeypatch.setattr(engines, "_NAMED_S", 0.05)
    server.other["/v1/models"] = hang
    _, line = report(capsys, "--backend", server.url, code=1)
    assert "no answer within" in line


def test_secrets_in_an_address_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    spec = f"http://me:{KEY}@127.0.0.1:9/v1?api-key={KEY}"
    for form in ((), ("--json",)):
        output, _ = report(capsys, "--backend", spec, *form, code=2)
        assert "http://127.0.0.1:9/v1" in output


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("torch:", "torch:"),
        ("torch:a@b?c", "torch:a@b?c"),
        ("http://host/v1", "http://host/v1"),
        ("http://a:b@c@host/v1?key=x#y", "http://host/v1"),
        ("http://host/a@b", "http://host/a@b"),
        ("http://host\n/\x1b[2J", "http://host /[2J"),
    ],
)
def test_what_of_a_spec_is_shown(spec: str, shown: str) -> None:
    assert shown_spec(spec) == shown


def test_packages_that_are_missing_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_is_installed", lambda name: False)
    output, line = report(capsys, code=1)
    assert 'pip install -e ".[torch]"' in line
    assert "-- " in output


def test_vllm_in_process_is_looked_at_without_starting_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_is_installed", lambda name: True)
    output, _ = report(capsys, "--backend", "vllm:Qwen/Qwen3-8B")
    assert "  ok  vllm " in output
    assert "ready to start" in output
    _, line = report(capsys, "--backend", "vllm:./no-such-folder", code=1)
    assert "there is no folder ./no-such-folder" in line


def test_vllm_that_is_not_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_is_installed", lambda name: name != "vllm")
    output, line = report(capsys, "--backend", "vllm:", code=1)
    assert 'pip install -e ".[vllm]"' in line
    assert "  ok  torch " in output


def test_an_engine_of_another_package(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = registry.EngineEntry("other", "nowhere:Engine", "other:MODEL")
    monkeypatch.setattr(registry, "_installed", lambda: {"other": entry})
    output, _ = report(capsys, "--backend", "other:model")
    assert "  ok  other              other:model" in output
    assert "  ok  torch " in output
