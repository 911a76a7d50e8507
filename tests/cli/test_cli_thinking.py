"""Thoughts of reasoning models on the command line. The engine is a test double that thinks when it likes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_here import sot_here
from cli_server import ScriptServer, one_line, run_sot
from fault_server import delta, stream

THINKS = ("--engine-can", "thinks=yes")  # known from the first request on
USAGE = {
    "prompt_tokens": 9,
    "completion_tokens": 7,
    "completion_tokens_details": {"reasoning_tokens": 5},
}


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture
def server(running: ScriptServer) -> ScriptServer:
    running.reset()
    running.default = stream(
        [
            delta(reasoning_content="Is it? "),
            delta("It is."),
            delta(finish="stop"),
            {"choices": [], "usage": USAGE},
        ]
    )
    return running


def test_thoughts_are_counted_apart(server: ScriptServer) -> None:
    done = sot_here("ask", "Hi", "--json", *THINKS, "-b", server.url)
    answer = json.loads(done.stdout)
    assert (answer["text"], answer["complete"]) == ("It is.", True)
    assert (answer["usage"]["completion_tokens"], answer["usage"]["reasoning_tokens"]) == (7, 5)


def test_they_are_shown_where_there_are_any(server: ScriptServer, tmp_path: Path) -> None:
    picture = tmp_path / "a.svg"
    assert sot_here("ask", "Hi", *THINKS, "-b", server.url, "--svg", str(picture)).returncode == 0
    assert "7 tokens (5 of thoughts) in 1 request" in picture.read_text().replace("&#160;", " ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--thinking", "sometimes"), "must be one of auto, off, skeleton, on"),
        (("--max-thinking-tokens", "0"), "must be at least 1"),
    ],
)
@pytest.mark.parametrize(
    "command", [("ask", "Hi"), ("chat",), ("serve", "--port", "0")], ids=lambda words: words[0]
)
def test_settings_that_make_no_sense(
    server: ScriptServer, command: tuple[str, ...], arguments: tuple[str, ...], says: str
) -> None:
    run = run_sot if command[0] == "serve" else sot_here  # a server that began would not end
    done = run(*command, *arguments, "-b", server.url)
    assert (done.returncode, done.stdout) == (2, b"")
    assert says in one_line(done.stderr)


def test_a_limit_of_thoughts_ends_them(server: ScriptServer) -> None:
    thoughts = [delta(reasoning_content=f"step {number} ") for number in range(400)]
    server.default = stream([*thoughts, delta(finish="length")])
    done = sot_here("ask", "Hi", "-s", "normal", "--max-thinking-tokens", "32", "-b", server.url)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "think" in one_line(done.stderr)
