"""History: answers are kept, conversations go on, and can be listed, shown, exported and deleted."""

from __future__ import annotations

import json
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cli_here import sot_here
from cli_server import QUESTION, ScriptServer, one_line
from scripted import Script, ScriptedBackend, made

from sot import Answer
from sot.command.history import History
from sot.errors import ConfigError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server() -> Iterator[ScriptServer]:
    with ScriptServer() as running:
        running.reset()
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite"


@pytest.fixture
def answer() -> Answer:
    backend = ScriptedBackend(lambda request: Script("An answer."))
    sot = made(backend, strategy="normal")
    try:
        return sot.answer_sync("Why?")
    finally:
        sot.close()


@pytest.fixture
def run(server: ScriptServer, place: Path) -> Run:
    def run(*arguments: str, stdin: str = "", **variables: str) -> tuple[int, str, str]:
        chosen = {"SOT_BACKEND": server.url, "SOT_HISTORY": str(place), **variables}
        done = sot_here(*arguments, stdin=stdin.encode(), **chosen)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


def asked(server: ScriptServer) -> list[tuple[str, str]]:
    """The turns of the last request for an answer, by role."""
    bodies = [exchange.body for exchange in server.seen if exchange.body]
    return [(turn["role"], turn["content"]) for turn in bodies[-1]["messages"]]


def test_a_conversation_goes_on_where_the_last_one_ended(run: Run, server: ScriptServer, place: Path) -> None:
    normal = ("--strategy", "normal")
    assert run("ask", QUESTION, *normal, "--system", "Be brief.")[0] == 0
    assert run("ask", "Why?", *normal, "-c")[0] == 0
    before = [("system", "Be brief."), ("user", QUESTION), ("assistant", "A normal answer.")]
    assert asked(server) == [*before, ("user", "Why?")]
    assert run("chat", *normal, "--continue", stdin="And then?\n/reset\nHello?\n")[0] == 0
    assert asked(server) == [("system", "Be brief."), ("user", "Hello?")]
    _, output, _ = run("logs", "list")
    first, second = output.splitlines()
    assert "3 turns" in first
    assert QUESTION in first
    assert "Hello?" in second
    assert run("ask", "Other", *normal, "-c", "--system", "Be long.")[0] == 0
    assert asked(server)[0] == ("system", "Be long.")
    if sys.platform != "win32":
        assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_what_is_kept_can_be_shown_exported_and_deleted(run: Run, place: Path) -> None:
    assert run("ask", QUESTION, "--strategy", "skeleton", "--no-opening")[0] == 0
    assert run("ask", "What is \x1b[31mred?", "--strategy", "normal")[0] == 0
    (first, second) = map(json.loads, run("logs", "export")[1].splitlines())
    assert (first["question"], first["strategy"], len(first["titles"])) == (QUESTION, "skeleton", 3)
    assert first["complete"]
    shown = run("logs", "show")[1]
    assert "A normal answer." in shown
    assert "\x1b" not in shown
    assert f"> {QUESTION}" in run("logs", "show", str(first["conversation"]))[1]
    assert "> What is" in run("logs", "export", "--markdown")[1]
    assert QUESTION in run("logs", "list", "--search", QUESTION[4:12].upper())[1]
    assert run("ask", "Why is it ÜBLICH?", "--strategy", "normal")[0] == 0
    assert "ÜBLICH" in run("logs", "list", "--search", "üblich")[1]
    assert run("logs", "delete", str(second["conversation"] + 1))[0] == 0
    assert run("logs", "list", "--search", "nowhere to be found")[1] == ""
    assert len(run("logs", "list", "-n", "1")[1].splitlines()) == 1
    assert run("logs", "delete", str(first["conversation"]))[1] == "1 turn deleted\n"
    assert QUESTION.encode() not in place.read_bytes(), "what was deleted is gone from the file"
    assert run("logs", "delete", "--all")[1] == "1 turn deleted\n"
    assert run("logs", "list")[1:] == ("", "nothing is kept\n")
    assert second["conversation"] != first["conversation"]


@pytest.mark.parametrize("off", [("--no-history", {}), ("", {"SOT_HISTORY": "off"})])
def test_nothing_is_kept_where_that_is_not_wanted(
    run: Run, place: Path, off: tuple[str, dict[str, str]]
) -> None:
    option, variables = off
    assert run("ask", QUESTION, *filter(None, [option]), **variables)[0] == 0
    assert not place.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", QUESTION, "-c"], "--continue: there is no conversation yet"),
        (["logs", "show", "7"], "there is no conversation 7"),
        (["logs", "delete", "7"], "there is no conversation 7"),
        (["logs", "delete"], "takes the number of a conversation, or --all"),
        (["logs", "delete", "7", "--all"], "takes the number of a conversation, or --all"),
        (["logs", "export", "7"], "there is no conversation 7"),
        (["logs", "show", "9" * 30], f"there is no conversation {'9' * 30}"),
        (["logs", "delete", "9" * 30], f"there is no conversation {'9' * 30}"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run: Run, arguments: list[str], says: str) -> None:
    code, output, errors = run(*arguments)
    assert (code, output) == (2, "")
    assert says in errors
    assert errors.count("\n") == 1


