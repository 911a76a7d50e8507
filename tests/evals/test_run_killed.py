"""Commands killed at random moments: nothing complete is lost or made again, and every key is there once."""

from __future__ import annotations

import importlib
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from cli_server import one_line
from made_run import two_strategies, write_run
from speeds import profile

from sot.cli import main
from sot.evals.judge.records import read_judgements
from sot.evals.run.folder import locked, read_answers
from sot.load.profile import PrefillTime, StepTime, write_profile

KILLS = 10


@pytest.fixture
def engine(tmp_path: Path) -> str:
    """A simulated engine that is quick even where it takes its time for real."""
    step = StepTime(batch=(1, 8), seconds=(1e-6, 1e-6))
    write_profile(tmp_path / "quick.json", profile(step=step, prefill=PrefillTime(per_token_s=1e-9)))
    return f"replay:{tmp_path / 'quick.json'}"


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """What a copy of this process has need not be imported by each copy."""
    for name in ("run.command", "judge.command", "bench.latency", "bench.load", "cli.eval_commands"):
        importlib.import_module(f"sot.evals.{name}")
    importlib.import_module("sot.evals.cli.bench_commands")


@pytest.fixture
def commands(engine: str, tmp_path: Path) -> dict[str, list[str]]:
    """The commands that keep a folder, but for the folder's name."""
    questions = tmp_path / "questions.txt"
    questions.write_text("".join(f"What are good ways to learn skill {number}?\n" for number in range(6)))
    asked = ["--backend", engine, "--questions", str(questions)]
    load = ["--loads", "0.5,0.9", "--rounds", "2", "--duration", "0.2", "--capacity", "50"]
    return {
        "run": ["eval", "run", *asked, "--strategies", "normal,cot", "--quiet", "--out"],
        "judge": ["eval", "judge", "--judge-backend", engine, "--quiet"],
        "latency": ["bench", "latency", *asked, "--methods", "normal,skeleton", "--repeat", "2", "--out"],
        "load": ["bench", "load", *asked, *load, "--policy", "normal,skeleton", "--out"],
    }


def forked(arguments: list[str], before: Callable[[], None] = lambda: None) -> int:
    """Run the command in a copy of this process; returns how that ended, below 0 by a signal."""
    child = os.fork()
    if not child:
        code = 99
        signal.alarm(300)  # ends it, should a lock have been held at the fork
        try:
            with Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            before()
            code = main(arguments)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dies_at(moment: int, share: float) -> None:
    """Kill this process at one of its writes, syncs and renames; of a write, a share is done before."""
    left = moment

    def counted(name: str) -> None:
        whole: Callable[..., Any] = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                if name == "write":
                    whole(arguments[0], bytes(arguments[1])[: int(share * len(arguments[1]))])
                die()
            return whole(*arguments, **options)

        setattr(os, name, call)

    for name in ("write", "fsync", "replace", "ftruncate"):
        counted(name)


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def keys(folder: Path, name: str) -> Counter[object]:
    if name == "judge":
        return Counter(found.key for found in read_judgements(folder))
    return Counter(found.key for found in read_answers(folder))


@pytest.mark.parametrize("name", ["run", "judge", "latency", "load"])
def test_killed_at_ten_random_moments(name: str, commands: dict[str, list[str]], tmp_path: Path) -> None:
    moments = random.Random(name)
    folder, whole = tmp_path / "killed", tmp_path / "whole"
    if name == "judge":
        for place in (folder, whole):
            write_run(place, two_strategies(8))
    before: Counter[object] = Counter()
    kills = 0
    for _ in range(KILLS):
        moment, share = moments.randint(1, 12), moments.random()
        code = forked([*commands[name], str(folder)], lambda: dies_at(moment, share))  # noqa: B023
        kills += code == -signal.SIGKILL
        kept = keys(folder, name)
        assert before <= kept, "something complete was lost"
        assert set(kept.values()) <= {1}, "something complete was made again"
        before = kept
    assert kills >= 5, "it ended before it was killed"
    codes = [forked([*commands[name], str(place)]) for place in (folder, whole)]
    assert codes[0] == codes[1]
    assert keys(folder, name) == keys(whole, name)
    assert set(keys(folder, name).values()) == {1}


@pytest.mark.parametrize("name", ["run", "judge", "latency", "load"])
def test_a_second_process_is_refused(
    name: str, commands: dict[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "held"
    if name == "judge":
        write_run(folder, two_strategies(2))
    else:
        assert forked([*commands[name], str(folder)]) == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with locked(folder):  # in this process, while another one comes
        held = {**before, ".lock": f"{os.getpid()}\n".encode()}
        assert forked([*commands[name], str(folder)]) == 2
        assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == held
        assert main([*commands[name], str(folder)]) == 2
        assert f"written by another run (process {os.getpid()})" in one_line(capsys.readouterr().err)
