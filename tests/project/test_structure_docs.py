"""The examples of docs/structure.md, each run for real against an engine double."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_server import ROOT, environment
from documents import blocks, commands
from field_engine import RECIPE, REQUESTS, SCHEMA, FieldEngine, Recipe
from item_engine import ANSWER, LIST, ItemEngine
from output import output_of
from server_process import ServedApp

from sot.cli import main
from sot.structure.plan import plan_structure

README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXT = (ROOT / "docs" / "structure.md").read_text(encoding="utf-8")
ENGINE = "http://localhost:8000/v1"
SERVER = "http://127.0.0.1:8400/v1"
PYTHON = blocks(TEXT, "python")


@pytest.fixture(scope="module")
def engine() -> Iterator[FieldEngine]:
    with FieldEngine() as server:
        yield server


def printed(code: str) -> str:
    return output_of([sys.executable, "-W", "error", "-c", code], environment())


def test_fill(engine: FieldEngine) -> None:
    (code,) = (each for each in PYTHON if "sot.fill" in each)
    *shown, figures = printed(code.replace(ENGINE, engine.url)).splitlines()
    assert "\n".join(shown) == f"{RECIPE['title']}\n{RECIPE['method']}"
    assert figures.endswith(f" {REQUESTS}")


def test_openai_client(engine: FieldEngine) -> None:
    (code,) = (each for each in PYTHON if "chat.completions.parse" in each)
    with ServedApp(engine.url) as served:
        assert printed(code.replace(SERVER, served.url)).strip() == str(Recipe(**RECIPE))


def test_a_field_that_waits() -> None:
    (code,) = (each for each in PYTHON if "x-after" in each)
    scope: dict[str, object] = {}
    exec(f"from pydantic import BaseModel, Field\n{code}", scope)
    plan = plan_structure(getattr(scope["Essay"], "model_json_schema")())  # noqa: B009 - made by the document
    assert {part.name: part.after for part in plan.parts}["reply"] == (2, 3)


@pytest.mark.parametrize("document", [README, TEXT], ids=["readme", "structure"])
def test_the_command_line(
    engine: FieldEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    document: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("recipe.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    (words,) = (words for words in commands(document) if "--schema" in words)
    assert main([engine.url if word == ENGINE else word for word in words[1:]]) == 0
    assert json.loads(capsys.readouterr().out) == RECIPE


def test_a_list_of_items(capsys: pytest.CaptureFixture[str]) -> None:
    assert any(block.strip() == LIST for block in blocks(TEXT, ""))
    with ItemEngine() as items:
        assert main(["ask", LIST, "--strategy", "items", "--backend", items.url]) == 0
    assert capsys.readouterr().out == f"{ANSWER}\n"
