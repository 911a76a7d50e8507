"""Running a question set: what is asked, what is kept, what is refused, what is shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_server import TEXT, TITLES, Gate, ScriptServer, environment, one_line, run_sot
from fault_server import Exchange, status
from quick_start import QuickStart
from scripted import Request, Script, ScriptedBackend, by_stage, made, script

from sot.cli import main
from sot.errors import AuthenticationError, BackendConnectionError, ConfigError
from sot.evals.dataset.question import Question
from sot.evals.run.answering import answer
from sot.evals.run.folder import read_answers, read_manifest
from sot.evals.run.plan import Condition, Job, jobs, outstanding
from sot.evals.run.progress import Progress, duration
from sot.evals.run.records import AnswerRecord, Key, latest
from sot.serialise import AnswerJson

QUESTIONS = "How can I sleep better?\nWhat is 17 + 25?\nWhy do cats purr?\n"


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
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.txt"
    path.write_text(QUESTIONS)
    return path


class Runs:
    """``sot eval run`` against the scripted server, into one folder."""

    def __init__(
        self, server: ScriptServer, questions: Path, out: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.out = out
        self._capsys = capsys
        self._fixed = ("eval", "run", "--backend", server.url, "--questions", str(questions), "--no-warm-up")

    def __call__(self, *options: str, code: int = 0) -> tuple[str, str]:
        """Run the command in this process; returns what it says."""
        self._capsys.readouterr()
        found = main([*self._fixed, "--out", str(self.out), *options])
        said = self._capsys.readouterr()
        assert found == code, said.err
        return said.out, said.err

    def process(self, *options: str) -> QuickStart:
        """Start the command as a process of its own."""
        return QuickStart(
            [*self._fixed, "--out", str(self.out), *options],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def keys(self) -> Counter[Key]:
        return Counter(record.key for record in read_answers(self.out))


def counts(out: str) -> dict[str, tuple[int, int]]:
    """Answers and failures by strategy, as the summary's table has them."""
    cells = (line.split("|")[1:4] for line in out.splitlines() if line.startswith("|"))
    rows = [[cell.strip() for cell in row] for row in cells][2:]
    return {name: (int(done), int(failed)) for name, done, failed in rows}


