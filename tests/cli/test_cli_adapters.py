"""Adapters on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_server import MODEL, QUESTION, ScriptServer
from fault_server import status

from sot.cli import main
from sot.command.adapter_options import AdapterOptions


@pytest.fixture
def server() -> Iterator[ScriptServer]:
    with ScriptServer() as running:
        adapters = [{"id": each, "parent": MODEL} for each in ("a", "b")]
        running.other["/v1/models"] = status(200, {"data": [{"id": MODEL}, *adapters]})
        yield running


def test_what_was_typed_becomes_the_setting() -> None:
    assert AdapterOptions().settings() == {"adapter": None}
    assert AdapterOptions(adapter="a").settings() == {"adapter": "a"}
    assert AdapterOptions(point_adapter="b").settings() == {"adapter": {"points": "b"}}
    both = AdapterOptions(adapter="a", skeleton_adapter="b", point_adapter="off").settings()
    assert both == {"adapter": {"skeleton": "b", "points": "off", "normal": "a", "route": "a"}}


def test_requests_name_the_adapters_of_their_stages(
    server: ScriptServer, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["--skeleton-adapter", "a", "--point-adapter", "b", "--no-opening", "-s", "skeleton"]
    assert main(["ask", QUESTION, "--backend", server.url, *chosen, "-q"]) == 0
    asked = [exchange.body["model"] for exchange in server.completions]
    assert asked == ["a", "b", "b", "b"]
    capsys.readouterr()


def test_an_unknown_adapter_is_one_line(server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", QUESTION, "--backend", server.url, "--adapter", "zz"]) == 2
    assert capsys.readouterr().err.splitlines() == ["sot: the engine has no adapter 'zz': it has a, b"]
    assert server.completions == []


def test_the_doctor_lists_them(server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--backend", server.url, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert "a" in json.dumps(report)
    assert main(["doctor", "--backend", server.url]) == 0
    (line,) = [each for each in capsys.readouterr().out.splitlines() if each.strip().startswith("adapters ")]
    assert line.split(None, 1)[1] == "a, b: /v1/models: entries with this model as their parent"


def test_folders_are_checked_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    option = f"adapters=a={tmp_path}"
    assert main(["ask", QUESTION, "--backend", "torch:", "--engine-arg", option]) == 2
    said = f"sot: adapter a: {tmp_path}: this folder holds no LoRA adapter (no adapter_config.json)"
    assert capsys.readouterr().err.splitlines() == [said]
