"""Every example runs, against the real server as a process.

The engine is a test double (`engine_server.EngineServer`), so that the output is known; the real model
answers in `test_server_clients`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_server import NORMAL, POINTS, ROOT, TEXT, TITLES, Gate, environment
from engine_server import EngineServer
from server_process import ServeProcess

EXAMPLES = ROOT / "examples"
KEY = "example-key-0123456789"


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture(scope="module")
def served(engine: EngineServer) -> Iterator[ServeProcess]:
    with ServeProcess(engine.url, SOT_API_KEY=KEY) as served:
        served.wait_for("sot: ready")
        yield served


def run(name: str, *arguments: str) -> str:
    """Run an example to its end; gives what it prints."""
    program = "sh" if name.endswith(".sh") else sys.executable
    done = subprocess.run(
        [program, EXAMPLES / name, *arguments],
        env=environment(SOT_API_KEY=KEY, LANGSMITH_TRACING="false"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_openai_client(served: ServeProcess) -> None:
    output = run("openai_client.py", "--base-url", served.url)
    assert output.startswith(TEXT)
    assert re.search(r"\[first text after \d+\.\d\d s, all after \d+\.\d\d s\]", output)
    assert output.count(POINTS[1]) == 2
    for index in (1, 2, 3):
        assert re.search(rf"\[point {index}: \d+\.\d\d s to \d+\.\d\d s\]", output)
    assert re.search(r"\[\d+ tokens written by 5 requests\]", output)


def test_langchain_chat(served: ServeProcess) -> None:
    output = run("langchain_chat.py", "--base-url", served.url)
    assert output.startswith(TEXT)
    assert NORMAL in output
    assert "[3 tokens]" in output


def test_curl(served: ServeProcess) -> None:
    output = run("curl.sh", "--base-url", served.url)
    assert '"object":"list"' in output
    assert "data: [DONE]" in output
    assert '"cached_tokens":40' in output
    assert all(f'"title":"{title}"' in output for title in TITLES)


def test_async_app(engine: EngineServer) -> None:
    engine.normal = ["Good sleep is a habit. ", Gate()]  # it is left there: the skeleton is good
    output = run("async_app.py", "--backend", engine.url)
    assert output.startswith(f"Good sleep is a habit.\n\n{TEXT}\n\n[skeleton: ")
    assert "[point 1: Regular hours]" in output
    assert "[point 3 is done after " in output
    assert len(re.findall(r"^\[\d+\.\d\d s, \d requests\] ", output, re.MULTILINE)) == 3
    assert output.rstrip().endswith(("[cancelled; the engine is free again]", "[it was quicker than that]"))


def test_an_engine_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "async_app.py", "--backend", f"torch:{tmp_path}"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("no answer: ")
    assert done.stderr.count("\n") == 1


def test_all_are_listed_and_run_here() -> None:
    listed = set(re.findall(r"\]\(([\w.]+)\) \|", (EXAMPLES / "README.md").read_text(encoding="utf-8")))
    names = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".sh")}
    assert listed == names
    tested = set(re.findall(r'run\("([\w.]+)"', Path(__file__).read_text(encoding="utf-8")))
    assert tested == names
