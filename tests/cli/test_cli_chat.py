"""`sot chat`: in a pipe and on a terminal, against a scripted server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cli_here import sot_here
from cli_server import NORMAL, POINTS, QUESTION, TEXT, TITLES, Gate, ScriptServer, one_line, run_sot
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


def engine(server: ScriptServer) -> tuple[str, ...]:
    """Options for a server whose answers have no opening, so that their texts are known."""
    return "-b", server.url, "--no-opening"


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
        done = run_sot("chat", *engine(server), "--system", "Be kind.", stdin=f"{QUESTION}\n\nHi\n".encode())
        assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{TEXT}\n{NORMAL}\n", b"")
        assert turns(server) == [
            ("system", "Be kind."),
            ("user", QUESTION),
            ("assistant", TEXT),
            ("user", "Hi"),
        ]

    def test_reset_forgets(self, server: ScriptServer) -> None:
        assert sot_here("chat", *engine(server), stdin=b"Hi\n/reset\nHello\n").returncode == 0
        assert turns(server) == [("user", "Hello")]

    def test_quit_leaves_the_rest_unread(self, server: ScriptServer) -> None:
        assert sot_here("chat", *engine(server), stdin=b"Hi\n /quit \nHello\n").returncode == 0
        assert len(server.completions) == 1

    def test_no_such_command(self, server: ScriptServer) -> None:
        done = sot_here("chat", *engine(server), "-s", "normal", stdin=b"/frob\n/etc is what?")
        assert done.returncode == 0
        assert one_line(done.stderr) == "sot: no command /frob: there are /help, /points, /reset and /quit"
        assert turns(server) == [("user", "/etc is what?")]

    def test_a_command_that_is_misspelt_is_no_question(self, server: ScriptServer) -> None:
        says = {
            "/rest": "did you mean /reset?",
            "/Help": "did you mean /help?",
            "/point edit 1 x": "did you mean /points?",
            "/reset now": "/reset stands alone: after it there is 'now'",
            "/quit now": "/quit stands alone",
        }
        done = sot_here("chat", *engine(server), stdin="".join(f"{line}\n" for line in says).encode())
        assert done.returncode == 0
        for line, words in zip(done.stderr.decode().splitlines(), says.values(), strict=True):
            assert words in line
        assert not server.completions

    def test_help_names_the_commands(self, server: ScriptServer) -> None:
        done = sot_here("chat", *engine(server), stdin=b"/help\n")
        assert (done.returncode, done.stderr) == (0, b"")
        for command in ("/points", "/points edit", "/points write", "/reset", "/quit"):
            assert command in done.stdout.decode()
        assert server.completions == []

    def test_no_input(self, server: ScriptServer) -> None:
        done = sot_here("chat", *engine(server))
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    def test_bytes_that_are_not_text(self, server: ScriptServer) -> None:
        done = run_sot("chat", *engine(server), stdin=b"Hi\nIs \xff here?\n")
        assert done.returncode == 2
        assert "line 2 of standard input is not text in UTF-8" in one_line(done.stderr)
        assert turns(server) == [("user", "Hi")]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
    def test_lines_in_other_forms_of_unicode(self, server: ScriptServer, encoding: str) -> None:
        done = sot_here("chat", *engine(server), stdin="Hi\r\nDanke schön\r\n".encode(encoding))
        assert (done.returncode, done.stderr) == (0, b"")
        assert [asked[-1]["content"] for asked in server.asked()] == ["Hi", "Danke schön"]

    def test_an_engine_that_fails_ends_it(self, server: ScriptServer) -> None:
        server.script.append(status(400, {"error": {"message": "broken"}}))
        done = sot_here("chat", *engine(server), stdin=b"Hi\nHello\n")
        assert (done.returncode, done.stdout) == (1, b"")
        assert "broken" in one_line(done.stderr)
        assert len(server.completions) == 1

    @pytest.mark.parametrize(("arguments", "code"), [(("-b", "nonsense:"), 2), (("--strategy", "magic"), 2)])
    def test_bad_use(self, arguments: tuple[str, ...], code: int) -> None:
        done = sot_here("chat", *arguments, stdin=b"Hi\n")
        assert (done.returncode, done.stdout) == (code, b"")
        one_line(done.stderr)


LISTED = [f"{number}. {title}" for number, title in enumerate(TITLES, 1)]


def piped(server: ScriptServer, *lines: str) -> tuple[list[str], list[str]]:
    """The lines on standard output after the first answer, and those on standard error."""
    options = (*engine(server), "-s", "skeleton", "--system", "Be kind.")
    done = sot_here("chat", *options, stdin="".join(f"{line}\n" for line in (QUESTION, *lines)).encode())
    assert done.returncode == 0
    shown = done.stdout.decode()
    assert shown.startswith(f"{TEXT}\n")
    return shown.removeprefix(f"{TEXT}\n").splitlines(), done.stderr.decode().splitlines()


class TestPoints:
    def test_they_are_listed_and_nothing_is_asked(self, server: ScriptServer) -> None:
        shown, said = piped(server, "/points")
        before = len(server.completions)
        assert (shown, said) == (LISTED, [])
        server.reset()
        piped(server)
        assert len(server.completions) == before

    def test_only_the_new_ones_are_written(self, server: ScriptServer) -> None:
        piped(server)
        first = len(server.completions)
        server.reset()
        server.points = {**POINTS, 2: "Sip some water."}
        options = (*engine(server), "--system", "Be kind.")
        lines = (
            *(QUESTION, "/points edit 2 Glass of water", "/points move 3 1", "/points move 3 2"),
            *("/points drop 3", "/points write", "Hi"),
        )
        done = sot_here("chat", *options, stdin="".join(f"{line}\n" for line in lines).encode())
        text = f"1. **{TITLES[2]}**: {POINTS[3]}\n\n2. **Glass of water**: Sip some water."
        assert (done.returncode, done.stderr) == (0, b"")
        assert f"1. {TITLES[0]}\n2. Glass of water  (new)\n3. {TITLES[2]}\n" in done.stdout.decode()
        assert text in done.stdout.decode()
        assert len(server.completions) == first + 2  # one point, and the question after it
        assert turns(server) == [
            ("system", "Be kind."),
            ("user", QUESTION),
            ("assistant", text),
            ("user", "Hi"),
        ]
        revised = server.asked()[-2]
        assert revised[0] == {"role": "system", "content": "Be kind."}
        assert "Glass of water" in revised[-1]["content"]

    def test_a_point_is_added(self, server: ScriptServer) -> None:
        shown, said = piped(server, "/points add  A warm\tbath ", "/points write", "/points")
        assert said == []
        assert shown[:4] == [*LISTED, "4. A warm bath  (new)"]
        assert shown[4:-4] == [*TEXT.splitlines(), "", "4. **A warm bath**: More."]
        assert shown[-4:] == [*LISTED, "4. A warm bath"]

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            ("/points frob", "no such command"),
            ("/points edit", "number is missing"),
            ("/points edit two Rest", "number is missing"),
            ("/points edit 2", "point 2 has no title"),
            ("/points edit 9 Rest", "there is no point 9: there are 1 to 3"),
            ("/points drop 0", "there is no point 0"),
            ("/points drop 1 2", "words too many"),
            ("/points move 1", "number is missing"),
            (f"/points add {TITLES[0].upper()}", "points 1 and 4 have the same title"),
            (f"/points add {'long ' * 60}", "at most 200"),
            ("/points write", "nothing is changed"),
        ],
    )
    def test_what_cannot_be_is_said_and_changes_nothing(
        self, server: ScriptServer, command: str, words: str
    ) -> None:
        shown, said = piped(server, command, "/points")
        assert shown == LISTED
        assert len(said) == 1
        assert words in said[0]

    def test_the_last_point_stays(self, server: ScriptServer) -> None:
        shown, said = piped(server, "/points drop 1", "/points drop 1", "/points drop 1", "/points")
        assert shown[-1:] == [f"1. {TITLES[2]}"]
        assert "at least one" in said[0]

    def test_there_is_nothing_to_change(self, server: ScriptServer) -> None:
        done = sot_here("chat", *engine(server), stdin=b"/points\nHi\n/points\n/reset\n/points write\n")
        assert (done.returncode, done.stdout.decode()) == (0, f"{NORMAL}\n")
        said = done.stderr.decode().splitlines()
        assert len(said) == 3
        assert "no answer yet" in said[0]
        assert "no points" in said[1]
        assert "no answer yet" in said[2]

    def test_a_failure_keeps_the_answer_and_the_draft(self, server: ScriptServer) -> None:
        with Terminal("chat", *engine(server), "-s", "skeleton") as terminal:
            say(terminal, QUESTION, prompt=1)
            say(terminal, "/points edit 1 Fixed times", prompt=2)
            gate = Gate()
            terminal.until(lambda screen: prompts(screen) == 3)
            server.points = {1: ["Rise", gate]}
            terminal.type("/points write\n")
            gate.wait_reached()
            terminal.type("\x03")
            terminal.until(lambda screen: prompts(screen) == 4)
            assert "(stopped; 2 of 3 points done; the answer stays as it was)" in terminal.screen.text
            gate.wait_left()
            gate.open()
            terminal.type("/points\n")
            say(terminal, "/quit", prompt=5)
            assert terminal.end() == 0
        assert terminal.screen.text.count("1. Fixed times  (new)") == 2


class TestTerminal:
    def test_a_conversation(self, server: ScriptServer) -> None:
        with Terminal("chat", *engine(server)) as terminal:
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
        with Terminal("chat", *engine(server)) as terminal:
            terminal.until(lambda screen: prompts(screen) == 1)
            terminal.type("\x04")
            assert terminal.end() == 0

    def test_an_interrupt_at_the_prompt_keeps_the_conversation(self, server: ScriptServer) -> None:
        with Terminal("chat", *engine(server)) as terminal:
            say(terminal, "Hi", prompt=1)
            for number in (2, 3):
                terminal.until(lambda screen, number=number: prompts(screen) == number)
                terminal.type("\x03")
            terminal.until(lambda screen: prompts(screen) == 4)
            assert terminal.screen.text.count("(Ctrl-D, exit or /quit ends the conversation)") == 2
            terminal.type("Hello\n")
            say(terminal, "/quit", prompt=5)
            assert terminal.end() == 0
        assert turns(server) == [("user", "Hi"), ("assistant", NORMAL), ("user", "Hello")]

    def test_an_interrupt_clears_the_line(self, server: ScriptServer) -> None:
        with Terminal("chat", *engine(server)) as terminal:
            terminal.until(lambda screen: prompts(screen) == 1)
            terminal.type("Half a quest")
            terminal.until("Half a quest")
            terminal.type("\x03")
            terminal.until(lambda screen: prompts(screen) == 2)
            assert "(Ctrl-D" not in terminal.screen.text
            terminal.type("Hi\n")
            say(terminal, "/quit", prompt=3)
            assert terminal.end() == 0
        assert [asked[-1]["content"] for asked in server.asked()] == ["Hi"]

    @pytest.mark.parametrize("word", ["exit", " Quit "])
    def test_words_that_end_it(self, server: ScriptServer, word: str) -> None:
        with Terminal("chat", *engine(server)) as terminal:
            say(terminal, word, prompt=1)
            assert terminal.end() == 0
        assert not server.completions
        assert not terminal.screen.marks_pasted

    def test_a_pasted_text_is_one_question(self, server: ScriptServer) -> None:
        pasted = (
            "Two lines:\nthe second.",
            "One\r\ntwo\r\n\r\nfour\r\n",
            "/reset\nis no command here",
            "exit\nquit",
        )
        with Terminal("chat", *engine(server), "-s", "normal") as terminal:
            for number, text in enumerate(pasted, 1):
                terminal.until(lambda screen, number=number: prompts(screen) == number)
                assert terminal.screen.marks_pasted
                terminal.type(f"\x1b[200~{text}\x1b[201~")
                last = "  " + text.split("\n")[-1 if text[-1] != "\n" else -2].strip()
                terminal.until(lambda screen, last=last: last in screen.text)
                assert len(server.completions) == number - 1, "it is sent by Enter"
                terminal.type("\r")
            say(terminal, "/quit", prompt=5)
            assert terminal.end() == 0
        asked = [messages[-1]["content"].strip() for messages in server.asked()]
        assert asked == [text.replace("\r\n", "\n").strip() for text in pasted]

    def test_a_text_pasted_during_an_answer_is_one_question(self, server: ScriptServer) -> None:
        gate = Gate()
        server.normal = ["Go to bed.", gate]
        with Terminal("chat", *engine(server), "-s", "normal") as terminal:
            say(terminal, "Hi", prompt=1)
            gate.wait_reached()
            terminal.until("Go to bed.")
            assert terminal.screen.marks_pasted
            terminal.type("\x1b[200~first\nsecond\x1b[201~")
            gate.open()
            terminal.until("  second")
            terminal.type("\n")
            say(terminal, "/quit", prompt=3)
            assert terminal.end() == 0
        assert [asked[-1]["content"] for asked in server.asked()] == ["Hi", "first\nsecond"]

    def test_a_question_of_several_lines(self, server: ScriptServer) -> None:
        with Terminal("chat", *engine(server), "-s", "normal") as terminal:
            say(terminal, "a list:\x1b\r- one\x1b\n- two", prompt=1)
            say(terminal, "/quit", prompt=2)
            assert terminal.end() == 0
        assert turns(server) == [("user", "a list:\n- one\n- two")]

    def test_the_arrow_key_brings_the_last_question_back(self, server: ScriptServer) -> None:
        with Terminal("chat", *engine(server)) as terminal:
            say(terminal, "Hi", prompt=1)
            say(terminal, "\x1b[A there", prompt=2)
            say(terminal, "/quit", prompt=3)
            assert terminal.end() == 0
        assert turns(server)[-1] == ("user", "Hi there")

    def test_bytes_that_are_no_text_are_replaced(self, server: ScriptServer) -> None:
        with Terminal("chat", *engine(server)) as terminal:
            terminal.until(lambda screen: prompts(screen) == 1)
            terminal.type(b"Hi \xff there\n")
            say(terminal, "/quit", prompt=2)
            assert terminal.end() == 0
        assert turns(server) == [("user", "Hi \ufffd there")]

    def test_an_interrupt_on_a_slow_terminal_erases_nothing_else(self, server: ScriptServer) -> None:
        gate = Gate()
        server.points = {1: ["Go to bed.", gate]}
        with Terminal("chat", *engine(server)) as terminal:
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
        with Terminal("chat", *engine(server)) as terminal:
            say(terminal, question, prompt=1)
            gate.wait_reached()
            terminal.until("Go to bed.")
            terminal.type("\x03")
            terminal.until(lambda screen: prompts(screen) == 2)
            assert "(stopped; " in terminal.screen.text
            assert "; this turn is not remembered)\n" in terminal.screen.text
            assert "Go to bed." in terminal.screen.text
            gate.wait_left()
            gate.open()
            say(terminal, "Hello", prompt=2)
            say(terminal, "/quit", prompt=3)
            assert terminal.end() == 0
        assert turns(server) == [("user", "Hello")]

    def test_an_error_leaves_the_conversation_as_it_was(self, server: ScriptServer) -> None:
        with Terminal("chat", *engine(server)) as terminal:
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
        with Terminal("chat", *engine(server)) as terminal:
            terminal.until(lambda screen: prompts(screen) == 1)
            server.script.append(status(400, {"error": error}))
            terminal.type("Hi\n")
            say(terminal, "/quit", prompt=2)
            assert terminal.end() == 0
        assert "/reset makes room" in " ".join(terminal.screen.text.split())
