"""`sot ask` and `sot chat` answered by a real `sot serve` of the same user."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli_server import (
    NORMAL,
    POINTS,
    QUESTION,
    TEXT,
    TITLES,
    Gate,
    ScriptServer,
    environment,
    one_line,
    run_sot,
)
from quick_start import QuickStart
from server_process import COMPLETIONS, ServeProcess, body

pytest.importorskip("pty")

from pseudo_terminal import Terminal

KEY = "key-of-ada"
PLAIN = ("--strategy", "skeleton", "--no-opening")


@pytest.fixture(scope="module")
def engine() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The variables by which commands find the server of this file."""
    return _variables(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def running(engine: ScriptServer, here: dict[str, Any]) -> Iterator[ServeProcess]:
    with ServeProcess(engine.url, "--grace", "0", SOT_API_KEY=KEY, **here) as served:
        served.wait_for("ready: ")
        yield served
    assert list(Path(here["XDG_RUNTIME_DIR"], "sot").iterdir()) == []


@pytest.fixture
def served(running: ServeProcess, engine: ScriptServer) -> ServeProcess:
    engine.reset()
    return running


def _variables(folder: Path) -> dict[str, Any]:
    return {"XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder), "SOT_WARM": "on"}


def secret(here: dict[str, Any]) -> str:
    (file,) = Path(here["XDG_RUNTIME_DIR"], "sot").iterdir()
    return json.loads(file.read_text())["secret"]


def test_the_text_and_the_record_are_those_of_an_own_engine(
    served: ServeProcess, engine: ScriptServer, here: dict[str, Any], tmp_path: Path
) -> None:
    history = str(tmp_path / "history.sqlite")
    done = run_sot("ask", QUESTION, *PLAIN, **here, SOT_HISTORY=history)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{TEXT}\n", b"")
    kept = json.loads(run_sot("logs", "export", SOT_HISTORY=history).stdout)
    assert (kept["answer"], kept["model"]) == (TEXT, "scripted")
    records: list[dict[str, Any]] = []
    own_engine: dict[str, Any] = {"SOT_BACKEND": engine.url}
    for variables in (here, own_engine):
        done = run_sot("ask", QUESTION, *PLAIN, "--json", "--system", "Be brief.", **variables)
        assert (done.returncode, done.stderr) == (0, b"")
        records.append(json.loads(done.stdout))
    warm, own = (without_times(record) for record in records)
    assert warm == {**own, "backend": warm["backend"]}  # clients are not told the engine's address
    assert warm["messages"][0] == {"role": "system", "content": "Be brief."}
    served.wait_for(r"POST /sot/events 200 (?:.*\n)*?.*POST /sot/events 200 ")


def without_times(value: Any) -> Any:
    """A record without what differs from run to run."""
    if isinstance(value, dict):
        kept = {name: without_times(each) for name, each in value.items() if not name.endswith("_s")}
        return {name: each for name, each in kept.items() if name not in ("route", "stages")}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def test_a_terminal_is_told_who_answers(served: ServeProcess, here: dict[str, Any]) -> None:
    with Terminal("ask", QUESTION, *PLAIN, **here) as terminal:
        terminal.until(f"answered by the sot serve at {served.address} (scripted)")
        assert terminal.end() == 0
    assert TITLES[2] in terminal.screen.text
    with Terminal("ask", QUESTION, *PLAIN, "--quiet", **here) as terminal:
        assert terminal.end() == 0
    assert "answered by" not in terminal.raw


def test_ctrl_c_ends_the_answer_at_the_engine(
    served: ServeProcess, engine: ScriptServer, here: dict[str, Any]
) -> None:
    gate = Gate()
    engine.points = {1: ["Go to bed.", gate], 2: "Dark.", 3: "None."}
    pipe = subprocess.PIPE
    env = environment(**here)
    with QuickStart(["ask", QUESTION, *PLAIN], env=env, stdin=pipe, stdout=pipe, stderr=pipe) as asking:
        assert asking.stdout is not None
        gate.wait_reached()
        begun = asking.stdout.read(10)
        asking.send_signal(signal.SIGINT)
        output, errors = asking.communicate()
    gate.wait_left()
    assert asking.returncode == 130
    assert (begun + output).startswith(f"1. **{TITLES[0]}**: Go".encode())
    assert one_line(errors).startswith("sot: interrupted")


def test_its_secret_opens_nothing_but_events(served: ServeProcess, here: dict[str, Any]) -> None:
    own = {"Authorization": f"Bearer {secret(here)}"}
    assert (
        httpx.post(f"{served.address}{COMPLETIONS}", json=body(), headers=own, timeout=60).status_code == 401
    )
    assert httpx.get(f"{served.address}/v1/models", headers=own, timeout=60).status_code == 401
    point = {"title": "One", "text": "Text."}
    for path, asked in (
        ("/sot/events", {"question": QUESTION}),
        ("/sot/revise", {"answer": {"question": QUESTION, "points": [point]}, "points": ["One", "Two"]}),
    ):
        address = f"{served.address}{path}"
        assert httpx.post(address, json=asked, headers=own, timeout=60).status_code == 200
        for headers in (None, {"Authorization": "Bearer wrong"}):
            assert httpx.post(address, json=asked, headers=headers, timeout=60).status_code == 401
    assert httpx.get(f"{served.address}/sot/proof", timeout=60).status_code == 404
    assert secret(here) not in served.log


def test_a_server_that_stops_in_the_middle_leaves_what_was_written(
    engine: ScriptServer, tmp_path: Path
) -> None:
    engine.reset()
    gate = Gate()
    engine.points = {1: ["Go to bed.", gate], 2: "Dark.", 3: "None."}
    own = _variables(tmp_path)
    pipe = subprocess.PIPE
    with ServeProcess(engine.url, "--grace", "0", **own) as served:
        served.wait_for("ready: ")
        env = environment(**own)
        with QuickStart(["ask", QUESTION, *PLAIN], env=env, stdin=pipe, stdout=pipe, stderr=pipe) as asking:
            assert asking.stdout is not None
            gate.wait_reached()
            begun = asking.stdout.read(10)
            served.stop()
            output, errors = asking.communicate()
        assert served.wait() == 0
    assert asking.returncode == 1
    assert (begun + output).startswith(f"1. **{TITLES[0]}**: Go".encode())
    assert one_line(errors).startswith(f"sot: the sot serve at {served.address}: ")


class TestChat:
    def test_a_conversation_in_a_pipe(
        self, served: ServeProcess, engine: ScriptServer, here: dict[str, Any], tmp_path: Path
    ) -> None:
        kept: dict[str, Any] = {**here, "SOT_HISTORY": str(tmp_path / "history.sqlite")}
        engine.points = {**POINTS, 2: "Sip some water."}
        lines = (QUESTION, "/points edit 2 Glass of water", "/points drop 3", "/points write")
        typed = "".join(f"{line}\n" for line in lines).encode()
        done = run_sot("chat", *PLAIN, "--system", "Be kind.", stdin=typed, **kept)
        revised = f"1. **{TITLES[0]}**: {POINTS[1]}\n\n2. **Glass of water**: Sip some water."
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode().endswith(f"{revised}\n")
        done = run_sot("chat", "-c", "-s", "normal", stdin=b"Hi\n", **kept)
        assert (done.returncode, done.stdout.decode()) == (0, f"{NORMAL}\n")
        assert [turn["content"] for turn in engine.asked()[-1]] == ["Be kind.", QUESTION, revised, "Hi"]
        assert served.log.count("POST /sot/revise 200") >= 1
        turns = [json.loads(line) for line in run_sot("logs", "export", **kept).stdout.splitlines()]
        assert [(turn["conversation"], turn["answer"]) for turn in turns] == [(1, revised), (1, NORMAL)]

    def test_a_terminal_is_told_who_answers_before_the_first_question(
        self, served: ServeProcess, here: dict[str, Any]
    ) -> None:
        with Terminal("chat", *PLAIN, **here) as terminal:
            terminal.until(f"answered by the sot serve at {served.address} (scripted)")
            terminal.until(lambda screen: screen.text.endswith("\n>"))
            terminal.type(f"{QUESTION}\n")
            terminal.until(lambda screen: TITLES[2] in screen.text and screen.text.endswith("\n>"))
            terminal.type("/quit\n")
            assert terminal.end() == 0
        assert terminal.screen.text.count("answered by") == 1

    def test_a_server_that_stops_in_the_middle_loses_nothing(
        self, engine: ScriptServer, tmp_path: Path
    ) -> None:
        engine.reset()
        gate = Gate()
        engine.points = {1: ["Go to bed.", gate], 2: "Dark.", 3: "None."}
        own, pipe = _variables(tmp_path), subprocess.PIPE
        with (
            ServeProcess(engine.url, "--grace", "0", **own) as other,
            ServeProcess(engine.url, "--grace", "0", **own) as first,
        ):
            other.wait_for("ready: ")
            first.wait_for("ready: ")
            servers = {server.address: server for server in (other, first)}
            env = environment(**own)
            with QuickStart(["chat", *PLAIN], env=env, stdin=pipe, stdout=pipe, stderr=pipe) as chat:
                assert chat.stdin is not None
                chat.stdin.write(f"{QUESTION}\nHi\n".encode())
                chat.stdin.close()
                gate.wait_reached()
                (asked,) = (each for each in servers.values() if self.is_asked(each))
                engine.points = POINTS
                asked.stop()
                assert chat.stdout is not None
                assert chat.stderr is not None
                output, errors = chat.stdout.read(), chat.stderr.read()
            assert asked.wait() == 0
        assert chat.returncode == 0
        assert output.decode().endswith(f"{TEXT}\n{TEXT}\n")
        said = one_line(errors)
        assert said.startswith(f"sot: the sot serve at {asked.address}: ")
        assert said.endswith("; the question is asked again")

    def is_asked(self, server: ServeProcess) -> bool:
        metrics = httpx.get(f"{server.address}/metrics", timeout=60).text
        return "sot_answers_in_flight 1.0" in metrics


@pytest.mark.model
class TestRealModel:
    def test_an_answer_of_the_built_in_model(self, tmp_path: Path) -> None:
        here = _variables(tmp_path)
        with ServeProcess(None, "--max-point-tokens", "24", **here) as served:
            served.wait_for("ready: ")
            asked = ("--strategy", "skeleton", "--max-points", "3", "--temperature", "0", "--json")
            done = run_sot("ask", QUESTION, *asked, **here)
        assert (done.returncode, done.stderr) == (0, b"")
        answer = json.loads(done.stdout)
        assert answer["backend"].startswith("torch:")
        assert answer["text"]
        assert all(point["title"] for point in answer["points"])
        assert "POST /sot/events 200" in served.log