@pytest.fixture
def run(
    server: ScriptServer,
    questions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Runs:
    for name in [name for name in os.environ if name.startswith(("SOT_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    return Runs(server, questions, tmp_path / "out", capsys)


class TestKept:
    def test_every_answer_with_its_times_usage_route_and_settings(self, run: Runs) -> None:
        out, err = run("--strategies", "skeleton,normal", "--max-tokens", "99", "--seed", "5", "--no-opening")
        records = read_answers(run.out)
        assert {record.key for record in records} == {
            Key(f"questions-{number}", strategy, 1)
            for number in (1, 2, 3)
            for strategy in ("skeleton", "normal")
        }
        first = latest(records)[Key("questions-1", "skeleton", 1)]
        answer = AnswerJson.model_validate(first.answer)
        assert (first.status, first.attempt, first.seed, first.error) == ("done", 1, 5, None)
        assert (first.question, first.text, answer.text) == ("How can I sleep better?", TEXT, TEXT)
        assert answer.route.strategy == "skeleton"
        assert [point.title for point in answer.points] == list(TITLES)
        assert answer.usage.requests == 4
        assert first.settings["max_tokens"] == 99
        assert "6 answers in" in out
        assert counts(out) == {"skeleton": (3, 0), "normal": (3, 0)}
        assert err.splitlines()[-1].startswith("6/6 ")

    def test_a_timeline_without_text(self, run: Runs) -> None:
        run("--strategies", "skeleton", "--limit", "1", "--no-opening")
        (record,) = read_answers(run.out)
        types = Counter(event.type for event in record.events)
        assert types["point_found"] == types["point_started"] == types["point_first_text"] == 3
        assert types["point_finished"] == 3
        assert types["routed"] == types["first_text"] == types["skeleton_finished"] == types["finished"] == 1
        times = [event.t for event in record.events]
        assert times == sorted(times)
        assert record.events[-1].size == len(record.text)
        assert "Regular" not in json.dumps([event.model_dump() for event in record.events])

    def test_the_manifest_says_what_makes_runs_comparable(self, run: Runs, server: ScriptServer) -> None:
        run("--strategies", "normal,cot", "--limit", "2", "--temperature", "0.5")
        manifest = read_manifest(run.out)
        assert (manifest.backend, manifest.model) == (server.url, "scripted")
        assert manifest.strategies == ["normal", "cot"]
        assert manifest.question_ids == ["questions-1", "questions-2"]
        assert (manifest.questions.name, manifest.questions.count) == ("questions.txt", 3)
        assert manifest.settings["temperature"] == 0.5
        assert manifest.settings["concurrency"] == 1
        assert set(manifest.prompts) >= {"en", "ja"}
        assert all(len(digest) == 64 for digest in manifest.prompts.values())
        (session,) = manifest.sessions
        assert session.packages["httpx"]
        assert session.machine.cores >= 1

    def test_the_key_is_kept_nowhere(self, server: ScriptServer, questions: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        arguments = ("eval", "run", "-q", str(questions), "-o", str(out), "-b", server.url, "--limit", "1")
        done = run_sot(*arguments, OPENAI_API_KEY="hunter2")
        assert done.returncode == 0, done.stderr
        assert server.completions[0].headers["authorization"] == "Bearer hunter2"
        assert all(b"hunter" not in path.read_bytes() for path in out.iterdir())
        assert b"hunter" not in done.stdout + done.stderr

    def test_the_model_is_warmed_up_unless_told_otherwise(self, run: Runs, server: ScriptServer) -> None:
        run("--strategies", "normal", "--limit", "1")
        assert len(server.completions) == 1
        run("--strategies", "normal", "--limit", "2", "--warm-up")
        assert [turns[-1]["content"] for turns in server.asked()][1] == "What makes a good holiday?"
        assert len(server.completions) == 3
        assert len(run.keys) == 2

    def test_repetitions_sample_with_seeds_of_their_own(self, run: Runs) -> None:
        run("--strategies", "normal", "--limit", "1", "--repeat", "3", "--seed", "7")
        assert [(record.repeat, record.seed) for record in read_answers(run.out)] == [(1, 7), (2, 8), (3, 9)]


class TestResuming:
    def test_what_is_complete_is_not_asked_again(self, run: Runs, server: ScriptServer) -> None:
        run("--strategies", "normal,cot")
        asked = len(server.completions)
        before = (run.out / "answers.jsonl").read_bytes()
        out, err = run("--strategies", "normal,cot")
        assert len(server.completions) == asked
        assert (run.out / "answers.jsonl").read_bytes() == before
        assert (err, "6 answers in" in out) == ("", True)

    def test_more_questions_strategies_and_repetitions_extend_a_run(self, run: Runs) -> None:
        run("--strategies", "normal", "--limit", "1")
        run("--strategies", "cot,normal", "--limit", "2", "--repeat", "2")
        assert set(run.keys) == {
            Key(f"questions-{number}", strategy, turn)
            for number in (1, 2)
            for strategy in ("normal", "cot")
            for turn in (1, 2)
        }
        assert set(run.keys.values()) == {1}
        manifest = read_manifest(run.out)
        assert manifest.strategies == ["normal", "cot"]
        assert (len(manifest.question_ids), manifest.repeat, len(manifest.sessions)) == (2, 2, 2)
        run("--strategies", "cot", "--limit", "1")
        assert read_manifest(run.out) == manifest

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (["--max-tokens", "7"], "another setting max_tokens (1024 there, 7 now)"),
            (["--seed", "1"], "another --seed (none there, 1 now)"),
            (["--router", "rules"], "another setting router (hybrid there, rules now)"),
            (["--concurrency", "2"], "another setting concurrency (1 there, 2 now)"),
            (["--model", "other"], "another model (scripted there, other now)"),
            (["--questions", "everyday-120"], "another question set (questions.txt, 3 questions, "),
            (["--prompts", "ja"], "another setting prompts (none there, ja now)"),
        ],
    )
    def test_unlike_runs_are_not_mixed(self, run: Runs, options: list[str], says: str) -> None:
        run("--strategies", "normal", "--limit", "1")
        before = {
            path.name: path.read_bytes() for path in run.out.iterdir() if path.suffix.startswith(".json")
        }
        _, err = run("--strategies", "normal", *options, code=2)
        assert says in one_line(err)
        assert "choose another --out" in err
        assert before == {name: (run.out / name).read_bytes() for name in before}

    def test_changed_prompts_are_not_mixed(self, run: Runs, tmp_path: Path) -> None:
        from sot.prompting.packs import load_pack

        pack = tmp_path / "pack"
        pack.mkdir()
        for path in load_pack("en").folder.iterdir():
            if path.is_file():
                (pack / path.name).write_bytes(path.read_bytes())
        run("--strategies", "normal", "--limit", "1", "--prompts", str(pack))
        (pack / "cot.j2").write_text("Think hard. {{ question }}")
        _, err = run("--strategies", "normal", "--prompts", str(pack), code=2)
        assert "another prompt pack pack (" in one_line(err)

    def test_another_machine_is_told_but_not_refused(self, run: Runs) -> None:
        run("--strategies", "normal", "--limit", "1")
        path = run.out / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest["sessions"][0]["packages"]["httpx"] = "0.1"
        path.write_text(json.dumps(manifest))
        _, err = run("--strategies", "normal", "--limit", "2")
        assert "times will not compare with those of the first start: httpx 0.1, now " in err

    def test_a_second_run_into_the_same_folder_is_refused(self, run: Runs, server: ScriptServer) -> None:
        gate = Gate()
        server.normal = ["held", gate]
        with run.process("--strategies", "normal") as first:
            try:
                gate.wait_reached()
                _, err = run("--strategies", "normal", code=2)
                assert f"is being written by another run (process {first.pid})" in one_line(err)
            finally:
                gate.open()
        assert first.returncode == 0
        assert len(run.keys) == 3


class TestFailures:
    @staticmethod
    def refuse_sums(server: ScriptServer) -> None:
        answer = server.default

        async def behave(exchange: Exchange) -> None:
            refused = "17" in exchange.body["messages"][-1]["content"]
            await (status(400, {"error": {"message": "no sums"}}) if refused else answer)(exchange)

        server.default = behave

    def test_a_failure_is_recorded_and_tried_again_on_request(self, run: Runs, server: ScriptServer) -> None:
        self.refuse_sums(server)
        out, err = run("--strategies", "normal")
        found = latest(read_answers(run.out))
        failed = found[Key("questions-2", "normal", 1)]
        assert (failed.status, failed.answer, failed.attempt) == ("failed", None, 1)
        assert "no sums" in str(failed.error)
        assert counts(out) == {"normal": (2, 1)}
        assert "1 failed: --retry-failed tries them again" in out
        assert "questions-2 normal: failed: " in err

        asked = len(server.completions)
        run("--strategies", "normal")
        assert len(server.completions) == asked, "a failed answer is tried again only on request"

        server.reset()
        out, _ = run("--strategies", "normal", "--retry-failed")
        assert len(server.completions) == 1
        again = latest(read_answers(run.out))[Key("questions-2", "normal", 1)]
        assert (again.status, again.attempt) == ("done", 2)
        assert counts(out) == {"normal": (3, 0)}

    def test_failures_are_in_no_median(self, run: Runs, server: ScriptServer) -> None:
        self.refuse_sums(server)
        out, _ = run("--strategies", "normal", "--json")
        (row,) = json.loads(out.splitlines()[-1])["summary"]
        assert (row["done"], row["failed"], row["completion_tokens"]) == (2, 1, 3)

    def test_an_engine_that_is_gone_ends_the_run(
        self, run: Runs, server: ScriptServer, questions: Path
    ) -> None:
        questions.write_text("".join(f"Question {number}?\n" for number in range(20)))
        server.default = status(400, {"error": {"message": "not today"}})
        _, err = run("--strategies", "normal", code=1)
        assert "8 answers in a row failed, the last one so: " in err.splitlines()[-1]
        assert "8 of 20 answers are kept" in err.splitlines()[-1]
        assert len(run.keys) == 8

    def test_a_refused_key_ends_the_run_at_once(self, run: Runs, server: ScriptServer) -> None:
        server.default = status(401, {"error": {"message": "who are you"}})
        _, err = run("--strategies", "normal", code=1)
        assert "who are you" in one_line(err)
        assert not run.keys

    def test_all_failed_is_a_failure(self, run: Runs, server: ScriptServer) -> None:
        server.default = status(400, {"error": {"message": "not today"}})
        _, err = run("--strategies", "normal", code=1)
        assert "every answer failed" in err.splitlines()[-1]

    async def test_a_defect_met_by_one_question_is_a_failure_like_others(self) -> None:
        backend = ScriptedBackend(by_stage(normal=ZeroDivisionError("oh")))
        job = Job(Question(id="q", question="Why?"), "normal", 1)
        record = await answer(made(backend), job, seed=None, settings={})
        assert (record.status, record.error) == ("failed", "ZeroDivisionError: oh")

    async def test_what_was_written_before_a_failure_is_not_an_answer(self) -> None:
        backend = ScriptedBackend(by_stage(normal=Script("Half of", BackendConnectionError("gone"))))
        job = Job(Question(id="q", question="Why?"), "normal", 1)
        record = await answer(made(backend), job, seed=None, settings={})
        assert (record.status, record.error, record.text) == ("failed", "gone", "")
        assert [event.type for event in record.events] == ["routed", "first_text"]

    async def test_a_refused_key_is_raised(self) -> None:
        backend = ScriptedBackend(by_stage(normal=AuthenticationError("no", status=401)))
        job = Job(Question(id="q", question="Why?"), "normal", 1)
        with pytest.raises(AuthenticationError):
            await answer(made(backend), job, seed=None, settings={})

    async def test_a_fall_back_is_told(self) -> None:
        def prose(request: Request) -> Script:
            return script("This is no list." if request.stage == "skeleton" else "Normal.")

        job = Job(Question(id="q", question="Why?"), "skeleton", 1)
        record = await answer(made(ScriptedBackend(prose)), job, seed=None, settings={})
        assert record.status == "done"
        assert record.answer is not None
        assert record.answer["fell_back"]
        assert "fell_back" in [event.type for event in record.events]


class TestShown:
    def test_json_lines_and_a_summary(self, run: Runs) -> None:
        out, err = run("--strategies", "normal", "--json")
        *lines, last = [json.loads(line) for line in out.splitlines()]
        assert [line["kept"] for line in lines] == [1, 2, 3]
        assert {line["status"] for line in lines} == {"done"}
        assert last["answers"] == 3
        assert err == ""

    def test_quiet_says_nothing_but_the_summary(self, run: Runs) -> None:
        out, err = run("--strategies", "normal", "--quiet")
        assert err == ""
        assert counts(out) == {"normal": (3, 0)}

    def test_progress_on_a_terminal(self, server: ScriptServer, questions: Path, tmp_path: Path) -> None:
        pytest.importorskip("pty")
        from pseudo_terminal import Terminal

        gate = Gate()
        answer = server.default

        async def behave(exchange: Exchange) -> None:
            if "17" in exchange.body["messages"][-1]["content"]:
                await gate.passed()
            await answer(exchange)

        server.default = behave
        arguments = ("eval", "run", "-b", server.url, "-q", str(questions), "-o", str(tmp_path / "out"))
        with Terminal(*arguments, "--strategies", "normal", "--no-warm-up") as terminal:
            terminal.until("1/3")
            terminal.until("left; questions-1 normal")
            gate.open()
            assert terminal.end() == 0
        assert re.search(r"normal +3 +0 ", terminal.screen.text)
        assert "1/3" not in terminal.screen.text, "the live line is gone at the end"
        assert terminal.screen.cursor_visible

    @pytest.mark.parametrize(
        ("seconds", "says"),
        [(0, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (11_100, "3 h 05 min")],
    )
    def test_durations(self, seconds: float, says: str) -> None:
        assert duration(seconds) == says

    def test_json_stays_on_standard_output_beside_a_live_line(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        with Progress(2, as_json=True) as progress:
            progress.took("one", fields={"question_id": "q"})
        assert json.loads(capsys.readouterr().out)["question_id"] == "q"

    def test_a_retried_answer_is_not_counted_twice(self, capsys: pytest.CaptureFixture[str]) -> None:
        with Progress(4, kept=4, failed=2, to_make=2, as_json=True) as progress:
            progress.took("done", kept=0, failed=-1, fields={})
            progress.took("failed", kept=0, fields={})
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(line["kept"], line["failed"]) for line in lines] == [(4, 1), (4, 1)]
        assert lines[-1]["left_s"] == 0

    def test_plain_lines_of_many_answers_are_few(self, capsys: pytest.CaptureFixture[str]) -> None:
        with Progress(every_s=3600) as progress:
            progress.begin("load 50%", 1000)
            for _ in range(1000):
                progress.took("answers")
        first, last = capsys.readouterr().err.splitlines()
        assert (first, last) == ("load 50%", "1000/1000 answers; 0 s left")


class TestBadUse:
    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (["--limit", "0"], "--limit is 0; it must be at least 1"),
            (["--limit-per-category", "0"], "--limit-per-category is 0"),
            (["--repeat", "-1"], "--repeat is -1"),
            (["--concurrency", "0"], "--concurrency is 0"),
            (["--strategies", "normal,quick"], "--strategies: unknown 'quick'; there are auto, skeleton"),
            (["--strategies", ","], "--strategies: none given"),
            (["--temperature", "9"], "temperature is 9.0"),
            (["--questions", "nowhere"], "there is no question set or file 'nowhere'"),
            (["--out", __file__], "is a file; --out names a folder"),
            (["--prompts", "nowhere"], "no prompt pack 'nowhere'"),
        ],
    )
    def test_one_clear_line(self, run: Runs, server: ScriptServer, options: list[str], says: str) -> None:
        _, err = run(*options, code=2)
        assert says in one_line(err)
        assert not server.seen

    def test_help_names_sets_formats_and_how_limits_choose(self) -> None:
        text = " ".join(run_sot("eval", "run", "--help").stdout.decode().split())
        for words in (
            "everyday-120",
            "everyday-ja-40",
            "FastChat JSONL",
            "one of each category",
            "--retry-failed",
        ):
            assert words in text

    def test_sot_eval_alone_lists_its_commands(self) -> None:
        done = run_sot("eval")
        assert done.returncode == 0
        assert b"run " in done.stdout

    def test_a_folder_without_manifest_and_other_damage(self, run: Runs) -> None:
        run("--strategies", "normal", "--limit", "1")
        path = run.out / "manifest.json"
        good = path.read_text()

        def refused() -> str:
            return one_line(run("--strategies", "normal", code=2)[1])

        path.unlink()
        assert "has answers but no manifest.json" in refused()
        path.write_text("{")
        assert "manifest.json: cannot be read: " in refused()
        path.write_text(good.replace('"format": 2', '"format": 99', 1))
        assert "format 99; this version reads format 2" in refused()
        fields: dict[str, Any] = json.loads(good)
        path.write_text(json.dumps({**fields, "format": 1}))
        assert "of an earlier version of sot, in format 1" in one_line(
            run("--strategies", "normal", code=2)[1]
        )
        path.write_text(json.dumps({**fields, "command": "sot bench latency"}))
        assert "holds a run of `sot bench latency`, not of" in one_line(
            run("--strategies", "normal", code=2)[1]
        )
        del fields["model"]
        path.write_text(json.dumps(fields))
        assert "manifest.json: model: Field required" in refused()

    def test_reading_where_no_run_is(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"no run there \(manifest.json is missing\)"):
            read_manifest(tmp_path)
        assert read_answers(tmp_path) == []


class TestOrder:
    METHODS = tuple(map(Condition, ("normal", "skeleton", "auto", "cot")))
    QUESTIONS = tuple(Question(id=str(number), question="?") for number in range(50))

    def test_all_conditions_answer_a_question_before_the_next_one(self) -> None:
        conditions = [Condition(one.strategy, engine) for one in self.METHODS[:2] for engine in ("", "ngram")]
        order = jobs(conditions, self.QUESTIONS, 2, seed=3)
        assert len(order) == len({job.key for job in order}) == 400
        rounds = [order[start : start + 4] for start in range(0, 400, 4)]
        for group in rounds:
            assert len({(job.question.id, job.repeat) for job in group}) == 1
        assert [group[0].repeat for group in rounds] == [1] * 50 + [2] * 50
        first = Counter((group[0].strategy, group[0].engine) for group in rounds)
        assert all(10 <= first[condition] <= 40 for condition in conditions), "drawn, not fixed"

    def test_the_order_depends_on_seed_and_question_alone(self) -> None:
        whole = jobs(self.METHODS, self.QUESTIONS, seed=1)
        assert jobs(self.METHODS[::-1], self.QUESTIONS[:7], seed=1) == whole[:28]
        assert jobs(self.METHODS, self.QUESTIONS, seed=2) != whole

    def test_an_extended_run_keeps_its_order(self) -> None:
        before = jobs(self.METHODS[:3], self.QUESTIONS[:7], seed=1)
        after = jobs(self.METHODS, self.QUESTIONS, 2, seed=1)
        assert [job for job in after if job in before] == before

    def test_outstanding(self) -> None:
        (one, two) = jobs(self.METHODS[:1], self.QUESTIONS[1:3])

        def record(status_: str, attempt: int) -> dict[Key, AnswerRecord]:
            fields = {"question_id": "1", "strategy": "normal", "question": "?", "started_at": ""}
            found = AnswerRecord.model_validate({**fields, "status": status_, "attempt": attempt})
            return {found.key: found}

        assert outstanding([one, two], {}) == [one, two]
        assert outstanding([one, two], record("done", 1), retry_failed=True) == [two]
        assert outstanding([one, two], record("failed", 2)) == [two]
        again, _ = outstanding([one, two], record("failed", 2), retry_failed=True)
        assert (again.key, again.attempt) == (one.key, 3)


def test_several_answers_at_a_time(run: Runs, server: ScriptServer) -> None:
    gates = [Gate() for _ in range(3)]
    waiting = iter(gates)
    answer = server.default

    async def behave(exchange: Exchange) -> None:
        await next(waiting).passed()
        await answer(exchange)

    server.default = behave
    with run.process("--strategies", "normal", "--concurrency", "3") as process:
        for gate in gates:
            gate.wait_reached()  # all three are in the making before the first is done
        for gate in reversed(gates):
            gate.open()
    assert process.returncode == 0
    assert len(run.keys) == 3
