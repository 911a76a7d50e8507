"""``sot bench latency``: a run, a run that goes on, forced lengths, a grid of engines, bad use."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_server import PATIENCE, ScriptServer, environment, one_line, run_sot
from fault_server import status
from quick_start import QuickStart
from speeds import profile

from sot.cli import main
from sot.load.profile import StepTime, write_profile

QUESTIONS = """\
{"question": "How can I sleep better?", "category": "health"}
{"question": "What is tea?", "category": "food"}
{"question": "How can I sleep better?", "category": "health"}
"""


@pytest.fixture
def server() -> Iterator[ScriptServer]:
    with ScriptServer() as server:
        yield server
        assert server.all_closed()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text(QUESTIONS)
    return path


class TestServer:
    @pytest.fixture
    def command(self, server: ScriptServer, questions: Path) -> list[str]:
        return ["bench", "latency", "--backend", server.url, "--questions", str(questions)]

    def test_tables(self, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert main([*command, "--methods", "normal,skeleton-no-opening,skeleton-wait,cot,plan"]) == 0
        output, errors = capsys.readouterr()
        assert "10/10 " in errors.splitlines()[-1]  # plain lines: not a terminal
        assert "2 questions" in output.splitlines()[0]
        for title in ("Against normal decoding", "Times", "Work", "By category", "Where the time"):
            assert f"### {title}" in output
        assert re.search(r"\| category food +\| skeleton-wait +\|", output)

    def test_json(self, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        # Without an opening: the server's short normal text could be the whole answer.
        methods = ["--methods", "normal,skeleton-no-opening"]
        prices = ["--price-in", "1", "--price-out", "4"]
        assert main([*command, *methods, "--repeat", "2", "--json", *prices]) == 0
        made = json.loads(capsys.readouterr().out)
        assert len(made["answers"]) == 2 * 2 * 2
        groups = {group["method"]: group for group in made["summary"]["groups"]}
        assert groups["skeleton-no-opening"]["valid"] == 4
        # Four requests of 40 prompt tokens; the tokens that the server says it wrote.
        written = groups["skeleton-no-opening"]["completion_tokens"]["median"]
        assert groups["skeleton-no-opening"]["cost"]["median"] == pytest.approx((160 + 4 * written) / 1e6)
        assert made["run"]["identity"]["settings"] == {"max_tokens": 1024, "max_point_tokens": 192}
        assert {answer["repeat"] for answer in made["answers"]} == {1, 2}

    def test_a_run_goes_on_where_it_stopped(
        self, server: ScriptServer, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "runs" / "first"
        assert main([*command, "--methods", "normal", "--limit", "1", "--out", str(out)]) == 0
        assert len(server.completions) == 2  # one warms up
        assert main([*command, "--methods", "normal,skeleton", "--out", str(out)]) == 0
        lines = (out / "answers.jsonl").read_text().splitlines()
        first = json.loads(lines[0])
        assert (first["question"], first["strategy"]) == ("How can I sleep better?", "normal")
        assert len(lines) == 4
        asked = len(server.completions)
        capsys.readouterr()
        assert main([*command, "--methods", "normal,skeleton", "--out", str(out)]) == 0
        assert len(server.completions) == asked  # all there: only the report is made anew
        assert "2 questions" in capsys.readouterr().out
        assert (out / "report.html").read_text().count("<svg") == 4

    def test_an_interrupted_run_keeps_its_answers(
        self, server: ScriptServer, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answered = 0
        plays = server.default
        assert plays is not None

        async def breaks(exchange) -> None:  # the third answer is refused
            nonlocal answered
            answered += 1
            await (plays if answered < 3 else status(400, {"error": {"message": "worn out"}}))(exchange)

        server.default = breaks
        out = tmp_path / "run"
        arguments = [*command, "--methods", "normal", "--out", str(out)]
        assert main(arguments) == 1
        assert "worn out" in capsys.readouterr().err.splitlines()[-1]
        server.default = plays
        assert main(arguments) == 0
        assert len((out / "answers.jsonl").read_text().splitlines()) == 2

    def test_routers_and_hedging(self, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert main([*command, "--methods", "auto,auto-llm,auto-llm-hedge", "--json"]) == 0
        summary = json.loads(capsys.readouterr().out)["summary"]
        rows = {row["method"]: row for row in summary["routing"]}
        assert set(rows) == {"auto", "auto-llm", "auto-llm-hedge"}
        assert rows["auto-llm-hedge"]["hedge_won"] <= rows["auto-llm-hedge"]["answers"] == 2
        assert [row["against_method"] for row in rows["auto-llm-hedge"]["against"]] == ["auto", "auto-llm"]

    def test_answers_to_other_questions_are_not_mixed_in(
        self, command: list[str], questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = [*command, "--methods", "normal", "--out", str(tmp_path / "run")]
        assert main(arguments) == 0
        questions.write_text(QUESTIONS.replace("tea", "jam"))
        capsys.readouterr()
        assert main(arguments) == 2
        assert "holds answers to another question" in one_line(capsys.readouterr().err)

    def test_another_version_or_other_prompts_are_refused(
        self,
        command: list[str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        out = tmp_path / "run"
        arguments = [*command, "--methods", "normal", "--limit", "1", "--out", str(out)]
        assert main(arguments) == 0
        with monkeypatch.context() as other:
            other.setattr("sot.evals.run.manifest._hash", lambda folder: "0" * 64)
            assert main(arguments) == 2
        assert "another prompt pack en (" in capsys.readouterr().err
        manifest = out / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"sot_version": "0.0.1"}))
        assert main(arguments) == 2
        assert "another version of sot (0.0.1 there, " in capsys.readouterr().err

    def test_a_server_without_ignore_eos_has_no_forced_lengths(
        self, command: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([*command, "--lengths", "normal=50", "--methods", "normal"]) == 2
        assert "wrote 3 tokens where 50 were forced" in capsys.readouterr().err.splitlines()[-1]

    def test_the_program(self, command: list[str]) -> None:
        done = run_sot(*command, "--methods", "normal,skeleton", "--limit", "1")
        assert done.returncode == 0
        assert b"### Against normal decoding" in done.stdout


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tiny_model import save_tiny_model

    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model", max_position_embeddings=8192)


class TestModelsDiffer:
    def test_another_models_answers_do_not_go_into_the_same_folder(
        self, server: ScriptServer, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command = ["bench", "latency", "--backend", server.url, "--questions", str(questions)]
        command += ["--out", str(tmp_path / "run")]
        assert main([*command, "--methods", "normal"]) == 0
        server.models = {"data": [{"id": "another", "max_model_len": 4096}]}
        capsys.readouterr()
        assert main([*command, "--methods", "normal,skeleton"]) == 2
        assert "and this is another; choose another folder" in one_line(capsys.readouterr().err)
        assert len((tmp_path / "run" / "answers.jsonl").read_text().splitlines()) == 2


class TestSimulated:
    def test_interrupted_it_reports_the_answers_so_far(self, tmp_path: Path, questions: Path) -> None:
        write_profile(tmp_path / "engine.json", profile())
        command = ["bench", "latency", "--backend", f"replay:{tmp_path / 'engine.json'}"]
        command += ["--questions", str(questions), "--methods", "normal,skeleton", "--repeat", "5000"]
        command += ["--lengths", "normal=30,skeleton=10,points=2x10", "--out", str(tmp_path / "out")]
        pipe = subprocess.PIPE
        with QuickStart(command, env=environment(), stdout=pipe, stderr=pipe) as bench:
            assert bench.stderr is not None
            assert any(re.search(rb"\b5/20000\b", line) for line in bench.stderr)
            bench.send_signal(signal.SIGINT)
            out, err = bench.communicate(timeout=PATIENCE)
        assert bench.returncode == 130
        assert err.decode().splitlines()[-1] == "sot: interrupted"
        report = json.loads((tmp_path / "out" / "report.json").read_text())
        answers = len((tmp_path / "out" / "answers.jsonl").read_text().splitlines())
        assert answers == len(report["answers"]) >= 5
        assert report["missing"] == 20000 - answers
        assert f"Ended early: {answers} of 20000 answers" in out.decode()
        assert "### Times" in out.decode()
        assert (tmp_path / "out" / "report.html").exists()

    def test_its_time_is_not_waited_for(
        self, tmp_path: Path, questions: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        # A token a minute: waiting for it would take two hours for every normal answer.
        slow = profile(step=StepTime(batch=(1, 8), seconds=(60.0, 60.0)))
        write_profile(tmp_path / "slow.json", slow)
        command = ["bench", "latency", "--backend", f"replay:{tmp_path / 'slow.json'}"]
        command += ["--questions", str(questions), "--methods", "normal,skeleton", "--repeat", "2"]
        command += ["--lengths", "normal=120,skeleton=20,points=4x30", "--json"]
        made = []
        for _ in range(2):
            assert main(command) == 0
            made.append(json.loads(capsys.readouterr().out))
        totals = {group["method"]: group["total_s"]["median"] for group in made[0]["summary"]["groups"]}
        assert totals["normal"] == pytest.approx(120 * 60, rel=0.02)
        assert 30 * 60 < totals["skeleton"] < 51 * 60 * 1.05
        assert made[0]["answers"] == made[1]["answers"]  # the same figures each time
        assert made[0]["run"]["simulated"]


class TestGrid:
    """Engines in processes of their own."""

    def test_methods_and_accelerators(
        self, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "grid"
        command = ["bench", "latency", "--backend", f"torch:{tiny}", "--limit", "1"]
        command += ["--methods", "normal,skeleton-no-opening", "--lengths", "normal=24,skeleton=9,points=3x6"]
        accelerators = f"none,draft:{tiny},quant:fp4,checkpoint:{tmp_path}/nowhere"
        assert main([*command, "--accelerators", accelerators, "--out", str(out)]) == 0
        shown = capsys.readouterr().out
        assert "Length-controlled (normal=24,skeleton=9,points=3x6 tokens)" in shown
        grid = json.loads((out / "report.json").read_text())
        measured = {(group["accelerator"], group["method"]): group for group in grid["summary"]["groups"]}
        # Plain `generate` is measured too, so that the draft model is compared with its like.
        assert set(measured) == {
            ("none", "normal"),
            ("none", "skeleton-no-opening"),
            ("generate", "normal"),
            (f"draft:{tiny}", "normal"),
        }
        draft = measured[f"draft:{tiny}", "normal"]
        assert draft["drafted"] >= draft["accepted"] > 0  # a model as its own draft
        assert measured["none", "skeleton-no-opening"]["completion_tokens"]["median"] == 9 + 18
        refused = {(row["accelerator"], row["method"]): row["reason"] for row in grid["refused"]}
        assert "one sequence at a time" in refused["generate", "skeleton-no-opening"]
        assert "not fp4" in refused["quant:fp4", None]
        assert "no such model file or folder" in refused[f"checkpoint:{tmp_path}/nowhere", None]
        assert "refused: quant:fp4" in shown

    def test_a_random_model_needs_no_download(self, capsys: pytest.CaptureFixture[str]) -> None:
        pytest.importorskip("transformers")
        command = ["bench", "latency", "--backend", "torch:", "--random-llama", "tiny", "--limit", "1"]
        command += [
            "--methods",
            "normal,skeleton-no-opening",
            "--lengths",
            "normal=24,skeleton=9,points=3x6",
            "--json",
        ]
        assert main(command) == 0
        made = json.loads(capsys.readouterr().out)
        assert made["run"]["identity"]["random llama"] == "tiny"
        assert [step["batch"] for step in made["run"]["steps"]] == [1, 2, 4, 8, 16, 32, 64]
        for step in made["run"]["steps"]:
            assert step["calls_s"]["median"] > 0
            assert step["bound_s"] > 0
        tokens = {answer["method"]: answer["completion_tokens"] for answer in made["answers"]}
        assert tokens == {"normal": 24, "skeleton-no-opening": 27}

    def test_an_engine_process_that_dies_is_a_row(
        self, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A double for an engine that takes its process with it: only the int8 one does."""
        place = tmp_path / "broken"
        place.mkdir()
        (place / "sitecustomize.py").write_text(
            "import os, sot.backends.torch_engine.backend as b\n"
            "made = b.TorchBackend.__init__\n"
            "def dies(self, *args, **settings):\n"
            "    if settings.get('dtype') == 'int8':\n"
            "        os.write(2, b'Segmentation fault\\n'); os._exit(139)\n"
            "    made(self, *args, **settings)\n"
            "b.TorchBackend.__init__ = dies\n"
        )
        monkeypatch.syspath_prepend(str(place))
        command = ["bench", "latency", "--backend", f"torch:{tiny}", "--limit", "1", "--methods", "normal"]
        assert main([*command, "--max-tokens", "8", "--accelerators", "none,quant:int8", "--json"]) == 0
        made = json.loads(capsys.readouterr().out)
        (row,) = made["refused"]
        assert row["accelerator"] == "quant:int8"
        assert "Segmentation fault" in row["reason"]


