"""The latency comparison: what it measures, its table, its command line."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_server import QUESTION, ScriptServer, one_line
from fault_server import status
from scripted import Script, ScriptedBackend, by_stage, made

from sot import SkeletonOfThought
from sot.errors import EmptyAnswerError, ServerError
from sot.evals.bench.interleave import compare
from sot.evals.latency.command import main
from sot.evals.latency.plain import report
from sot.evals.measure.measure import measure
from sot.evals.measure.sample import Sample
from sot.types import Usage

SKELETON = Script("1. Sleep early\n", "2. Eat well\n", usage=Usage(100, 60, 8, 1))


def point(text: str, tokens: int, *, finish: str = "stop") -> Script:
    """A point's request that costs so many tokens."""
    return Script(text, usage=Usage(10, 5, tokens, 1), finish_reason=finish)  # pyright: ignore[reportArgumentType]


def engine(points: dict[int, object], *, skeleton: object = SKELETON) -> SkeletonOfThought:
    """An engine with these points; its normal answer has seven tokens."""
    normal = Script("A normal answer.", usage=Usage(20, 0, 7, 1))
    return made(ScriptedBackend(by_stage(skeleton, points, normal)))  # pyright: ignore[reportArgumentType]


class TestMeasure:
    async def test_the_skeleton_is_not_useful(self) -> None:
        sot = engine({1: point("Go to bed.", 4), 2: point("Eat greens.", 3)})
        sample = await measure(sot, QUESTION, "skeleton")
        assert sample.useful_tokens == 7
        assert sample.completion_tokens == 15
        assert (sample.prompt_tokens, sample.cached_tokens, sample.points) == (120, 70, 2)
        assert (sample.question, sample.method, sample.fell_back) == (QUESTION, "skeleton", None)
        assert 0 < sample.first_text_s <= sample.total_s

    async def test_what_was_trimmed_is_not_useful(self) -> None:
        kept, cut = "A whole sentence.", " And half of"
        gate = asyncio.Event()
        first = Script("Eat", gate, " greens.", usage=Usage(10, 5, 3, 1))
        points = {1: first, 2: point(kept + cut, 10, finish="length")}
        backend = ScriptedBackend(by_stage(SKELETON, points))
        measuring = asyncio.create_task(measure(made(backend), QUESTION, "skeleton"))
        await backend.until(
            lambda: any(one.index == 2 and one.state == "finished" for one in backend.requests)
        )
        gate.set()  # the reader has not seen point 2 yet, so that it can be trimmed
        sample = await measuring
        assert sample.useful_tokens == pytest.approx(3 + 10 * len(kept) / len(kept + cut))

    async def test_a_point_that_is_missing_is_not_useful(self) -> None:
        sot = engine(
            {1: point("Go to bed.", 4), 2: [point(" ", 5), point("", 6), ServerError("no", status=500)]}
        )
        sample = await measure(sot, QUESTION, "skeleton")
        assert sample.useful_tokens == 4
        assert sample.completion_tokens >= 8 + 4 + 5

    async def test_a_normal_answer_is_all_useful(self) -> None:
        sample = await measure(engine({}), QUESTION, "normal")
        assert (sample.useful_tokens, sample.completion_tokens, sample.points) == (7, 7, 0)

    async def test_an_empty_answer_is_an_error(self) -> None:
        sot = made(ScriptedBackend(by_stage(normal=Script("\n", usage=Usage(20, 0, 1, 1)))))
        with pytest.raises(EmptyAnswerError):
            await measure(sot, QUESTION, "normal")

    async def test_a_skeleton_that_was_given_up_is_not(self) -> None:
        prose = Script("I would rather write prose than a list, as one does.", usage=Usage(100, 0, 12, 1))
        sample = await measure(engine({}, skeleton=prose), QUESTION, "skeleton")
        assert (sample.useful_tokens, sample.completion_tokens) == (7, 19)
        assert sample.fell_back == "the model wrote no list of points"


def sample(question: str, method: str, total_s: float, **more: object) -> Sample:
    """A sample with round numbers."""
    base = Sample(
        question=question,
        method=method,
        first_text_s=0.5,
        total_s=total_s,
        useful_tokens=100.0,
        completion_tokens=120,
        prompt_tokens=50,
        cached_tokens=0,
        points=0,
        fell_back=None,
    )
    return dataclasses.replace(base, **more)  # pyright: ignore[reportArgumentType]


def cells(table: str, method: str, *, ratios: bool = False) -> list[str]:
    """The cells of a method's row: that of its own numbers, or that of the ratios."""
    rows = [line for line in table.splitlines() if line.startswith(f"| {method} |")]
    return [cell.strip() for cell in rows[ratios].strip("|").split("|")]


