"""`sot ask` in pipes and scripts, against a scripted server; and the real default model."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_server import (
    MODEL,
    NORMAL,
    POINTS,
    QUESTION,
    SOT,
    TEXT,
    TITLES,
    Gate,
    ScriptServer,
    environment,
    one_line,
    run_sot,
)
from fault_server import delta, event, raw, status
from fault_server import stream as stream_of
from quick_start import QuickStart

import sot.prompts
from sot import __version__
from sot.cli import main
from sot.terminal import safe_text

KEY = "secret-0123456789abcdef"
USAGE = {"prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens", "requests"}


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server


@pytest.fixture
def server(running: ScriptServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptServer]:
    for name in ("SOT_BACKEND", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


Ask = Callable[..., str]


@pytest.fixture
def ask(server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs `sot ask` in this process, without an opening unless told otherwise, and gives its output."""

    def ask(*arguments: str) -> str:
        opening = () if "--opening" in arguments else ("--no-opening",)
        assert main(["ask", *arguments, *opening, "--backend", server.url]) == 0
        output, errors = capsys.readouterr()
        assert errors == ""
        return output

    return ask


Fail = Callable[..., tuple[int, str]]


@pytest.fixture
def fail(capsys: pytest.CaptureFixture[str]) -> Fail:
    """Runs a command in this process that says one line and no more; gives its exit code and the line."""

    def fail(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        output, errors = capsys.readouterr()
        assert output == ""
        return code, one_line(errors, KEY)

    return fail


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Puts bytes on standard input."""
    return lambda data: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))


class TestOutput:
    def test_a_pipe_gets_the_plain_text(self, server: ScriptServer) -> None:
        done = run_sot("ask", QUESTION, "--backend", server.url, "--no-opening")
        assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{TEXT}\n", b"")
        assert len(server.completions) == 4

    def test_the_text_comes_while_a_later_point_is_held_back(self, server: ScriptServer) -> None:
        gate = Gate()
        server.points = {**POINTS, 3: ["Drink", gate, " the last cup."]}
        with QuickStart(
            ["ask", QUESTION, "-b", server.url, "--no-opening"],
            stdout=subprocess.PIPE,
            env=environment(),
        ) as program:
            assert program.stdout is not None
            gate.wait_reached()
            first = program.stdout.readline() + program.stdout.readline() + program.stdout.readline()
            gate.open()
            rest = program.stdout.read()
        assert first.decode() == "".join(f"{line}\n" for line in TEXT.splitlines()[:3])
        assert rest.decode() == "\n3. **Less coffee**: Drink the last cup.\n"

    def test_other_answers_are_plain_text_too(self, ask: Ask) -> None:
        assert ask("Hi") == f"{NORMAL}\n"
        assert ask(QUESTION, "--strategy", "normal", "--quiet") == f"{NORMAL}\n"

    def test_control_characters_of_a_model_stay_out(self, server: ScriptServer, ask: Ask) -> None:
        server.normal = "a\x1b[2J \x1b]52;c;eHh4\x07b\r \u202ec\x9b31m"
        assert ask("Hi") == "a[2J ]52;c;eHh4b c31m\n"

    @pytest.mark.parametrize("arguments", [(QUESTION,), (QUESTION, "--json"), ("Hi",)])
    def test_a_reader_that_leaves_ends_it_quietly(self, server: ScriptServer, arguments: tuple[str]) -> None:
        gate = Gate()
        server.normal = ["A normal ", gate, "answer."]
        server.points = {1: ["Go ", gate, "to bed. "]}
        with QuickStart(
            ["ask", *arguments, "-b", server.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as program:
            assert program.stdout is not None
            assert program.stderr is not None
            gate.wait_reached()
            program.stdout.close()
            gate.open()
            assert program.stderr.read() == b""
        assert program.returncode == 141

    def test_a_full_disk(self, server: ScriptServer) -> None:
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [SOT, "ask", "Hi", "-b", server.url],
                stdout=full,
                stderr=subprocess.PIPE,
                env=environment(),
                check=False,
            )
        assert done.returncode == 1
        assert one_line(done.stderr) == "sot: No space left on device"

    def test_closed_output_and_input(self, server: ScriptServer) -> None:
        script = f'exec "{SOT}" ask Hi -b {server.url} >&- <&-'
        done = subprocess.run(["sh", "-c", script], stderr=subprocess.PIPE, env=environment(), check=False)
        assert (done.returncode, done.stderr) == (0, b"")


class TestJson:
    def test_the_contract(self, ask: Ask) -> None:
        answer = json.loads(ask(QUESTION, "--json"))
        assert answer.keys() >= {
            *("question", "text", "route", "skeleton", "points", "usage", "timing", "model", "backend"),
            "fell_back",
        }
        assert answer["complete"] is True
        assert answer["route"].keys() == {"strategy", "confidence", "reason", "router"}
        assert answer["timing"].keys() == {"route_s", "skeleton_s", "first_text_s", "total_s"}
        assert answer["usage"].keys() == USAGE
        assert answer["skeleton"] == [
            {"index": index, "title": title} for index, title in enumerate(TITLES, 1)
        ]
        keys = {"index", "title", "text", "status", "started_s", "first_text_s", "finished_s", "usage"}
        assert all(point.keys() == keys and point["usage"].keys() == USAGE for point in answer["points"])
        assert {point["index"]: point["text"] for point in answer["points"]} == POINTS
        assert answer["question"] == QUESTION
        assert answer["text"] == TEXT
        assert (answer["usage"]["requests"], answer["usage"]["cached_tokens"]) == (4, 40)
        assert answer["fell_back"] is None

    def test_the_opening_and_the_closing(self, server: ScriptServer, ask: Ask) -> None:
        with server.opening_first("Sleep comes by itself. ", "It needs ", "rest.\n\n"):
            answer = json.loads(ask(QUESTION, "--opening", "--closing", "--json"))
        assert answer["opening"].startswith("Sleep comes by itself.")
        assert answer["text"] == f"{answer['opening']}\n\n{TEXT}"
        assert answer["usage"]["requests"] == 6

    def test_a_normal_answer_has_the_same_keys(self, ask: Ask) -> None:
        points, normal = json.loads(ask(QUESTION, "--json")), json.loads(ask("Hi", "--json"))
        assert points.keys() == normal.keys()
        assert (normal["text"], normal["points"], normal["skeleton"]) == (NORMAL, [], [])
        assert normal["timing"]["skeleton_s"] is None

    def test_falling_back_is_told(self, server: ScriptServer, ask: Ask) -> None:
        server.skeleton = "I would rather write prose, which has no points, than a list of them."
        answer = json.loads(ask(QUESTION, "--json"))
        assert (answer["text"], answer["fell_back"]) == (NORMAL, "the model wrote no list of points")

    def test_whatever_a_model_writes_it_is_one_line_of_json(self, server: ScriptServer, ask: Ask) -> None:
        server.normal = 'a\n"b"\\ \x1b[2J\u2028 \x00\x9b\u202e日本'
        output = ask("Hi", "--json")
        assert output.count("\n") == 1
        assert json.loads(output)["text"] == 'a\n"b"\\ \x1b[2J\u2028 \x00\x9b\u202e日本'
        assert output == safe_text(output)
        assert "日本" in output


class TestQuestion:
    @pytest.mark.parametrize(
        "question",
        [
            "Why 'so' \"loud\"?",
            "What costs $HOME and $(id)?",
            "`id`; rm -rf *",
            "Two\nlines?",
            "a\\nb",
            "日本語は?",
        ],
    )
    @pytest.mark.parametrize("source", ["argument", "-", "none"])
    def test_it_arrives_to_the_letter(
        self, server: ScriptServer, ask: Ask, typed: Callable[[bytes], None], source: str, question: str
    ) -> None:
        typed(question.encode())
        ask(*{"argument": [question], "-": ["-"], "none": []}[source], "--strategy", "normal")
        assert server.asked()[-1][-1]["content"] == question

    def test_one_that_looks_like_an_option(self, server: ScriptServer, ask: Ask) -> None:
        assert main(["ask", "-b", server.url, "--", "--help me?"]) == 0
        assert server.asked()[-1][-1]["content"] == "--help me?"

    def test_an_interrupt_while_it_is_typed(self, fail: Fail, monkeypatch: pytest.MonkeyPatch) -> None:
        class Interrupted(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                raise KeyboardInterrupt

        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Interrupted()))
        assert fail("ask") == (130, "sot: interrupted")

    def test_a_system_prompt_comes_first(self, server: ScriptServer, ask: Ask) -> None:
        ask("Hi", "--system", "Be brief.")
        assert server.asked() == [
            [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
        ]

    def test_options_reach_the_server(self, server: ScriptServer, ask: Ask) -> None:
        ask("Hi", "--temperature", "0.5", "--top-p", "0.9", "--seed", "7")
        ask("Hi", "--max-tokens", "12", "--model", "other", "--extra-body", '{"top_k": 20}')
        first, second = (exchange.body for exchange in server.completions)
        assert (first["temperature"], first["top_p"], first["seed"]) == (0.5, 0.9, 7)
        assert (first["model"], second["model"], second["top_k"]) == (MODEL, "other", 20)
        assert 12 in second.values()

    def test_the_key_and_the_backend_come_from_the_environment(
        self, server: ScriptServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        monkeypatch.setenv("SOT_BACKEND", server.url)
        assert main(["ask", "Hi"]) == 0
        assert server.completions[0].headers["authorization"] == f"Bearer {KEY}"
        assert KEY not in "".join(capsys.readouterr())


class TestBadUse:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ([""], "the question is empty"),
            ([" \n"], "the question is empty"),
            (["x", "--backend", "nonsense:"], "no engine for the backend 'nonsense:'"),
            (["x", "--backend", "nonsense"], "no engine for the backend 'nonsense'"),
            (["x", "--backend", "http:///v1"], "must look like http(s)://HOST/v1"),
            (["x", "--backend", "torch:./nowhere"], "./nowhere: no such model file or folder"),
            (["x", "--backend", "torch:~nobody-of-this-name/m"], "no such model file or folder"),
            (
                ["x", "--backend", "torch:", "--engine-arg", "adapters=a=~nobody-of-this-name"],
                "holds no LoRA",
            ),
            (["x", "--strategy", "magic"], "must be one of auto, skeleton, "),
            (["x", "--style", "loud"], "must be one of auto, aligned, compact, paper"),
            (["x", "--extra-body", "["], "--extra-body is not JSON"),
            (["x", "--extra-body", "[]"], "--extra-body must be a JSON object"),
            (["x", "--extra-body", "[" * 20_000], "--extra-body is not JSON"),
            (["x", "--max-points", "1"], "must be at least 2"),
            (["x", "--max-points", "many"], "--max-points"),
            (["x", "--max-tokens", "0"], "must be at least 1"),
            (["x", "--temperature", "-1"], "between 0 and 5"),
            (["x", "--top-p", "0"], "above 0 and at most 1"),
            (["x", "--prompts", "nowhere"], "no prompt pack 'nowhere': give one of en, ja"),
            (["x", "--wrong"], "No such option"),
            (["x", "y"], "unexpected extra argument"),
            (["x", "--model"], "requires an argument"),
            (["x", "--svg", "/no/such/folder/a.svg"], "--svg: there is no folder /no/such/folder"),
            (["x", "--svg", "a.svg", "--json"], "exclude each other"),
        ],
    )
    def test_one_line_and_exit_code_2(
        self, server: ScriptServer, fail: Fail, arguments: list[str], says: str
    ) -> None:
        code, line = fail("ask", *arguments)
        assert code == 2
        assert says in line
        assert not server.seen

    @pytest.mark.parametrize("command", ["frob", "asks", "--frob"])
    def test_no_such_command(self, fail: Fail, command: str) -> None:
        assert fail(command)[0] == 2

    def test_the_prompts_are_checked_before_the_engine_is_asked(self, fail: Fail) -> None:
        code, line = fail("ask", "x", "--prompts", "nowhere", "-b", "http://127.0.0.1:9/v1", "-m", "x")
        assert code == 2
        assert "nowhere" in line

    def test_a_broken_prompt_folder_is_named_with_file_and_line(self, fail: Fail, tmp_path: Path) -> None:
        pack = Path(sot.prompts.__path__[0]) / "en"
        for file in pack.iterdir():
            (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        (tmp_path / "cot.j2").write_text("{{ question }}\n{{ qestion }}\n")
        code, line = fail("ask", "x", "--prompts", str(tmp_path))
        assert code == 2
        assert f"{tmp_path}/cot.j2:2: " in line
        assert "qestion" in line

    def test_the_program_alone_shows_its_help(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == 0
        alone = capsys.readouterr()
        assert main(["--help"]) == 0
        assert alone == capsys.readouterr()
        assert alone.err == ""
        assert all(f"  {command} " in alone.out for command in ("ask", "chat", "route", "doctor"))

    @pytest.mark.parametrize("command", ["ask", "chat", "route", "doctor"])
    def test_every_command_has_help(self, capsys: pytest.CaptureFixture[str], command: str) -> None:
        assert main([command, "--help"]) == 0
        output = capsys.readouterr().out
        assert f"Usage: sot {command}" in output
        assert f"  sot {command}" in output.partition("Example")[2]

    def test_the_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--version"]) == 0
        assert capsys.readouterr().out == f"sot {__version__}\n"


class TestEngineFailures:
    def test_nobody_there(self, fail: Fail, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        code, line = fail("ask", "x", "--backend", "http://127.0.0.1:9/v1", "--model", "x")
        assert code == 1
        assert "cannot connect to http://127.0.0.1:9/v1 (Connection refused)" in line

    def test_a_refused_key_is_not_shown(
        self, server: ScriptServer, fail: Fail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        server.default = status(401, {"error": {"message": f"wrong key: {KEY} \x1b[31m\nsorry"}})
        code, line = fail("ask", "x", "--backend", server.url)
        assert code == 1
        assert "wrong key" in line

    def test_an_answer_that_breaks_off_ends_its_line(
        self, server: ScriptServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.default = stream_of([delta("The start"), {"error": {"message": "out of memory"}}])
        assert main(["ask", "Hi", "-b", server.url]) == 1
        output, errors = capsys.readouterr()
        assert output == "The start\n"
        assert "out of memory" in one_line(errors)

    def test_a_page_in_place_of_an_answer(self, server: ScriptServer, fail: Fail) -> None:
        server.default = raw([b"<html>\x1b[2J</html>"], content_type="text/html")
        assert fail("ask", "x", "--backend", server.url)[0] == 1

    def test_json_of_a_failure_is_no_half_object(self, server: ScriptServer, fail: Fail) -> None:
        server.default = raw([event(delta("The start"))])
        assert fail("ask", "Hi", "--json", "--backend", server.url)[0] == 1


class TestRouter:
    @pytest.mark.parametrize("hedge", [[], ["--hedge"]])
    @pytest.mark.parametrize(("letter", "text"), [("A", TEXT), ("B", NORMAL)])
    def test_the_model_decides(
        self, server: ScriptServer, ask: Ask, letter: str, text: str, hedge: list[str]
    ) -> None:
        server.route = letter
        answer = json.loads(ask(QUESTION, "--router", "llm", "--json", *hedge))
        assert answer["text"] == text
        assert (answer["route"]["router"], set(answer["route"])) == (
            "llm",
            {"strategy", "confidence", "reason", "router"},
        )
        reached = len(server.completions)  # a loser's request may be aborted before it gets there
        assert answer["usage"]["requests"] >= reached if hedge else answer["usage"]["requests"] == reached

    @pytest.mark.parametrize("router", ["rules", "trained", "hybrid"])
    def test_a_local_one(self, server: ScriptServer, ask: Ask, router: str) -> None:
        answer = json.loads(ask(QUESTION, "--router", router, "--json", "--hedge"))
        assert (answer["text"], answer["route"]["router"]) == (TEXT, router)
        assert len(server.completions) == 4

    def test_no_such_router(self, server: ScriptServer, fail: Fail) -> None:
        code, line = fail("ask", QUESTION, "--router", "dice", "-b", server.url, "--no-opening")
        assert (code, line) == (2, "sot: no router 'dice': it must be one of hybrid, rules, trained, llm")

    def test_the_command_route_asks_the_model(
        self, server: ScriptServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.route = "C"
        assert main(["route", "--router", "llm", "-b", server.url, "--json", QUESTION]) == 0
        assert json.loads(capsys.readouterr().out)["strategy"] == "cot"
        assert len(server.completions) == 1


@pytest.mark.model
class TestDefaultModel:
    def test_an_answer_in_points(self) -> None:
        question = "What are the most effective ways to deal with stress?"
        limits = ("--max-points", "4", "--max-point-tokens", "96")
        # The measured step times of a busy machine would speak against a skeleton.
        done = run_sot("ask", question, "--json", *limits, "--step-ratio", "off")
        assert (done.returncode, done.stderr) == (0, b"")
        answer = json.loads(done.stdout)
        assert answer["route"]["strategy"] == "skeleton"
        assert answer["fell_back"] is None
        assert len(answer["points"]) >= 2
        for point in answer["points"]:
            assert point["title"]
            assert point["text"].strip()
            assert point["text"] in answer["text"]
        assert answer["usage"]["cached_tokens"] > 0
        assert answer["usage"]["requests"] > len(answer["points"])
        assert answer["backend"].startswith("torch:")

    def test_points_of_a_skeleton_that_a_server_writes(self, server: ScriptServer) -> None:
        engines = ("--backend", "torch:", "--skeleton-backend", server.url, "--step-ratio", "off")
        done = run_sot("ask", QUESTION, *engines, "--no-opening", "--max-point-tokens", "12", "--json")
        assert (done.returncode, done.stderr) == (0, b"")
        answer = json.loads(done.stdout)
        assert [point["title"] for point in answer["points"]] == list(TITLES)
        used = {use["stage"]: use for use in answer["stages"]}
        assert (used["skeleton"]["backend"], len(server.completions)) == (server.url, 1)
        assert used["point"]["backend"].startswith("torch:")
        assert used["point"]["usage"]["completion_tokens"] > 0

    @pytest.mark.usefixtures("server")
    def test_a_question_longer_than_the_context(self, fail: Fail, typed: Callable[[bytes], None]) -> None:
        typed(b"Why is that so? " * 4000)
        code, line = fail("ask", "-", "--backend", "torch:")
        assert code == 2
        assert "context" in line


def test_environment_of_these_tests_is_a_newcomers() -> None:
    assert not {"SOT_BACKEND", "OPENAI_API_KEY", "OPENAI_BASE_URL"} & environment().keys()
    assert os.access(SOT, os.X_OK)
