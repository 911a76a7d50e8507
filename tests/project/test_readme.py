"""What the documents promise: their commands, their links and their code."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from cli_server import QUESTION, ROOT, SKELETON, TEXT, TITLES, Gate, ScriptServer, environment
from documents import blocks, commands
from output import output_of

from sot import SkeletonOfThought
from sot.cli import main
from sot.strategies import StrategyEntry

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPENING = "Good sleep is a habit."
EXAMPLE_ADDRESS = "http://localhost:8000/v1"


def anchor(heading: str) -> str:
    """The anchor that a heading gets where the documents are shown."""
    words = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture
def server(running: ScriptServer) -> Iterator[ScriptServer]:
    running.reset()
    yield running
    assert running.all_closed()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, part = target.partition("#")
        aim = document.parent / path if path else document
        assert aim.exists(), f"{document.name} links to {target}"
        if part:
            headings = re.findall(r"^#+ (.*)$", aim.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in map(anchor, headings), f"{document.name} links to {target}"


def test_its_two_commands_are_make_targets() -> None:
    used = {words[1] for words in commands(README) if words[:1] == ["make"]}
    assert {"ask", "test"} <= used
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert used <= targets


def test_its_commands_and_options_exist(
    server: ScriptServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server.normal = [f"{OPENING}\n\nIt", Gate()]  # it is left there: the skeleton is good
    asked = [words[1:] for words in commands(README) if words[:2] == ["sot", "ask"]]
    asked = [words for words in asked if "--schema" not in words]  # see test_structure_docs
    assert len(asked) >= 3
    for arguments in asked:
        backend = arguments.index("--backend") + 1
        if arguments[backend].startswith("http"):
            arguments[backend] = server.url
            assert main(arguments) == 0
    assert TITLES[0] in capsys.readouterr().out
    for command in re.findall(r"`sot (\w+)", README):
        assert main([command, "--help"]) == 0


@pytest.mark.parametrize(
    ("begins", "run"),
    [
        (["sot", "bench", "latency"], lambda words: main(["bench", "latency", *words])),
        (["sot", "bench", "calibrate"], lambda words: main(["bench", "calibrate", *words])),
    ],
    ids=["latency", "calibrate"],
)
def test_its_measuring_commands_run(
    server: ScriptServer,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begins: list[str],
    run: Callable[[Sequence[str]], int],
) -> None:
    monkeypatch.chdir(tmp_path)  # the command writes a folder
    (arguments,) = (words[3:] for words in commands(README) if words[:3] == begins)
    assert EXAMPLE_ADDRESS in arguments
    assert run([server.url if word == EXAMPLE_ADDRESS else word for word in arguments]) == 0
    assert "Median" in capsys.readouterr().out


def test_its_python_example_runs(server: ScriptServer) -> None:
    (code,) = blocks(README, "python")
    held = Gate()
    server.skeleton = [held, SKELETON]
    server.normal = [f"{OPENING}\n\nIt", Gate()]  # it is left there: the skeleton is good
    assert EXAMPLE_ADDRESS in code
    command = [sys.executable, "-W", "error", "-c", code.replace(EXAMPLE_ADDRESS, server.url)]
    output = output_of(command, environment(), shown=OPENING, then=held.open)
    assert output.startswith(f"{OPENING}\n\n{TEXT}")
    assert output.rstrip().endswith(str(list(TITLES)))


def example(name: str) -> Any:
    """A class of the architecture document."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (code,) = (block for block in blocks(text, "python") if f"class {name}" in block)
    scope: dict[str, Any] = {}
    exec(code, scope)
    return scope[name]


def test_the_engine_of_the_architecture_document_answers() -> None:
    sot = SkeletonOfThought(example("Shout")(""))
    answer = asyncio.run(sot.answer(QUESTION, strategy="normal"))
    assert answer.text == QUESTION.upper()
    assert answer.backend == "shout:"


def test_the_strategy_of_the_architecture_document_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    made = example("Brief")
    monkeypatch.setattr(StrategyEntry, "load", lambda entry: made)
    answer = asyncio.run(SkeletonOfThought(example("Shout")("")).answer(QUESTION, strategy="plan"))
    assert answer.text == QUESTION.upper()