class TestReport:
    samples = (
        sample("a", "normal", 10.0),
        sample("a", "skeleton", 5.0, first_text_s=0.7, points=4, prompt_tokens=200, cached_tokens=150),
        sample("b", "skeleton", 4.0, useful_tokens=40.0, points=2, prompt_tokens=100, cached_tokens=75),
        sample("b", "normal", 10.0, first_text_s=0.6),
        sample("c", "normal", 10.0, useful_tokens=50.0),
        sample("c", "skeleton", 20.0, fell_back="prose", prompt_tokens=100, cached_tokens=75),
    )

    def test_medians_and_extremes(self) -> None:
        assert cells(report(self.samples, ["normal", "skeleton"]), "skeleton") == [
            *("skeleton", "0.50 (0.50 to 0.70)", "5.00 (4.00 to 20.00)", "100 (40 to 100)"),
            *("10 (5 to 20)", "75%", "2.0", "1"),
        ]

    def test_ratios_are_taken_question_by_question(self) -> None:
        # useful tokens/s: 20, 10 and 5 against 10, 10 and 5; total: twice, 2.5 times, half as quick
        assert cells(report(self.samples, ["normal", "skeleton"]), "skeleton", ratios=True) == [
            *("skeleton", "1.00 (1.00 to 2.00)x", "2.00 (0.50 to 2.50)x sooner"),
            *("0.00 (-0.10 to 0.20)", "2.0 (2.0 to 4.0)x"),
        ]

    def test_valid_skeletons_are_counted(self) -> None:
        table = report(self.samples, ["normal", "skeleton"])
        assert "skeleton: 1 of 3 skeletons valid (3 points or more)" in table
        assert "over 3 questions" in table

    def test_one_method_has_no_ratios(self) -> None:
        table = report(self.samples, ["normal"])
        assert "against" not in table
        assert cells(table, "normal")[5:] == ["0%", "0.0", "0"]

    def test_an_engine_that_tells_nothing_and_writes_nothing(self) -> None:
        silent = {"useful_tokens": 0.0, "prompt_tokens": 0}
        table = report(
            [sample("a", "normal", 1.0, **silent), sample("a", "skeleton", 1.0, **silent)],
            ["normal", "skeleton"],
        )
        assert cells(table, "normal")[5] == "unknown"
        assert "nan" not in table
        assert cells(table, "skeleton", ratios=True)[1] == "unknown"


async def test_every_question_meets_every_method_after_a_warm_up() -> None:
    lines: list[str] = []
    sot = engine({})
    samples = await compare(sot, ["a?", "b?"], ["normal", "skeleton"], progress=lines.append)
    assert [line.partition(":")[0] for line in lines[:2]] == ["warm-up", "warm-up"]
    assert {(sample.question, sample.method) for sample in samples} == {
        (question, method) for question in ("a?", "b?") for method in ("normal", "skeleton")
    }
    again = await compare(sot, ["a?", "b?"], ["normal", "skeleton"])
    assert [sample.method for sample in samples] == [sample.method for sample in again]


class TestCommandLine:
    @pytest.fixture
    def server(self) -> Iterator[ScriptServer]:
        with ScriptServer() as server:
            yield server
            assert server.all_closed()

    @pytest.fixture
    def questions(self, tmp_path: Path) -> Path:
        path = tmp_path / "questions.txt"
        path.write_text("How can I sleep better?\nWhat is tea?\nHow can I sleep better?\n")
        return path

    def test_a_run(
        self, server: ScriptServer, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "samples.json"
        methods = "normal, skeleton-no-opening,skeleton-waiting,skeleton-compact,skeleton-paper"
        arguments = ["--backend", server.url, "--questions", str(questions), "--json", str(file)]
        assert main([*arguments, "--methods", methods]) == 0
        output, errors = capsys.readouterr()
        assert output.startswith(f"{server.url}, scripted, 2 questions\n")
        assert cells(output, "skeleton-paper", ratios=True)
        assert len(errors.splitlines()) == 5 + 2 * 5
        samples = [Sample(**entry) for entry in json.loads(file.read_text())]
        assert len(samples) == 10
        assert {sample.points for sample in samples if sample.method == "skeleton-no-opening"} == {3}

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["--methods", "magic"], "unknown method 'magic': known are normal, skeleton,"),
            (["--methods", ","], "known are normal, skeleton,"),
            (["--limit", "0"], "--limit must be at least 1"),
            (["--questions", "/no/such/file"], "the questions cannot be read"),
            (["--max-tokens", "0"], "max_tokens is 0"),
            (["--backend", "nonsense:"], "no engine for the backend"),
            (["--json", "/no/such/folder/file"], "/no/such/folder"),
        ],
    )
    def test_bad_use(self, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
        assert main(["--backend", "http://127.0.0.1:9/v1", *arguments]) == 2
        output, errors = capsys.readouterr()
        assert output == ""
        assert says in one_line(errors)

    def test_methods_named_twice_are_measured_once(
        self, server: ScriptServer, questions: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ["--backend", server.url, "--questions", str(questions), "--limit", "1"]
        assert main([*arguments, "--methods", "normal,normal"]) == 0
        assert len(server.completions) == 2
        assert "against" not in capsys.readouterr().out

    def test_an_engine_that_fails(self, server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
        server.default = status(400, {"error": {"message": "broken"}})
        assert main(["--backend", server.url]) == 1
        output, errors = capsys.readouterr()
        assert output == ""
        assert "broken" in one_line(errors)
