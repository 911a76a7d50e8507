"""`sot serve` as a process: how it starts, how it waits for its engine, how it ends.

The program is the real one; the engine is a test double that holds answers back (`cli_server.Gate`).
"""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cli_server import MODEL, NORMAL, TEXT, Gate, one_line, run_sot
from engine_server import PATIENCE, EngineServer
from fault_server import status
from server_process import COMPLETIONS, ServeProcess, body


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture
def engine(running: EngineServer) -> Iterator[EngineServer]:
    running.reset()
    yield running
    assert running.at_rest(), "a request runs on at the engine"
    assert running.all_closed(), "a connection to the engine was left open"


@contextmanager
def asking(served: ServeProcess, **fields: object) -> Iterator[Iterator[bytes]]:
    """The bytes of an answer, as they come."""
    url = served.address + COMPLETIONS
    with httpx.stream("POST", url, json=body(**fields), timeout=PATIENCE) as response:
        yield response.iter_raw()


def error_event(stream: bytes) -> dict[str, str]:
    """The error with which a stream ends."""
    last = stream.rstrip().rpartition(b"\n\n")[2]
    return json.loads(last.removeprefix(b"data: "))["error"]


class TestStart:
    def test_it_says_where_it_listens_and_what_it_serves(self, engine: EngineServer) -> None:
        with ServeProcess(engine.url, installed=True) as served:
            served.wait_for(f"sot: ready: {MODEL} on {engine.url}")
            assert httpx.get(served.address + "/ready", timeout=60).json() == {"status": "ready"}
            assert httpx.post(served.address + COMPLETIONS, json=body(), timeout=60).status_code == 200
            served.wait_for(rf"POST {COMPLETIONS} 200 done skeleton [\d.]+ s, first text [\d.]+ s")

    def test_an_engine_that_comes_later(self) -> None:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))  # taken, and not listening yet: connections are refused
            address = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
            with ServeProcess(address) as served:
                line = served.wait_for("sot: the engine does not answer yet: (.*)")[1]
                assert f"cannot connect to {address}" in line
                assert httpx.get(served.address + "/health", timeout=60).status_code == 200
                for refused in (
                    httpx.get(served.address + "/ready", timeout=60),
                    httpx.get(served.url + "/models", timeout=60),
                    httpx.post(served.address + COMPLETIONS, json=body(), timeout=PATIENCE),
                    httpx.post(served.address + COMPLETIONS, json=body(model="normal"), timeout=PATIENCE),
                ):
                    assert refused.status_code == 503
                    assert refused.json()["error"]["message"] == "the engine cannot be reached"
                    assert int(refused.headers["retry-after"]) >= 1
                with EngineServer(on=held) as engine:
                    assert httpx.get(served.address + "/ready", timeout=60).status_code == 200
                    asked = httpx.post(served.address + COMPLETIONS, json=body(), timeout=PATIENCE)
                    assert asked.json()["choices"][0]["message"]["content"] == TEXT
                    assert len(engine.completions) == 4

    def test_an_engine_that_went_away(self) -> None:
        with EngineServer() as engine, ServeProcess(engine.url, "--quiet") as served:
            served.wait_for("sot: ready")
            engine.stop()
            assert httpx.get(served.address + "/ready", timeout=60).status_code == 503
            for model in ("skeleton", "normal", "cot"):
                asked = body(model=model)
                refused = httpx.post(served.address + COMPLETIONS, json=asked, timeout=PATIENCE)
                assert refused.status_code == 503
                assert refused.json()["error"]["code"] == "backend_unavailable"

    @pytest.mark.parametrize("name", ["broken", "nowhere"])
    def test_an_engine_in_this_process_that_cannot_start_ends_it(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken" / "config.json").write_text("{")
        done = run_sot("serve", "--backend", f"torch:{tmp_path / name}", "--port", "0", soon=True)
        assert done.returncode == 2
        lines = done.stderr.decode().splitlines(keepends=True)
        assert name in one_line(lines[-1])
        assert all(line.startswith("sot: listening on ") for line in lines[:-1])

    def test_an_engine_that_refuses_the_key_ends_it(self, engine: EngineServer) -> None:
        engine.other["/v1/models"] = status(401, {"error": {"message": "who are you?"}})
        done = run_sot(
            *("serve", "--backend", engine.url, "--port", "0"),
            soon=True,
            OPENAI_API_KEY="secret-0123456789",
        )
        assert done.returncode == 1
        line = one_line(done.stderr.decode().splitlines(keepends=True)[-1], "secret-0123456789")
        assert "check the API key" in line

    def test_a_port_that_is_taken(self, engine: EngineServer) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done = run_sot("serve", "--backend", engine.url, "--port", port)
        assert done.returncode == 2
        assert one_line(done.stderr) == f"sot: cannot listen on 127.0.0.1 port {port}: Address already in use"

    def test_an_address_that_is_none(self, engine: EngineServer) -> None:
        done = run_sot("serve", "--backend", engine.url, "--host", "300.1.1.1", "--insecure")
        assert done.returncode == 2
        assert one_line(done.stderr).startswith("sot: cannot listen on 300.1.1.1: ")
        assert "Errno" not in one_line(done.stderr)


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_running_answer_finishes(self, engine: EngineServer, number: signal.Signals) -> None:
        gate = Gate()
        engine.points = {1: ["One. ", gate, "Two."], 2: "Three.", 3: "Four."}
        with ServeProcess(engine.url) as served, asking(served, stream=True) as answer:
            first = next(answer)
            gate.wait_reached()
            served.stop(number)
            served.wait_for("stopping: 1 answers have 30 s to finish")
            # Refused; or reset, if it was queued just before the socket closed.
            with pytest.raises((httpx.ConnectError, httpx.ReadError)):
                httpx.get(served.address + "/health", timeout=60)
            gate.open()
            stream = first + b"".join(answer)
            assert stream.endswith(b"data: [DONE]\n\n")
            assert b"Four." in stream
            assert served.wait() == 0

    @pytest.mark.parametrize("model", ["skeleton", "normal"])
    def test_an_answer_that_takes_too_long_is_cut_with_a_word(self, engine: EngineServer, model: str) -> None:
        gate = Gate()
        engine.points = {1: ["One. ", gate]}
        engine.normal = ["One. ", gate]
        with (
            ServeProcess(engine.url, "--grace", "0.2") as served,
            asking(served, model=model, stream=True) as answer,
        ):
            first = next(answer)
            gate.wait_reached()
            served.stop()
            stream = first + b"".join(answer)
            assert b"[DONE]" not in stream
            error = error_event(stream)
            assert (error["message"], error["code"]) == ("the server is stopping", "server_stops")
            gate.wait_left()
            assert served.wait() == 0
            served.wait_for(f"200 stopped {model}")

    def test_an_answer_that_is_not_streamed_gets_a_status(self, engine: EngineServer) -> None:
        gate = Gate()
        engine.normal = ["One. ", gate]
        with ServeProcess(engine.url, "--grace", "0") as served, socket.create_connection(
            ("127.0.0.1", int(served.address.rpartition(":")[2])), timeout=PATIENCE
        ) as connection:  # fmt: skip
            content = json.dumps(body(model="cot")).encode()
            head = f"POST {COMPLETIONS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
            connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + content)
            gate.wait_reached()
            served.stop()
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 5" in answer.lower()
            assert b'"code":"server_stops"' in answer
            gate.wait_left()
            assert served.wait() == 0

    def test_a_second_signal_ends_it_at_once(self, engine: EngineServer) -> None:
        gate = Gate()
        engine.normal = ["One. ", gate]
        with ServeProcess(engine.url, "--grace", "3600") as served:
            with asking(served, model="cot", stream=True) as answer:
                first = next(answer)
                gate.wait_reached()
                served.stop()
                served.wait_for("stopping: 1 answers have 3600 s to finish")
                served.stop(signal.SIGINT)
                try:
                    stream = first + b"".join(answer)
                except httpx.RemoteProtocolError:
                    stream = first
                assert b"[DONE]" not in stream
            gate.wait_left()
            assert served.wait() == 0

    def test_nobody_is_asked(self, engine: EngineServer) -> None:
        with ServeProcess(engine.url, installed=True) as served, httpx.Client(timeout=60) as idle:
            assert idle.get(served.address + "/health").status_code == 200  # keeps its connection
            served.stop()
            assert served.wait() == 0
            assert "stopping" not in served.log


def test_the_default_log_has_no_question_and_no_answer(engine: EngineServer) -> None:
    question = "What is my secret diagnosis?"
    with ServeProcess(engine.url) as served:
        for model in ("skeleton", "normal", "cot"):
            asked = {**body(model=model), "messages": [{"role": "user", "content": question}]}
            assert httpx.post(served.address + COMPLETIONS, json=asked, timeout=PATIENCE).status_code == 200
        httpx.post(served.address + "/sot/events", json={"question": question}, timeout=PATIENCE)
        served.wait_for("POST /sot/events 200 done")
    for secret in ("diagnosis", "Regular hours", NORMAL):
        assert secret not in served.log


def test_questions_are_logged_when_asked_for(engine: EngineServer) -> None:
    with ServeProcess(engine.url, "--log-questions") as served:
        httpx.post(served.address + COMPLETIONS, json=body("Two\nlines \x1b[31mred"), timeout=PATIENCE)
        httpx.post(served.address + "/sot/events", json={"question": "Watch me"}, timeout=PATIENCE)
        served.wait_for(r"question: 'Two\\nlines \\x1b\[31mred'$")
        served.wait_for("question: 'Watch me'$")


def test_quiet_is_quiet(engine: EngineServer) -> None:
    with ServeProcess(engine.url, "--quiet") as served:
        assert httpx.post(served.address + COMPLETIONS, json=body(), timeout=PATIENCE).status_code == 200
    assert all(line.startswith("sot: ") for line in served.log.splitlines())


def test_clients_that_leave_make_no_noise(engine: EngineServer) -> None:
    with ServeProcess(engine.url) as served:
        for reads in [0, 1, 2, 3] * 6:
            with asking(served, stream=True) as answer:
                for _ in range(reads):
                    next(answer)
        assert httpx.post(served.address + COMPLETIONS, json=body(), timeout=PATIENCE).status_code == 200
        served.wait_for(r"(?:^.* client_gone skeleton .*\n(?:.*\n)*?){5}")
    ours = ("sot: ", "POST ")
    assert all(line.startswith(ours[0]) or ours[1] in line for line in served.log.splitlines())
