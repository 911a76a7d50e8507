"""Encodings of input and output: byte order marks, foreign bytes, outputs that hold few characters."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cli_here import sot_here
from cli_server import QUESTION, ROOT, SOT, ScriptServer, environment, one_line, run_sot
from server_process import ServeProcess

import sot.prompts
from sot.load.profile import read_profile

ASKED = "Où dort-on mieux? 眠り"
NORMAL = ("--strategy", "normal")
WRITTEN = "Смех, 笑い, 😀 and ¥5 — “enough”…"


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture
def server(running: ScriptServer) -> ScriptServer:
    running.reset()
    running.normal = WRITTEN
    return running


def last_question(server: ScriptServer) -> str:
    return server.asked()[-1][-1]["content"]


class TestInput:
    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le"], ids=lambda name: name
    )
    def test_every_form_of_unicode_is_read(self, server: ScriptServer, encoding: str) -> None:
        asked = QUESTION if encoding == "utf-16-le" else ASKED  # without a mark, mostly ASCII tells it
        done = sot_here("ask", *NORMAL, "-b", server.url, stdin=f"{asked}\r\n".encode(encoding))
        assert (done.returncode, done.stderr) == (0, b"")
        assert last_question(server) == asked

    def test_big_endian_with_its_mark(self, server: ScriptServer) -> None:
        stdin = b"\xfe\xff" + ASKED.encode("utf-16-be")
        assert sot_here("ask", "-", *NORMAL, "-b", server.url, stdin=stdin).returncode == 0
        assert last_question(server) == ASKED

    def test_lines_of_windows_are_lines(self, server: ScriptServer) -> None:
        sot_here("ask", *NORMAL, "-b", server.url, stdin=b"One\r\ntwo\r\n\r\nthree?\r\n")
        assert last_question(server) == "One\ntwo\n\nthree?"

    @pytest.mark.parametrize(
        ("stdin", "says"),
        [
            ("Où dort-on?".encode("cp1252"), "standard input is not text in UTF-8: byte 0xf9 at position 1"),
            (b"\xef\xbb\xbfIs \xff it?", "standard input is not text in UTF-8: byte 0xff at position 6"),
            (b"\xff\xfeI\x00s\x00\x00\xd8", "standard input is not text in UTF-16-LE"),
            (b"What is\0 it?", "NUL characters"),
            (b"", "the question is empty"),
            (b"\xef\xbb\xbf\r\n", "the question is empty"),
        ],
        ids=range(6),
    )
    @pytest.mark.parametrize("command", ["ask", "route"])
    def test_what_is_no_text_is_refused(
        self, server: ScriptServer, command: str, stdin: bytes, says: str
    ) -> None:
        options = (*NORMAL, "-b", server.url) if command == "ask" else ()
        done = sot_here(command, "-", *options, stdin=stdin)
        assert (done.returncode, done.stdout) == (2, b"")
        line = one_line(done.stderr)
        assert says in line or command == "route"
        assert not server.completions

    def test_the_encoding_of_the_locale_counts(self, server: ScriptServer) -> None:
        done = run_sot(
            *("ask", "-", *NORMAL, "-b", server.url, "--quiet"),
            stdin="Où dort-on mieux?".encode("cp1252"),
            PYTHONIOENCODING="cp1252",
        )
        assert done.returncode == 0
        assert last_question(server) == "Où dort-on mieux?"

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [((b"Is \xff it?",), "an argument"), (("x", "--system", b"\xc3("), "--system")],
    )
    def test_arguments_that_are_no_text(
        self, server: ScriptServer, arguments: tuple[bytes | str, ...], named: str
    ) -> None:
        done = run_sot("ask", *arguments, *NORMAL, "-b", server.url)
        assert (done.returncode, done.stdout) == (2, b"")
        assert f"{named} is not text" in one_line(done.stderr)
        assert not server.completions

    def test_a_file_may_have_any_name(self, server: ScriptServer, tmp_path: Path) -> None:
        picture = bytes(tmp_path) + b"/\xff.svg"
        assert run_sot("ask", "Hi", "-b", server.url, "--svg", picture).returncode == 0
        assert list(tmp_path.iterdir())


class TestFiles:
    MARK = b"\xef\xbb\xbf"

    def test_prompts_that_begin_with_a_mark(self, server: ScriptServer, tmp_path: Path) -> None:
        for file in (Path(sot.prompts.__path__[0]) / "en").iterdir():
            (tmp_path / file.name).write_bytes(self.MARK + file.read_bytes())
        done = sot_here("ask", QUESTION, "--prompts", str(tmp_path), "-b", server.url)
        assert (done.returncode, done.stderr) == (0, b"")
        assert "\ufeff" not in json.dumps(server.asked(), ensure_ascii=False)

    def test_a_speed_profile_with_a_mark(self, tmp_path: Path) -> None:
        file = tmp_path / "profile.json"
        example = ROOT / "evals" / "simulate" / "profiles" / "example.json"
        file.write_bytes(self.MARK + example.read_bytes())
        assert read_profile(file) == read_profile(example)

    def test_labelled_questions_with_a_mark(self, tmp_path: Path) -> None:
        file = tmp_path / "labelled.jsonl"
        entry = {"question": ASKED, "route": "normal"}
        file.write_bytes(self.MARK + json.dumps(entry, ensure_ascii=False).encode() + b"\r\n")
        assert b"of 1 right" in sot_here("route", "--eval", str(file)).stdout

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_keys_of_the_server(self, server: ScriptServer, tmp_path: Path, encoding: str) -> None:
        file = tmp_path / "keys.txt"
        file.write_bytes("a-first-key\r\nanother-key\r\n".encode(encoding))
        with ServeProcess(server.url, "--api-key-file", file) as served:
            for key in ("a-first-key", "another-key"):
                answered = httpx.get(
                    f"{served.url}/models", headers={"authorization": f"Bearer {key}"}, timeout=60
                )
                assert answered.status_code == 200


class TestOutput:
    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "koi8-r", "shift_jis", "cp437", "utf-8"])
    def test_json_loses_nothing(self, server: ScriptServer, encoding: str) -> None:
        done = sot_here("ask", *NORMAL, "--json", ASKED, "-b", server.url, PYTHONIOENCODING=encoding)
        assert (done.returncode, done.stderr) == (0, b"")
        answer = json.loads(done.stdout.decode(encoding))
        assert (answer["text"], answer["question"]) == (WRITTEN, ASKED)

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
    def test_json_lines_lose_nothing(self, encoding: str) -> None:
        done = sot_here("route", "--json", ASKED, PYTHONIOENCODING=encoding)
        assert json.loads(done.stdout.decode(encoding))["question"] == ASKED

    def test_what_the_output_holds_stays_readable(self, server: ScriptServer) -> None:
        done = run_sot("ask", *NORMAL, "--json", "Hi", "-b", server.url, PYTHONIOENCODING="koi8-r")
        assert "Смех" in done.stdout.decode("koi8-r")

    @pytest.mark.parametrize("strategy", ["normal", "skeleton"])
    def test_text_on_a_narrow_output_is_no_failure(self, server: ScriptServer, strategy: str) -> None:
        server.points = dict.fromkeys(range(1, 4), WRITTEN)
        done = run_sot("ask", QUESTION, "-s", strategy, "-b", server.url, PYTHONIOENCODING="ascii:strict")
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"5 ? ?enough??" in done.stdout

    @pytest.mark.parametrize("command", ["ask", "eval run"])
    def test_help_on_a_narrow_output(self, command: str) -> None:
        done = run_sot(*command.split(), "--help", PYTHONIOENCODING="ascii:strict")
        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.parametrize("closed", ["<&-", ">&- 2>&-"])
    @pytest.mark.parametrize("command", ["ask -", "route --json Hi", "chat"])
    def test_closed_streams_bring_no_traceback(self, server: ScriptServer, command: str, closed: str) -> None:
        engine = f"-b {server.url}" if command[0] in "ac" else ""
        script = f'exec "{SOT}" {command} {engine} {closed}'
        done = subprocess.run(
            ["sh", "-c", script], input=b"Hi\n", capture_output=True, env=environment(), check=False
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode in (0, 2)
