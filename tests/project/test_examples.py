"""Every example runs, against the real server as a process.

The engine is a test double (`engine_server.EngineServer`), so that the output is known; the real model
answers in `test_server_clients`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_server import NORMAL, POINTS, ROOT, SKELETON, TEXT, TITLES, Gate, environment
from engine_server import EngineServer
from output import output_of
from server_process import ServeProcess

EXAMPLES = ROOT / "examples"
KEY = "example-key-0123456789"


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture
def engine(running: EngineServer) -> Iterator[EngineServer]:
    """The engine, for a test that changes its script."""
    yield running
    running.reset()


@pytest.fixture(scope="module")
def served(running: EngineServer) -> Iterator[ServeProcess]:
    with ServeProcess(running.url, SOT_API_KEY=KEY) as served:
        served.wait_for("sot: ready")
        yield served


def run(name: str, *arguments: str, shown: str = "", then: Callable[[], None] = lambda: None) -> str:
    """Run an example to its end; gives what it prints.

    Args:
        name: Its file.
        arguments: Its arguments.
        shown: What it prints before ``then`` is called.
        then: Called once.
    """
    program = "sh" if name.endswith(".sh") else sys.executable
    variables = environment(SOT_API_KEY=KEY, LANGSMITH_TRACING="false")
    return output_of([program, EXAMPLES / name, *arguments], variables, shown=shown, then=then)


def test_openai_client(served: ServeProcess) -> None:
    output = run("openai_client.py", "--base-url", served.url)
    assert output.startswith(TEXT)
    assert re.search(r"\[first text after \d+\.\d\d s, all after \d+\.\d\d s\]", output)
    assert output.count(POINTS[1]) == 2
    for index in (1, 2, 3):
        assert re.search(rf"\[point {index}: \d+\.\d\d s to \d+\.\d\d s\]", output)
    assert re.search(r"\[\d+ tokens written by 4 requests\]", output)


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
    held, opening = Gate(), "Good sleep is a habit."
    engine.skeleton = [held, SKELETON]
    engine.normal = [f"{opening}\n\nIt", Gate()]  # it is left there: the skeleton is good
    output = run("async_app.py", "--backend", engine.url, shown=opening, then=held.open)
    assert output.startswith(f"{opening}\n\n{TEXT}\n\n[skeleton: ")
    assert "[point 1: Regular hours]" in output
    assert "[point 3 is done after " in output
    assert len(re.findall(r"^\[\d+\.\d\d s, 5 requests\] ", output, re.MULTILINE)) == 3
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
