"""`sot chat`: in a pipe and on a terminal, against a scripted server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cli_server import NORMAL, QUESTION, TEXT, Gate, ScriptServer, one_line, run_sot
from fault_server import status

pytest.importorskip("pty")

from pseudo_terminal import Screen, Terminal


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture
def server(running: ScriptServer) -> Iterator[ScriptServer]:
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


def turns(server: ScriptServer) -> list[tuple[str, str]]:
    """The conversation in the last request."""
    return [(turn["role"], turn["content"]) for turn in server.asked()[-1]]


def prompts(screen: Screen) -> int:
    """How many prompts are on the screen, if the last of them waits."""
    lines = screen.text.splitlines()
    return sum(line.startswith(">") for line in lines) if lines and lines[-1] == ">" else 0


def say(terminal: Terminal, text: str, *, prompt: int) -> None:
    """Type a line at the prompt of this number."""
    terminal.until(lambda screen: prompts(screen) == prompt)
    terminal.type(f"{text}\n")


class TestPipe:
    def test_the_history_is_questions_and_final_answers(self, server: ScriptServer) -> None:
        done = run_sot("chat", "-b", server.url, "--system", "Be kind.", stdin=f"{QUESTION}\n\nHi\n".encode())
        assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{TEXT}\n{NORMAL}\n", b"")
        assert turns(server) == [
            ("system", "Be kind."),
            ("user", QUESTION),
            ("assistant", TEXT),
            ("user", "Hi"),
        ]

    def test_reset_forgets(self, server: ScriptServer) -> None:
        assert run_sot("chat", "-b", server.url, stdin=b"Hi\n/reset\nHello\n").returncode == 0
        assert turns(server) == [("user", "Hello")]

    def test_quit_leaves_the_rest_unread(self, server: ScriptServer) -> None:
        assert run_sot("chat", "-b", server.url, stdin=b"Hi\n /quit \nHello\n").returncode == 0
        assert len(server.completions) == 1

    def test_no_such_command(self, server: ScriptServer) -> None:
        done = run_sot("chat", "-b", server.url, "-s", "normal", stdin=b"/frob\n/etc is what?")
        assert done.returncode == 0
        assert one_line(done.stderr) == "sot: no command /frob: there are /reset and /quit"
        assert turns(server) == [("user", "/etc is what?")]

    def test_no_input(self, server: ScriptServer) -> None:
        done = run_sot("chat", "-b", server.url)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    def test_bytes_that_are_not_text(self, server: ScriptServer) -> None:
        done = run_sot("chat", "-b", server.url, stdin=b"Hi\nIs \xff here?\n")
        assert done.returncode == 2
        assert "line 2 of standard input is not text in UTF-8" in one_line(done.stderr)
        assert turns(server) == [("user", "Hi")]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
    def test_lines_in_other_forms_of_unicode(self, server: ScriptServer, encoding: str) -> None:
        done = run_sot("chat", "-b", server.url, stdin="Hi\r\nDanke schön\r\n".encode(encoding))
        assert (done.returncode, done.stderr) == (0, b"")
        assert [asked[-1]["content"] for asked in server.asked()] == ["Hi", "Danke schön"]

    def test_an_engine_that_fails_ends_it(self, server: ScriptServer) -> None:
        server.script.append(status(400, {"error": {"message": "broken"}}))
        done = run_sot("chat", "-b", server.url, stdin=b"Hi\nHello\n")
        assert (done.returncode, done.stdout) == (1, b"")
        assert "broken" in one_line(done.stderr)
        assert len(server.completions) == 1

    @pytest.mark.parametrize(("arguments", "code"), [(("-b", "nonsense:"), 2), (("--strategy", "magic"), 2)])
    def test_bad_use(self, arguments: tuple[str, ...], code: int) -> None:
        done = run_sot("chat", *arguments, stdin=b"Hi\n")
        assert (done.returncode, done.stdout) == (code, b"")
        one_line(done.stderr)


class TestTerminal:
    def test_a_conversation(self, server: ScriptServer) -> None:
        with Terminal("chat", "-b", server.url) as terminal:
            say(terminal, QUESTION, prompt=1)
            say(terminal, "Hi", prompt=2)
            say(terminal, "/frob", prompt=3)
            say(terminal, "/quit", prompt=4)
            assert terminal.end() == 0
        text = terminal.screen.text
        assert text.startswith("Ask something. /reset forgets the conversation, /quit ends.")
        assert "1 Regular hours: Go to bed" in text
        assert f"\n{NORMAL}\n" in text
        assert "\nsot: no command /frob" in text
        assert turns(server) == [("user", QUESTION), ("assistant", TEXT), ("user", "Hi")]

    def test_the_end_of_the_input(self, server: ScriptServer) -> None:
        with Terminal("chat", "-b", server.url) as terminal:
            terminal.until(lambda screen: prompts(screen) == 1)
            terminal.type("\x04")
            assert terminal.end() == 0

    def test_an_interrupt_at_the_prompt_ends_it(self, server: ScriptServer) -> None:
        with Terminal("chat", "-b", server.url) as terminal:
            terminal.until(lambda screen: prompts(screen) == 1)
            terminal.type("\x03\n")  # Python's readline misses a signal that comes just before it waits
            assert terminal.end() == 130
        assert "Traceback" not in terminal.screen.text

    def test_an_interrupt_on_a_slow_terminal_erases_nothing_else(self, server: ScriptServer) -> None:
        gate = Gate()
        server.points = {1: ["Go to bed.", gate]}
        with Terminal("chat", "-b", server.url) as terminal:
            say(terminal, QUESTION, prompt=1)
            gate.wait_reached()
            terminal.wait_unread(4095)  # as much as a terminal holds: the rest is on its way
            terminal.type("abc\x03")
            terminal.until(lambda screen: prompts(screen) == 2)
            assert terminal.screen.text.startswith("Ask something.")
            assert f"> {QUESTION}\nskeleton: " in terminal.screen.text
            terminal.type("\x04")

    @pytest.mark.parametrize("question", [QUESTION, "Hi"])
    def test_an_interrupt_stops_an_answer_only(self, server: ScriptServer, question: str) -> None:
        gate = Gate()
        server.points = {1: ["Go to bed.", gate]}
        server.normal = ["Go to bed.", gate]
        with Terminal("chat", "-b", server.url) as terminal:
            say(terminal, question, prompt=1)
            gate.wait_reached()
            terminal.until("Go to bed.")
            terminal.type("\x03")
            terminal.until(lambda screen: prompts(screen) == 2)
            assert "\n(stopped; this turn is not remembered)\n" in terminal.screen.text
            gate.wait_left()
            gate.open()
            say(terminal, "Hello", prompt=2)
            say(terminal, "/quit", prompt=3)
            assert terminal.end() == 0
        assert turns(server) == [("user", "Hello")]

    def test_an_error_leaves_the_conversation_as_it_was(self, server: ScriptServer) -> None:
        with Terminal("chat", "-b", server.url) as terminal:
            say(terminal, "Hi", prompt=1)
            terminal.until(lambda screen: prompts(screen) == 2)
            server.script.append(status(400, {"error": {"message": "broken \x1b[2J"}}))
            terminal.type("Hello\n")
            say(terminal, "Hey", prompt=3)
            say(terminal, "/quit", prompt=4)
            assert terminal.end() == 0
        assert "\nsot: HTTP 400" in terminal.screen.text
        assert turns(server) == [("user", "Hi"), ("assistant", NORMAL), ("user", "Hey")]

    def test_a_conversation_too_long_says_what_helps(self, server: ScriptServer) -> None:
        error = {"message": "maximum context length", "code": "context_length_exceeded"}
        with Terminal("chat", "-b", server.url) as terminal:
            terminal.until(lambda screen: prompts(screen) == 1)
            server.script.append(status(400, {"error": error}))
            terminal.type("Hi\n")
            say(terminal, "/quit", prompt=2)
            assert terminal.end() == 0
        assert "/reset makes room" in " ".join(terminal.screen.text.split())