class TestBadUse:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["--methods", "magic"], "unknown method 'magic'"),
            (["--questions", "mixd"], "built in are everyday-120, everyday-ja-40, suitable, mixed"),
            (["--limit", "0"], "--limit is 0; it must be at least 1"),
            (["--repeat", "0"], "--repeat is 0; it must be at least 1"),
            (["--price-in", "1"], "--price-in and --price-out are needed together"),
            (["--price-in", "-1", "--price-out", "1"], "--price-in must be at least 0"),
            (["--lengths", "points=1"], "2 to 24 points"),
            (["--lengths", "normal=9", "--methods", "normal,cot"], "not cot"),
            (["--lengths", "normal=9", "--methods", "auto,auto-llm"], "not auto, auto-llm"),
            (["--accelerators", "warp"], "'warp' is unknown"),
            (["--accelerators", "none,ngram"], "a server has its own options"),
            (["--engine-arg", "a=1"], "--engine-arg is for torch:, vllm:"),
            (["--random-llama", "tiny"], "give --backend torch: or vllm: without one"),
            (["--random-llama", "70b"], "must be one of 7b, 1b, tiny"),
            (["--max-tokens", "0"], "max_tokens is 0"),
            (["--temperature", "9"], "temperature is 9"),
            (["--out", "/etc/passwd"], "is a file; --out names a folder"),
            (["--backend", "nonsense:"], "no engine for the backend"),
        ],
    )
    def test_one_line_before_anything_is_asked(
        self, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
    ) -> None:
        assert main(["bench", "latency", "--backend", "http://127.0.0.1:9/v1", *arguments]) == 2
        output, errors = capsys.readouterr()
        assert output == ""
        assert says in one_line(errors)

    def test_bench_alone_shows_its_commands(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["bench"]) == 0
        assert "latency" in capsys.readouterr().out

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_a_folder_that_cannot_be_written(self, tmp_path: Path, server: ScriptServer) -> None:
        tmp_path.chmod(0o500)
        done = run_sot("bench", "latency", "--backend", server.url, "--out", str(tmp_path / "run"))
        assert done.returncode == 1
        assert "Permission denied" in one_line(done.stderr)

    @pytest.mark.parametrize(
        ("method", "lengths"),
        [("fields", "normal=90,values=12,fields=3x20"), ("items", "normal=90,items=4x20")],
    )
    def test_parts_that_are_no_points(
        self, tmp_path: Path, questions: Path, capsys: pytest.CaptureFixture[str], method: str, lengths: str
    ) -> None:
        write_profile(tmp_path / "engine.json", profile())
        command = ["bench", "latency", "--backend", f"replay:{tmp_path / 'engine.json'}", "--json"]
        command += ["--questions", str(questions), "--methods", f"normal,{method}", "--lengths", lengths]
        made = []
        for _ in range(2):
            assert main(command) == 0
            made.append(json.loads(capsys.readouterr().out))
        totals = {group["method"]: group["total_s"]["median"] for group in made[0]["summary"]["groups"]}
        assert totals[method] < totals["normal"]
        assert made[0]["answers"] == made[1]["answers"]