def test_a_history_that_cannot_be_written_hinders_no_answer(run: Run, place: Path) -> None:
    place.parent.mkdir()
    place.write_text("This is no database, but a text that is long enough to be looked at. " * 20)
    code, output, errors = run("ask", QUESTION, "--strategy", "normal")
    assert (code, output) == (0, "A normal answer.\n")
    assert "sot: not kept: the history" in errors
    code, _, errors = run("logs", "list")
    assert code == 2
    assert "file is not a database" in errors


def test_a_turn_that_something_else_has_written_is_named_and_can_be_deleted(
    place: Path, answer: Answer
) -> None:
    history = History(place)
    number, _ = history.keep(answer), history.keep(answer)
    whole = place.read_bytes()
    says = f"turn {number} of the history is damaged; sot logs delete {number} removes its conversation"
    for change in (
        *("titles = '{'", "titles = '5'", "at = 1e18", "at = 'now'", "answer = x'ff00'", "total_s = 'q'"),
        *("complete = 'q'", "total_s = 9e999", "first_text_s = -9e999", "answer = CAST(x'6cff' AS TEXT)"),
    ):
        place.write_bytes(whole)
        with closing(sqlite3.connect(place)) as file, file:
            file.execute("PRAGMA synchronous = OFF")
            file.execute(f"UPDATE turns SET {change} WHERE id = {number}")
        with pytest.raises(ConfigError, match=says):
            history.turns()
    done = sot_here("logs", "list", SOT_HISTORY=str(place))
    assert (done.returncode, done.stdout, one_line(done.stderr)) == (2, b"", f"sot: {says}")
    assert sot_here("logs", "delete", str(number), SOT_HISTORY=str(place)).returncode == 0
    assert len(history.turns()) == 1


def test_a_damaged_history_is_told_in_one_line(place: Path, answer: Answer) -> None:
    history = History(place)
    history.keep(answer)
    whole = place.read_bytes()
    place.write_bytes(whole.replace(b"conversation INTEGER NOT NULL", b"conversation INTEGER NOT \x99ULL", 1))
    for arguments in (("list", "--search", "x"), ("export",), ("delete", "--all")):
        done = sot_here("logs", *arguments, SOT_HISTORY=str(place))
        assert (done.returncode, done.stdout) == (2, b"")
        assert one_line(done.stderr).startswith("sot: the history ")
    place.write_bytes(whole)
    with closing(sqlite3.connect(place)) as file, file:
        file.execute("UPDATE turns SET strategy = char(27, 13) || 'plan', answer = CAST(x'6cff' AS TEXT)")
    done = sot_here("logs", "list", "--search", "not in it", SOT_HISTORY=str(place))
    assert (done.returncode, done.stderr) == (0, b"nothing is found\n")
    with closing(sqlite3.connect(place)) as file, file:
        file.execute("UPDATE turns SET answer = ''")
    shown = sot_here("logs", "list", SOT_HISTORY=str(place)).stdout.decode()
    assert "plan" in shown
    assert shown.replace("\n", "").isprintable()


def test_a_history_that_may_not_be_looked_at_is_told_in_one_line() -> None:
    for arguments in (("logs", "list"), ("logs", "delete", "--all"), ("ask", QUESTION, "-c")):
        done = sot_here(*arguments, SOT_HISTORY=f"/{'x' * 5000}/history.sqlite")
        assert (done.returncode, done.stdout) == (2, b"")
        assert "File name too long" in one_line(done.stderr)


def test_a_conversation_that_was_deleted_meanwhile_begins_anew(place: Path, answer: Answer) -> None:
    history = History(place)
    first = history.keep(answer)
    history.forget()
    other = history.keep(answer)
    assert other != first, "no number is given twice"
    again = history.keep(answer, conversation=first)
    assert again not in (first, other)
    assert history.keep(answer, conversation=again) == again
    assert [len(history.turns(conversation=each)) for each in (first, other, again)] == [0, 1, 2]


def test_what_was_deleted_is_in_the_file_no_more(place: Path, answer: Answer) -> None:
    history = History(place)
    history.keep(replace(answer, text="a secret text"))
    kept = history.keep(answer)
    assert b"a secret text" in place.read_bytes()
    history.forget(1)
    assert b"a secret text" not in place.read_bytes()
    assert [turn.conversation for turn in history.turns()] == [kept]


def test_a_revised_answer_takes_the_place_of_the_last_one(run: Run) -> None:
    lines = f"{QUESTION}\n/points drop 1\n/points write\n"
    assert run("chat", "--strategy", "skeleton", "--no-opening", stdin=lines)[0] == 0
    (kept,) = map(json.loads, run("logs", "export")[1].splitlines())
    assert len(kept["titles"]) == 2


def test_many_processes_may_keep_turns_at_once(place: Path, answer: Answer) -> None:
    def keep(number: int) -> Answer:
        History(place).keep(answer)
        return answer

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep, range(12)))
    assert len(History(place).turns()) == 12
    assert len({turn.conversation for turn in History(place).turns()}) == 12


def test_half_a_character_of_an_engine_is_kept_as_a_mark(place: Path, answer: Answer) -> None:
    place.parent.mkdir()
    place.touch()
    assert History(place).turns() == [], "an empty file is an empty history"
    History(place).keep(replace(answer, text="Because \ud83d."))
    assert History(place).turns()[0].answer == "Because ?."
