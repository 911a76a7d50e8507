"""Ctrl-C while `sot ask` answers: what was written stays, and a line says how far it came."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cli_server import (
    MODEL,
    POINTS,
    QUESTION,
    TITLES,
    Gate,
    ScriptServer,
    environment,
    one_line,
)
from fault_server import Exchange, delta, event
from quick_start import QuickStart

pytest.importorskip("pty")

from pseudo_terminal import Screen, Terminal

FIRST = {index: f"{text.partition('. ')[0]}." for index, text in POINTS.items()}
# The program, except that its engine does not let go when the answer is interrupted.
HANGING = """
import asyncio, fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
import sot.cli.ask
async def leave(sot):
    print("hanging", flush=True)
    await asyncio.Event().wait()
sot.cli.ask.leave = leave
from sot.cli import console
console()
"""


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture
def server(running: ScriptServer) -> Iterator[ScriptServer]:
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


@pytest.fixture
def held(server: ScriptServer) -> Gate:
    """A gate in the middle of every point but the last, and of a normal answer."""
    gate = Gate()
    server.points = {**POINTS, 1: [FIRST[1], gate, " More."], 2: [FIRST[2], gate, " More."]}
    server.normal = ["A normal", gate, " answer."]
    return gate


def one_is_done(screen: Screen) -> bool:
    return "2 being written, 1 done" in screen.text and all(text in screen.text for text in FIRST.values())


class TestTerminal:
    def interrupted(self, terminal: Terminal) -> list[str]:
        """Presses Ctrl-C, checks how the program ends, and returns what then stands on the terminal."""
        terminal.type("\x03")
        assert terminal.end() == 130
        assert terminal.screen.cursor_visible
        assert "Traceback" not in terminal.screen.text
        return [line.strip() for line in terminal.screen.text.splitlines() if line.strip()]

    def test_before_the_server_says_who_it_is(self, server: ScriptServer, held: Gate) -> None:
        async def hang(exchange: Exchange) -> None:
            held.reached.set()
            await exchange.gone()

        server.other["/v1/models"] = hang
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening") as terminal:
            held.wait_reached()
            terminal.until("Asking http://127.0.0.1:")
            assert self.interrupted(terminal) == ["sot: interrupted"]
            assert server.all_closed()

    def test_before_the_first_token(self, server: ScriptServer, held: Gate) -> None:
        server.skeleton = [held]
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening") as terminal:
            held.wait_reached()
            terminal.until("writing the skeleton · 0 points")
            route, last = self.interrupted(terminal)
            assert (route.partition(":")[0], last) == ("skeleton", "sot: interrupted")
            assert server.all_closed()
        assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rindex("\x1b[?25l")

    def test_points_stay_as_far_as_they_were_written(self, server: ScriptServer, held: Gate) -> None:
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening") as terminal:
            terminal.until(one_is_done)
            lines = self.interrupted(terminal)
            assert server.all_closed()
        assert lines[1:] == [
            f"1 {TITLES[0]}: {FIRST[1]} …",
            f"2 {TITLES[1]}: {FIRST[2]} …",
            f"3 {TITLES[2]}: {POINTS[3]}",
            "sot: interrupted: 1 of 3 points done",
        ]

    def test_the_opening_stays(self, server: ScriptServer, held: Gate) -> None:
        server.normal = ["Sleep comes by ", held]
        server.skeleton = [f"1. {TITLES[0]}\n2. Dark", held]
        with Terminal("ask", QUESTION, "-b", server.url) as terminal:
            terminal.until(lambda screen: "Sleep comes by" in screen.text and FIRST[1] in screen.text)
            lines = self.interrupted(terminal)
        assert lines[1:] == [
            "Sleep comes by …",
            f"1 {TITLES[0]}: {FIRST[1]} …",
            "sot: interrupted: 0 of 1 point done, and the skeleton was not complete",
        ]

    def test_a_normal_answer(self, server: ScriptServer, held: Gate) -> None:
        with Terminal("ask", "Hi", "-b", server.url) as terminal:
            terminal.until("A normal")
            lines = self.interrupted(terminal)
            assert server.all_closed()
        assert lines[1:] == ["A normal", "sot: interrupted: the answer breaks off after 8 characters"]

    def test_after_falling_back(self, server: ScriptServer, held: Gate) -> None:
        server.skeleton = "I would rather write prose, which has no points, than a list of them."
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening") as terminal:
            terminal.until("A normal")
            lines = self.interrupted(terminal)
        assert lines[-2:] == ["A normal", "sot: interrupted: the answer breaks off after 8 characters"]

    def test_a_word_that_was_held_back_is_shown(self, server: ScriptServer) -> None:
        async def in_one_piece(exchange: Exchange) -> None:
            await exchange.start()
            await exchange.send(event(delta("one two three four five six seven")))
            await exchange.gone()

        server.default = in_one_piece  # what is shown of it tells that all of it is there
        with Terminal("ask", "Hi", "-b", server.url, columns=40) as terminal:
            terminal.until("one two three four")
            assert "one two three four five six seven" in self.interrupted(terminal)

    def test_the_second_ends_it_at_once(self, server: ScriptServer, held: Gate) -> None:
        with Terminal("ask", QUESTION, "-b", server.url, "--no-opening", program=HANGING) as terminal:
            terminal.until(one_is_done)
            terminal.type("\x03")
            terminal.until("hanging")
            assert FIRST[1] in terminal.screen.text, "the text is there before the engine lets go"
            assert self.interrupted(terminal)[-1] == "sot: interrupted: 1 of 3 points done"


def interrupt_when(program: QuickStart, held: Gate, first: bytes) -> tuple[bytes, bytes]:
    """Interrupt a program in a pipe once its first text is there; returns all it has written."""
    assert program.stdout is not None
    begun = program.stdout.read(len(first))
    held.wait_reached()
    program.send_signal(signal.SIGINT)
    output, errors = program.communicate(timeout=60)
    return begun + output, errors


def ask(server: ScriptServer, *options: str) -> QuickStart:
    return QuickStart(
        ["ask", *options, "-b", server.url, "--no-opening"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )


class TestPipe:
    def test_all_that_was_written_comes_out_in_order(self, server: ScriptServer) -> None:
        third, second, begun = Gate(), Gate(), Gate()
        server.points = {**POINTS, 2: [second, FIRST[2], begun], 3: [*POINTS[3], third]}
        first = f"1. **{TITLES[0]}**: {POINTS[1]}\n\n2. **{TITLES[1]}**: {FIRST[2]}"
        with ask(server, QUESTION) as program:
            third.wait_reached()  # the text of the third is on its way before that of the second
            second.open()
            output, errors = interrupt_when(program, begun, first.encode())
        assert program.returncode == 130
        assert output.decode().startswith(f"{first} …\n\n3. **{TITLES[2]}**: ")
        assert output.endswith(b"\n")
        assert one_line(errors) == "sot: interrupted: 1 of 3 points done"
        assert server.all_closed()

    def test_a_normal_answer(self, server: ScriptServer, held: Gate) -> None:
        with ask(server, "Hi") as program:
            output, errors = interrupt_when(program, held, b"A normal")
        assert (program.returncode, output) == (130, b"A normal\n")
        assert one_line(errors) == "sot: interrupted: the answer breaks off after 8 characters"

    def test_a_reader_that_was_interrupted_too(self, server: ScriptServer, held: Gate) -> None:
        with ask(server, QUESTION) as program:
            assert program.stdout is not None
            assert program.stderr is not None
            program.stdout.read(1)
            held.wait_reached()
            program.stdout.close()
            program.send_signal(signal.SIGINT)
            errors = program.stderr.read()
        assert program.returncode == 130
        assert one_line(errors).startswith("sot: interrupted: ")


class TestJson:
    def record(self, server: ScriptServer, gates: Sequence[Gate], *options: str) -> dict[str, object]:
        with ask(server, *options, "--json") as program:
            for gate in gates:
                gate.wait_reached()
            program.send_signal(signal.SIGINT)
            output, errors = program.communicate(timeout=60)
        assert program.returncode == 130
        one_line(errors)
        return json.loads(output) if output else {}

    def test_a_record_of_what_was_written(self, server: ScriptServer) -> None:
        gates = Gate(), Gate()  # both points are asked for; how much of their texts has come is open
        server.skeleton = "".join(f"{index}. {title}\n" for index, title in enumerate(TITLES[:2], 1))
        server.points = {1: [FIRST[1], gates[0]], 2: [FIRST[2], gates[1]]}
        record = self.record(server, gates, QUESTION)
        assert (record["complete"], record["finish_reason"], record["question"]) == (False, None, QUESTION)
        assert record["skeleton"] == [{"index": index, "title": TITLES[index - 1]} for index in (1, 2)]
        points = record["points"]
        assert isinstance(points, list)
        assert [(point["status"], point["reason"]) for point in points] == [("missing", "interrupted")] * 2
        assert all(FIRST[index].startswith(point["text"]) for index, point in enumerate(points, 1))
        stages, usage = record["stages"], record["usage"]
        assert isinstance(stages, list)
        assert isinstance(usage, dict)
        assert [(use["stage"], use["usage"]["requests"]) for use in stages] == [("skeleton", 1), ("point", 2)]
        assert all(0 <= use["first_s"] <= use["last_s"] for use in stages)
        assert (usage["requests"], {use["model"] for use in stages}) == (3, {MODEL})

    def test_nothing_where_nothing_was_written(self, server: ScriptServer, held: Gate) -> None:
        server.normal = [held]
        assert self.record(server, [held], "Hi") == {}


@pytest.mark.parametrize(("program", "loading"), [("/bin/sot", "sot.api"), ("-c", "sot.cli.app")])
def test_an_interrupt_while_the_program_is_loaded_is_one_line(program: str, loading: str) -> None:
    code = (
        "import os, signal, sys\n"
        f"sys.argv = [{program!r}]\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {loading!r}:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from sot.cli import console\n"
        "console()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 130
    assert one_line(done.stderr) == "sot: interrupted"


@pytest.mark.parametrize("program", ["/bin/sot", "/bin/other"])
def test_the_package_leaves_interrupts_to_programs(program: str) -> None:
    code = (
        "import signal, sys\n"
        f"sys.argv = [{program!r}]\n"
        "before = signal.getsignal(signal.SIGINT)\n"
        "import sot\n"
        "assert signal.getsignal(signal.SIGINT) is before\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(("module", "code"), [("sot", 130), ("tool", 3)])
def test_a_package_run_as_a_program_has_its_own_interrupts(module: str, code: int, tmp_path: Path) -> None:
    """While `python -m` looks for the module, the program has no name yet."""
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "__init__.py").write_text(
        "try:\n    import sot\nexcept KeyboardInterrupt:\n    raise SystemExit(3)\n"
    )
    (tmp_path / "tool" / "__main__.py").touch()
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'sot.api':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", module, "doctor"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, b"sot: interrupted\n" if code == 130 else b"")
