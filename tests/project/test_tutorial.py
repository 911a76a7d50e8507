"""The tutorial and the Japanese pages: their commands run, and are the same in both languages."""

from __future__ import annotations

import io
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from cli_server import ROOT, TEXT, TITLES, Gate, ScriptServer, environment
from documents import blocks, commands
from output import output_of
from server_process import ServedApp

from sot.cli import main

TUTORIAL = (ROOT / "docs" / "tutorial" / "index.md").read_text(encoding="utf-8")
ENGINE = "http://localhost:8000/v1"
SERVER = "http://127.0.0.1:8400/v1"
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "examples" / "README.md"]
    if path.name != "CHANGELOG.md"
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptServer]:
    with ScriptServer() as running:
        running.reset()
        monkeypatch.setenv("SOT_BACKEND", running.url)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield running


def code_of(name: str) -> list[str]:
    """All code blocks of a document, in order."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("english", "japanese"),
    [("README.md", "README.ja.md"), ("docs/tutorial/index.md", "docs/tutorial/index.ja.md")],
)
def test_commands_and_code_are_the_same_in_japanese(english: str, japanese: str) -> None:
    assert code_of(english) == code_of(japanese)


def test_its_commands_run(
    server: ScriptServer,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # a command writes a folder
    run: set[str] = set()
    for words in commands(TUTORIAL):
        if words[0] != "sot" or words[1] == "serve":  # the server: see the next test
            continue
        arguments = [server.url if word == ENGINE else word for word in words[1:]]
        assert main(arguments) == 0, shlex.join(words)
        run.add(words[1])
    assert run == {"ask", "route", "doctor", "bench"}
    assert "skeleton: asks for advice" in capsys.readouterr().out


def test_its_app_reads_the_answer_from_the_server(server: ScriptServer) -> None:
    server.normal = ["Good sleep is a habit.\n\nIt", Gate()]
    (code,) = (each for each in blocks(TUTORIAL, "python") if "openai" in each)
    with ServedApp(server.url) as served:
        command = [sys.executable, "-c", code.replace(SERVER, served.url)]
        assert TITLES[0] in output_of(command, environment())


def test_its_python_runs(server: ScriptServer) -> None:
    server.normal = ["Good sleep is a habit.\n\nIt", Gate()]  # it is left there: the skeleton is good
    (code,) = (each for each in blocks(TUTORIAL, "python") if "answer_sync" in each)
    command = [sys.executable, "-W", "error", "-c", code.replace(ENGINE, server.url)]
    output = output_of(command, environment())
    assert TEXT in output
    assert str(list(TITLES)) in output


def program_lines(text: str) -> Iterator[str]:
    """The lines of code blocks that call the program, with continued lines joined."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            found = re.match(r"\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*/)?sot ((?:[a-z-]+ )*-*[a-z\"'].*)", line)
            if found is not None and "     " not in found[1].partition("#")[0].rstrip():  # not a drawing
                yield found[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_and_option_on_a_page_exists(page: Path) -> None:
    for line in program_lines(page.read_text(encoding="utf-8")):
        words = shlex.split(line, comments=True)
        ends = [number for number, word in enumerate(words) if word in ("|", ">", "&&", "&", "2>")]
        if "--profile" in words and words[0] != "bench":
            at = words.index("--profile")  # of a file that the reader has
            del words[at : at + 2]
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = main([*words[: ends[0] if ends else None], "--help"])
        assert code == 0, f"{line}\n{said.getvalue()}"
