"""What decoding together costs: the measurement and its command line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from cli_server import ScriptServer, one_line
from scripted import Script, ScriptedBackend, by_stage

from sot.evals.batching import main, together
from sot.types import Usage


@pytest.fixture
def server() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server
        assert server.all_closed()


async def test_requests_are_at_the_engine_together() -> None:
    backend = ScriptedBackend(by_stage(normal=Script("a", "b", usage=Usage(5, 1, 2, 1))))
    seconds, usage = await together(backend, 8, 64)
    assert backend.peak == 8
    assert usage == Usage(40, 8, 16, 8)
    assert seconds > 0
    assert {request.config.max_tokens for request in backend.requests} == {64}
    assert len({request.last for request in backend.requests}) == 8, "a prefix cache must not help"


def test_a_run(server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--backend", server.url, "--sizes", "4,2", "--tokens", "3", "--repeat", "3"]
    assert main(arguments) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    lines = output.splitlines()
    assert lines[0] == f"{server.url}, scripted, 3 tokens a request"
    rows = [line.strip("| ").split(" | ") for line in lines if re.match(r"\| \d", line)]
    assert [row[0] for row in rows] == ["1", "2", "4"]
    assert rows[0][2] == "1.00x (1.00 to 1.00)"
    assert "3 rounds" in lines[-1]
    assert len(server.completions) == (1 + 3) * (1 + 2 + 4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--sizes", "0"], "--sizes"),
        (["--sizes", "2,many"], "--sizes"),
        (["--sizes", "-2"], "--sizes"),
        (["--sizes", ""], "--sizes"),
        (["--tokens", "0"], "--repeat and --tokens must be at least 1"),
        (["--repeat", "0"], "--repeat and --tokens must be at least 1"),
        (["--backend", "nonsense:"], "no engine for the backend"),
    ],
)
def test_bad_use(capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    assert main(["--backend", "http://127.0.0.1:9/v1", "--model", "x", *arguments]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert says in one_line(errors)


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--backend", "http://127.0.0.1:9/v1", "--model", "x"]) == 1
    assert "cannot connect" in one_line(capsys.readouterr().err)
