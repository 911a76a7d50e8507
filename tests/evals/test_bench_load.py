"""`sot bench load`: arrivals, what is made of the answers, and the command on simulated and real servers."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cli_server import ScriptServer
from fault_server import Exchange, status
from scripted import Request, Script, ScriptedBackend, by_stage
from speeds import like_vllm, profile

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.cli import main
from sot.errors import ConfigError, ServerError
from sot.evals.bench.arrivals import Arrival, Load, Turn, poisson, read_traces
from sot.evals.bench.open_loop import Setting, closed_loop, find_capacity, open_loop, warm_up
from sot.evals.bench.options import parse_numbers, parse_policies
from sot.evals.measure.shapes import ForcedLengths, Shape, shapes
from sot.evals.report.load import LoadReport, compare, figures, summarise
from sot.evals.report.plots import alone
from sot.evals.run.folder import read_answers
from sot.evals.run.records import AnswerRecord, Offered
from sot.load.profile import PrefillTime, StepTime, write_profile

QUESTIONS = ["How can I sleep better?", "Why do cats sleep?"]


class TestArrivals:
    def test_the_rate_is_kept(self) -> None:
        arrivals = poisson(2.0, 1000.0, 1)
        assert len(arrivals) == pytest.approx(2000, rel=0.1)
        assert all(0 < arrival.at_s <= 1000 for arrival in arrivals)

    def test_a_seed_gives_the_same_pattern_at_every_rate(self) -> None:
        slow, quick = poisson(1.0, 100.0, 7), poisson(2.0, 50.0, 7)
        assert [arrival.at_s for arrival in slow] == pytest.approx([2 * arrival.at_s for arrival in quick])
        assert poisson(1.0, 100.0, 7) == slow != poisson(1.0, 100.0, 8)

    def test_too_many_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sot.evals.bench.arrivals._MOST", 10_000)
        with pytest.raises(ConfigError, match="lower rate"):
            poisson(1e9, 10.0, 0)

    def test_a_trace(self, tmp_path: Path) -> None:
        file = tmp_path / "trace.jsonl"
        file.write_text('{"at_s": 3.5, "question": "Why?"}\n\n{"at_s": 1, "other": true}\n')
        assert read_traces(file) == [[Arrival(1.0), Arrival(3.5, "Why?")]]

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "holds no arrivals"),
            ("not json\n", ":1: not a JSON object"),
            ('{"at_s": 1}\n[]\n', ":2: not a JSON object"),
            ('{"at": 1}\n', ":1: not a JSON object with at_s"),
            ('{"at_s": -1}\n', "seconds from 0 on"),
            ('{"at_s": NaN}\n', "seconds from 0 on"),
            pytest.param(f'{{"at_s": 1{"0" * 400}}}\n', "seconds from 0 on", id="endless"),
            ('{"at_s": 1, "question": ""}\n', "question must be a text"),
            ('{"at_s": 0}\n{"at_s": 0}\n', "no load"),
        ],
    )
    def test_a_broken_trace(self, tmp_path: Path, text: str, says: str) -> None:
        file = tmp_path / "trace.jsonl"
        file.write_text(text)
        with pytest.raises(ConfigError, match=says):
            read_traces(file)


class TestOptions:
    def test_numbers(self) -> None:
        assert parse_numbers("--loads", "0.1..0.4") == [0.1, 0.2, 0.3, 0.4]
        assert parse_numbers("--loads", "0.5, 0.25,0.5") == [0.25, 0.5]
        assert parse_numbers("--loads", "0.2..1:0.4,2") == [0.2, 0.6, 1.0, 2.0]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a",
            "0",
            "-1",
            "1..0.5",
            "0.1..1:0",
            "inf",
            "nan",
            "1..1000:0.001",
            "1.2.3",
            pytest.param(f"1..1{'0' * 400}", id="endless"),
        ],
    )
    def test_what_is_no_number(self, text: str) -> None:
        with pytest.raises(ConfigError, match="--loads is"):
            parse_numbers("--loads", text)

    def test_policies_keep_their_order(self) -> None:
        assert parse_policies("adaptive, normal,adaptive") == ["normal", "adaptive"]


def record(
    total_s: float | None,
    policy: str = "normal",
    *,
    at_s: float = 0.0,
    load: float = 0.5,
    status: Any = "done",
) -> AnswerRecord:
    usage = {"prompt_tokens": 0, "cached_tokens": 0, "completion_tokens": 10, "requests": 1}
    route = {"strategy": "normal", "confidence": 1.0, "reason": "", "router": "caller"}
    timing = {"route_s": 0.0, "skeleton_s": None, "first_text_s": 0.1, "total_s": total_s}
    answer = {"usage": usage, "route": route, "timing": timing, "points": [], "fell_back": None}
    return AnswerRecord(
        question_id="1",
        strategy=policy,
        question="?",
        status=status,
        answer=None if total_s is None else answer,
        offered=Offered(load, at_s),
        started_at="",
    )


class TestFigures:
    def test_the_figures(self) -> None:
        records = [record(float(seconds), at_s=float(seconds)) for seconds in range(1, 11)]
        row = summarise(records, duration_s=10.0, deadline_s=4.0)
        assert (row["total_p50"], row["total_p95"], row["answers"]) == (5.5, pytest.approx(9.55), 10)
        assert row["throughput"] == pytest.approx(10 / 20), "the last answer was there after 20 s"
        assert row["goodput"] == pytest.approx(4 / 20)
        assert row["tokens_s"] == pytest.approx(100 / 20)
        assert row["in_time"] == pytest.approx(0.4)

    def test_an_unfinished_answer_took_for_ever(self) -> None:
        records = [record(1.0), record(None, status="unfinished"), record(None, status="unfinished")]
        row = summarise(records, duration_s=1.0, deadline_s=4.0)
        assert (row["total_p50"], row["unfinished"]) == (None, 2)
        assert row["in_time"] == pytest.approx(1 / 3)

    def test_so_did_a_failed_one(self) -> None:
        records = [record(1.0), record(1.0), record(None, status="failed")]
        row = summarise(records, duration_s=1.0, deadline_s=4.0)
        assert (row["total_p50"], row["total_p95"], row["failed"]) == (1.0, None, 1)
        assert row["in_time"] == pytest.approx(2 / 3)

    def test_rounds_follow_each_other_and_each_is_compared(self) -> None:
        def rounds(policy: str, *seconds: float) -> list[list[AnswerRecord]]:
            return [[record(one, policy, at_s=10.0 * number)] for number, one in enumerate(seconds)]

        answers = {"normal": rounds("normal", 4.0, 4.0), "skeleton": rounds("skeleton", 8.0, 8.0)}
        answers["adaptive"] = rounds("adaptive", 2.0, 12.0)
        rows, (against,) = figures(answers, duration_s=20.0, deadline_s=5.0)
        assert [row["total_p50"] for row in rows] == [4.0, 8.0, 7.0]
        assert [row["throughput"] for row in rows] == pytest.approx([2 / 20, 2 / 20, 2 / 22])
        assert against["rounds"] == (0.5, 3.0)

    def row(self, policy: str, p50: float, p95: float) -> Any:
        row = summarise([record(1.0, policy)], duration_s=1.0, deadline_s=1.0)
        return {**row, "total_p50": p50, "total_p95": p95}

    def test_against_the_better_of_the_two(self) -> None:
        rows = [self.row("normal", 8.0, 10.0), self.row("skeleton", 4.0, 9.0), self.row("adaptive", 5.0, 9.0)]
        (against,) = compare(rows)
        assert (against["p50"], against["p95"], against["gain_kept"]) == (1.25, 1.0, 0.75)
        assert not against["disagree"]
        assert compare(rows[:2]) == []

    def test_where_the_two_disagree(self) -> None:
        rows = [
            self.row("normal", 8.0, 10.0),
            self.row("skeleton", 4.0, 25.0),
            self.row("adaptive", 8.0, 10.0),
        ]
        (against,) = compare(rows)
        assert against["disagree"]
        assert against["together"] == pytest.approx(1.0)

    def test_where_neither_gets_all_done_they_do_not_disagree(self) -> None:
        rows = [
            self.row(policy, p50, 1.0)
            for policy, p50 in (("normal", 8.0), ("skeleton", 9.0), ("adaptive", 8.0))
        ]
        (against,) = compare([{**row, "total_p95": None} for row in rows])
        assert not against["disagree"]

    def test_no_gain_is_nothing_to_keep(self) -> None:
        rows = [self.row("normal", 4.0, 5.0), self.row("skeleton", 8.0, 9.0), self.row("adaptive", 4.0, 5.0)]
        assert compare(rows)[0]["gain_kept"] is None


class TestDriver:
    def test_answers_do_not_wait_for_each_other(self) -> None:
        async def measure() -> list[AnswerRecord]:
            setting = Setting(ReplayBackend(profile()), QUESTIONS, shapes=[Shape((100, 100))])
            return await open_loop(setting, Load(0.5, [Arrival(0.0), Arrival(0.5)], 1.0), Turn("normal"))

        first, second = run_virtually(measure())
        assert first.total_s > 2.0
        assert second.offered is not None
        assert second.offered.at_s == 0.5
        assert second.total_s == pytest.approx(first.total_s, rel=0.1)

    def test_policies(self) -> None:
        async def measure(policy: Any) -> list[AnswerRecord]:
            setting = Setting(ReplayBackend(like_vllm()), QUESTIONS, shapes=shapes(0, 10))
            return await open_loop(setting, Load(0.2, poisson(0.3, 60.0, 1), 1.0), Turn(policy))

        shares = {
            policy: sum(sample.skeleton for sample in run_virtually(measure(policy)))
            for policy in ("normal", "skeleton", "adaptive")
        }
        assert shares["normal"] == 0
        assert shares["skeleton"] == shares["adaptive"] > 5

    def test_what_is_not_finished_in_time_is_given_up(self) -> None:
        async def measure() -> tuple[list[AnswerRecord], int]:
            backend = ReplayBackend(profile())
            setting = Setting(backend, QUESTIONS, shapes=[Shape((100, 100)), Shape((3000, 3000))])
            arrivals = [Arrival(0.0), Arrival(0.1)]
            samples = await open_loop(setting, Load(0.5, arrivals, 1.0, drain_s=10.0), Turn("normal"))
            return samples, (await backend.load()).running

        samples, running = run_virtually(measure())
        assert [one.status for one in samples] == ["done", "unfinished"]
        assert running == 0

    async def test_questions_are_never_asked_twice_in_the_same_words(self) -> None:
        backend = ScriptedBackend(by_stage())
        setting = Setting(backend, QUESTIONS)
        await open_loop(
            setting, Load(0.5, [Arrival(0.0), Arrival(0.0), Arrival(0.0, "Why?")], 1.0), Turn("normal")
        )
        await open_loop(setting, Load(0.5, [Arrival(0.0)], 1.0), Turn("normal"))
        asked = [request.last for request in backend.requests]
        assert len(set(asked)) == 4
        assert asked[2].startswith("Why? (No. ")

    async def test_a_failed_answer_is_counted(self) -> None:
        def answer(request: Request) -> Script:
            return Script(ServerError("broken", status=500)) if "(No. 2)" in request.last else Script("Text.")

        setting = Setting(ScriptedBackend(answer), QUESTIONS)
        samples = await open_loop(setting, Load(0.5, [Arrival(0.0), Arrival(0.0)], 1.0), Turn("normal"))
        assert [sample.status for sample in samples] == ["done", "failed"]
        assert samples[1].error == "broken"

    async def test_where_all_fail_the_error_is_raised(self) -> None:
        setting = Setting(
            ScriptedBackend(lambda request: Script(ServerError("broken", status=500))), QUESTIONS
        )
        with pytest.raises(ServerError, match="broken"):
            await open_loop(setting, Load(0.5, [Arrival(0.0), Arrival(0.0)], 1.0), Turn("normal"))
        with pytest.raises(ServerError, match="broken"):
            await closed_loop(setting, 2, 8)

    async def test_cancelled_it_leaves_no_request(self) -> None:
        gate = asyncio.Event()
        backend = ScriptedBackend(lambda request: Script("Text", gate))
        measuring = asyncio.create_task(
            open_loop(
                Setting(backend, QUESTIONS), Load(0.5, [Arrival(0.0), Arrival(0.0)], 1.0), Turn("normal")
            )
        )
        await backend.until(lambda: backend.in_flight == 2)
        measuring.cancel()
        with pytest.raises(asyncio.CancelledError):
            await measuring
        assert backend.in_flight == 0

    def test_the_capacity_is_what_a_full_engine_finishes(self) -> None:
        async def measure(together: int) -> float:
            setting = Setting(ReplayBackend(profile()), QUESTIONS, shapes=[Shape((50, 50))])
            return await closed_loop(setting, together, 80)

        # eight at once, 100 tokens in steps of 17 ms, beside prompts of about 25 ms
        assert run_virtually(measure(16)) == pytest.approx(8 / (99 * 0.017 + 8 * 0.025), rel=0.1)
        assert run_virtually(measure(1)) == pytest.approx(1 / (99 * 0.010 + 0.025), rel=0.1)

    @pytest.mark.parametrize(
        ("step_s", "tried"),
        [
            pytest.param((0.01, 0.01, 0.04), [16, 32], id="quickest with 16 at once"),
            pytest.param((0.01, 0.01, 0.01), [16, 32, 64], id="quicker with every request"),
        ],
    )
    def test_the_capacity_is_looked_for_only_as_long_as_more_at_once_helps(
        self, step_s: tuple[float, float, float], tried: list[int]
    ) -> None:
        speed = profile(
            max_batch=64,
            step=StepTime(batch=(1, 16, 64), seconds=step_s),
            prefill=PrefillTime(per_token_s=1e-9),
        )
        together: list[int] = []

        async def measure() -> float:
            setting = Setting(ReplayBackend(speed), QUESTIONS, shapes=[Shape((50, 50))])
            return await find_capacity(setting, 64, together.append)

        capacity = run_virtually(measure())
        assert together == tried
        assert capacity == pytest.approx(64 / (100 * step_s[2]), rel=0.2)

    def test_the_idle_time(self) -> None:
        async def measure() -> float:
            setting = Setting(ReplayBackend(profile()), QUESTIONS, shapes=[Shape((50, 50))])
            return await warm_up(setting)

        assert run_virtually(measure()) == pytest.approx(99 * 0.010 + 0.025, rel=0.05)


def report(*rows: Any, model: str = "m") -> LoadReport:
    return LoadReport(
        kind="simulated",
        backend="replay:x",
        model=model,
        machine="",
        started="",
        capacity=1.0,
        idle_s=1.0,
        deadline_s=2.0,
        seed=0,
        arrivals="",
        lengths="forced",
        rows=list(rows),
        against=compare(rows),
    )


def test_the_page_and_its_picture_say_that_it_is_simulated_and_escape() -> None:
    rows = [
        summarise([record(2.0, policy)], duration_s=1.0, deadline_s=1.0)
        for policy in ("normal", "skeleton", "adaptive")
    ]
    made = report(*rows, model='<script>"&')
    root = ElementTree.fromstring(alone(made.curve()))
    texts = [element.text for element in root.iter() if element.text and element.text.strip()]
    assert 'simulated: replay:x, <script>"&' in texts
    assert {"always normal", "always skeleton", "adaptive"} <= set(texts)
    page = made.page().html()
    assert "<script" not in page
    assert "Simulated: all times come from a profile" in page
    assert "Adaptive against the better of the two" in page


@pytest.mark.parametrize("loads", [[0.00001], [0.1, 1.2], [20_000.0]])
def test_the_picture_bears_any_load(loads: list[float]) -> None:
    rows = [summarise([record(2.0, load=load)], duration_s=1.0, deadline_s=1.0) for load in loads]
    assert 5 < len(list(ElementTree.fromstring(report(*rows).curve()).iter())) < 100


def test_the_picture_bears_two_traces_of_one_load_of_which_one_never_ends() -> None:
    row = summarise([record(2.0, load=0.5)], duration_s=1.0, deadline_s=1.0)
    made = report(row, {**row, "total_p50": None, "total_p95": None})
    assert len(list(ElementTree.fromstring(made.curve()).iter())) > 5
    assert made.page().html()


class Finished(NamedTuple):
    """A run in its folder, and the command that made it."""

    command: list[str]
    folder: Path


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("engine") / "engine.json"
    write_profile(file, like_vllm(machine="a made-up machine"))
    return f"replay:{file}"


@pytest.fixture(scope="module")
def only_run(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    out = tmp_path_factory.mktemp("finished") / "run"
    command = ["bench", "load", "--backend", engine, "--loads", "0.5", "--policy", "normal"]
    command += ["--duration", "20", "--capacity", "1.7"]
    assert main([*command, "--out", str(out)]) == 0
    return Finished(command, out)


class TestCommand:
    @pytest.fixture
    def finished(self, only_run: Finished, tmp_path: Path) -> Finished:
        """A finished run of the test's own."""
        out = tmp_path / "run"
        shutil.copytree(only_run.folder, out)
        return Finished([*only_run.command, "--out", str(out)], out)

    def test_a_simulated_run(self, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = tmp_path / "run"
        arguments = ["--backend", engine, "--loads", "0.2,1.2", "--duration", "20", "--out", str(out)]
        assert main(["bench", "load", *arguments]) == 0
        output, errors = capsys.readouterr()
        assert output.startswith("# simulated: replay:engine.json, made-up (simulated)")
        assert "**Simulated: all times come from a profile" in output
        assert "load" in errors.splitlines()[-1]
        rows = [line.split() for line in output.splitlines() if "| adaptive |" in line]
        assert [row[1] for row in rows] == ["20%", "120%"]
        report = json.loads((out / "report.json").read_text())
        assert (report["kind"], report["machine"]) == ("simulated", "a made-up machine")
        assert report["opening"]
        assert "skeletons with an opening" in output
        assert report["capacity"] == pytest.approx(1.7, rel=0.1)
        assert len(report["rows"]) == 6
        assert output.rstrip() == (out / "report.md").read_text().rstrip()
        assert "simulated" in (out / "load.svg").read_text()
        assert "simulated" in (out / "report.html").read_text()
        records = read_answers(out)
        assert len(records) == sum(row["answers"] for row in report["rows"])
        adaptive = [one.answer for one in records if one.strategy == "adaptive"]
        assert any(one is not None and "engine" in one["route"]["reason"] for one in adaptive)

    def test_the_same_command_makes_what_is_missing(
        self, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "run"
        arguments = ["bench", "load", "--backend", engine, "--duration", "20", "--json", "--out", str(out)]

        def run(*more: str) -> tuple[list[tuple[float, str]], int]:
            assert main([*arguments, *more]) == 0
            rows = json.loads(capsys.readouterr().out)["rows"]
            return [(row["load"], row["policy"]) for row in rows], len(read_answers(out))

        first, answers = run("--loads", "0.5", "--policy", "normal")
        assert first == [(0.5, "normal")]
        kept = (out / "answers.jsonl").read_bytes()
        (out / "answers.jsonl").write_bytes(kept[: len(kept) // 2])  # a kill in the middle of a turn
        assert run("--loads", "0.5", "--policy", "normal") == (first, answers)
        again = read_answers(out)
        assert len({one.key for one in again}) == len(again), "every key once"
        assert (out / "answers.jsonl").read_bytes().startswith(kept[: kept.rindex(b"\n", 0, len(kept) // 2)])
        assert run("--loads", "0.5", "--policy", "normal") == (first, answers), "nothing is missing"
        more, _ = run("--loads", "0.8", "--policy", "normal,adaptive")
        assert more == [(0.5, "normal"), (0.8, "normal"), (0.8, "adaptive")]

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            (["--duration", "21"], "another --duration (20.0 there, 21.0 now)"),
            (["--rounds", "2"], "another --rounds"),
            (["--seed", "1"], "another --seed"),
            (["--no-opening"], "another --opening (True there, False now)"),
        ],
    )
    def test_an_unlike_run_is_refused(
        self, finished: Finished, capsys: pytest.CaptureFixture[str], more: list[str], says: str
    ) -> None:
        kept = (finished.folder / "answers.jsonl").read_bytes()
        assert main([*finished.command, *more]) == 2
        assert says in capsys.readouterr().err
        assert (finished.folder / "answers.jsonl").read_bytes() == kept

    def test_another_version_or_other_prompts_are_refused(
        self, finished: Finished, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with monkeypatch.context() as other:
            other.setattr("sot.evals.run.manifest._hash", lambda folder: "0" * 64)
            assert main(finished.command) == 2
        assert "another prompt pack en (" in capsys.readouterr().err
        manifest = finished.folder / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"sot_version": "0.0.1"}))
        assert main(finished.command) == 2
        assert "another version of sot (0.0.1 there, " in capsys.readouterr().err

    def test_the_policies_take_turns_in_rounds(
        self, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "run"
        arguments = ["bench", "load", "--backend", engine, "--loads", "0.5", "--duration", "24"]
        arguments += ["--capacity", "1.7"]
        assert main([*arguments, "--rounds", "3", "--out", str(out)]) == 0
        records = read_answers(out)
        turns = [policy for policy, _ in groupby(records, key=lambda one: one.strategy)]
        assert len(turns) >= 7, "each policy three times; two turns in a row may be the same one's"
        first = {one.strategy for one in records[: len(records) // 3]}
        assert first == {"normal", "skeleton", "adaptive"}
        coming = {
            policy: [
                one.offered.at_s for one in records if one.strategy == policy and one.offered is not None
            ]
            for policy in first
        }
        assert coming["normal"] == coming["skeleton"] == coming["adaptive"] == sorted(coming["normal"])
        assert coming["normal"][-1] > 16, "in the last round, on one clock"
        against = next(line for line in capsys.readouterr().out.splitlines()[::-1] if line.startswith("|"))
        assert re.match(r"\| 50%(\\\*)? +\| [\d.]+ \([\d.]+ to [\d.]+\) +\| ", against)

    def test_a_run_is_a_trace(self, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        trace = tmp_path / "trace.jsonl"
        trace.write_text(
            "".join(json.dumps({"at_s": at, "question": f"Why {at}?"}) + "\n" for at in range(5))
        )
        arguments = ["--backend", engine, "--trace", str(trace), "--policy", "normal", "--json"]
        arguments += ["--capacity", "1.7"]
        assert main(["bench", "load", *arguments]) == 0
        report = json.loads(capsys.readouterr().out)
        assert report["arrivals"] == "5 recorded arrivals"
        assert [row["answers"] for row in report["rows"]] == [5]

    def test_an_earlier_run_is_a_trace_for_each_load(
        self, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        first = tmp_path / "first"
        arguments = ["bench", "load", "--backend", engine, "--json", "--capacity", "1.7"]
        loads = ["--loads", "0.2,0.5", "--duration", "20", "--policy", "normal"]
        assert main([*arguments, *loads, "--out", str(first)]) == 0
        before = json.loads(capsys.readouterr().out)
        trace = ["--trace", str(first / "answers.jsonl"), "--policy", "normal"]
        assert main([*arguments, *trace, "--out", str(first)]) == 2
        assert "unlike runs are not mixed" in capsys.readouterr().err
        assert main([*arguments, *trace]) == 0
        again = json.loads(capsys.readouterr().out)
        normal = [row["answers"] for row in before["rows"] if row["policy"] == "normal"]
        assert [row["answers"] for row in again["rows"]] == normal

    def test_what_was_measured_before_a_failure_is_kept(
        self, server: ScriptServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "run"
        plays = server.default
        assert plays is not None

        async def breaks(exchange: Exchange) -> None:
            numbers = re.findall(r"\(No\. (\d+)\)", str(exchange.body["messages"]))
            whole = int(numbers[-1]) <= 4 + 3  # four questions warm up, then three are in the first trace
            await (plays if whole else status(400, {"error": {"message": "worn out"}}))(exchange)

        server.default = breaks
        trace = tmp_path / "trace.jsonl"
        trace.write_text('{"at_s": 0.1, "load": 1}\n{"at_s": 0.1, "load": 2}\n' * 3)
        arguments = ["--trace", str(trace), "--policy", "normal", "--capacity", "5", "--out", str(out)]
        arguments += ["--drain", "60"]  # usually a few idle answers long, which a busy machine exceeds
        assert main(["bench", "load", "--backend", server.url, *arguments]) == 1
        output, errors = capsys.readouterr()
        assert "worn out" in errors
        assert "| normal |" in output
        assert len(read_answers(out)) == 3

    def test_questions_by_the_name_of_a_set(self, engine: str, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ["--questions", "mixed", "--loads", "0.2", "--duration", "20", "--policy", "normal"]
        arguments += ["--capacity", "1.7"]
        assert main(["bench", "load", "--backend", engine, *arguments, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["rows"][0]["answers"] > 0

    def test_rates(self, engine: str, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = [
            "--rates",
            "0.5",
            "--capacity",
            "2",
            "--duration",
            "30",
            "--policy",
            "normal",
            "--deadline",
            "9",
        ]
        assert main(["bench", "load", "--backend", engine, "--json", *arguments]) == 0
        report = json.loads(capsys.readouterr().out)
        assert (report["rows"][0]["load"], report["capacity"], report["deadline_s"]) == (0.25, 2, 9)

    @pytest.fixture
    def server(self) -> Iterator[ScriptServer]:
        with ScriptServer() as server:
            yield server
            assert server.all_closed()

    def test_a_real_server(
        self, server: ScriptServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        speed = tmp_path / "profile.json"
        write_profile(speed, profile())
        arguments = [
            "--rates",
            "20",
            "--duration",
            "0.5",
            "--drain",
            "60",
            "--together",
            "2",
            "--profile",
            str(speed),
            "--json",
        ]
        assert main(["bench", "load", "--backend", server.url, *arguments]) == 0
        report = json.loads(capsys.readouterr().out)
        assert report["kind"] == "measured"
        assert [row["policy"] for row in report["rows"]] == ["normal", "skeleton", "adaptive"]
        assert all(row["failed"] == row["unfinished"] == 0 for row in report["rows"])
        assert report["rows"][1]["skeleton"] == 1.0

    def test_a_server_that_fails(self, server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
        server.default = status(400, {"error": {"message": "broken"}})
        assert main(["bench", "load", "--backend", server.url, "--duration", "1"]) == 1
        output, errors = capsys.readouterr()
        assert output == ""
        assert errors.splitlines()[-1].endswith(": broken")

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["--loads", "0", "--capacity", "1.7"], "--loads is '0'"),
            (["--rates", "x", "--capacity", "1.7"], "--rates is 'x'"),
            (["--loads", "0.1", "--rates", "1"], "give one of them"),
            (["--policy", "best"], "unknown policy 'best'"),
            (["--duration", "0"], "--duration must be above 0"),
            (["--rounds", "0"], "--rounds must be from 1"),
            (["--deadline", "-1"], "--deadline must be above 0"),
            (["--together", "0"], "--together"),
            (["--trace", "/no/such/file"], "cannot be read"),
            (["--trace", "x", "--duration", "5"], "a trace has its own"),
            (["--profile", "/no/such/file"], "cannot be read"),
            (["--questions", "/no/such/file"], "/no/such/file"),
            (["--questions", "mixd"], "built in are everyday-120, everyday-ja-40, suitable, mixed"),
            (["--engine-arg", "a=1"], "--engine-arg is for torch:, vllm:"),
            (["--loads", "0.001", "--duration", "1", "--capacity", "1.7"], "longer --duration"),
            (["--out", __file__], "is a file"),
        ],
    )
    def test_bad_use(
        self, engine: str, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
    ) -> None:
        assert main(["bench", "load", "--backend", engine, *arguments]) == 2
        output, errors = capsys.readouterr()
        assert output == ""
        assert says in errors.splitlines()[-1]


class TestForcedLengths:
    SHAPE = Shape((20, 30, 25))

    @pytest.mark.parametrize(
        ("policy", "opening"), [("normal", True), ("skeleton", True), ("skeleton", False)]
    )
    def test_the_engine_decodes_as_many_tokens_and_the_text_is_scripted(
        self, policy: Any, opening: bool
    ) -> None:
        async def measure() -> tuple[Any, float]:
            engine = ReplayBackend(like_vllm())  # what it would write by itself is of other lengths
            options = {"opening": opening}
            setting = Setting(ForcedLengths(engine), QUESTIONS, shapes=[self.SHAPE], options=options)
            await setting.asking(policy).answer("Before?", extra=setting.extra(0))  # fills the cache
            answer = await setting.asking(policy).answer("How?", extra=setting.extra(0))
            plain = Setting(engine, QUESTIONS, shapes=[self.SHAPE], options=options)
            other = await plain.asking(policy).answer("How? (again)", extra=plain.extra(0))
            return answer, other.timing.total_s

        answer, simulated_s = run_virtually(measure())
        assert answer.fell_back is None
        written = 75 if policy == "normal" else 75 + 15
        if policy == "skeleton" and opening:  # normal decoding is left when the skeleton is known
            assert answer.usage.requests == 2 + 3
            assert written < answer.usage.completion_tokens < written + 75
        else:
            assert answer.usage.completion_tokens == written
        assert answer.timing.total_s == pytest.approx(simulated_s, rel=0.15)
        if policy == "skeleton":
            assert [point.usage.completion_tokens for point in answer.points] == [20, 30, 25]

    async def test_an_engine_that_does_not_keep_the_length(self) -> None:
        engine = ScriptedBackend(lambda request: Script("Short."))
        setting = Setting(ForcedLengths(engine), QUESTIONS, shapes=[self.SHAPE])
        with pytest.raises(ConfigError, match="does not take ignore_eos"):
            await open_loop(setting, Load(0.5, [Arrival(0.0)], 1.0), Turn("normal"))

    def test_a_server_that_tells_it_after_the_end(self, capsys: pytest.CaptureFixture[str]) -> None:
        with ScriptServer() as server:
            arguments = ["--backend", server.url, "--forced-lengths", "--duration", "1"]
            assert main(["bench", "load", *arguments]) == 2
        assert "does not take ignore_eos" in capsys.readouterr().err
