"""The comparison of routers: what it measures, its table, its command line."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_server import ScriptServer, one_line
from fault_server import status
from scripted import PROMPT_TOKENS, ScriptedBackend, by_stage

from sot.evals.dataset.load import read_questions
from sot.evals.hedging import METHODS, MIXED, Sample, compare, main, report
from sot.router import HybridRouter
from sot.types import Message

ADVICE = "How can I sleep better?"
SUM = "What is 17 + 25?"
SKELETON = "1. Dark room\n2. Less coffee\n"


def engine(letter: str) -> ScriptedBackend:
    return ScriptedBackend(by_stage(SKELETON, route=letter))


async def measured(letter: str, question: str) -> dict[str, Sample]:
    samples = await compare(engine(letter), [question])
    assert [sample.question for sample in samples] == [question] * len(METHODS)
    return {sample.method: sample for sample in samples}


class TestCompare:
    async def test_every_question_in_every_way(self) -> None:
        lines: list[str] = []
        samples = await compare(engine("A"), [ADVICE, SUM], progress=lines.append)
        assert sorted((sample.question, sample.method) for sample in samples) == sorted(
            (question, method) for question in (ADVICE, SUM) for method in METHODS
        )
        assert len(lines) == len(METHODS) + len(samples)

    async def test_who_decided_what(self) -> None:
        own = await measured("B", ADVICE)
        assert (own["hybrid"].strategy, own["hybrid"].router) == ("skeleton", "hybrid")
        assert (own["llm"].strategy, own["llm"].router) == ("normal", "llm")
        assert (own["llm-hedge"].strategy, own["llm-hedge"].router) == ("normal", "llm")
        assert all(0 <= sample.route_s <= sample.first_text_s <= sample.total_s for sample in own.values())

    async def test_what_was_aborted_counts(self) -> None:
        own = await measured("B", ADVICE)
        assert own["hybrid"].requests == 3
        assert own["llm"].requests == 2
        assert own["llm-hedge"].requests > 2
        assert own["llm"].prompt_tokens == 2 * PROMPT_TOKENS
        assert own["llm-hedge"].completion_tokens >= own["llm"].completion_tokens

    async def test_a_reply_that_is_no_letter(self) -> None:
        own = await measured("Sleep", ADVICE)
        assert (own["llm"].strategy, own["llm"].router) == ("skeleton", "hybrid")

    async def test_the_same_seed_gives_the_same_order(self) -> None:
        questions = [ADVICE, SUM, "Write a poem about tea."]
        one, again = [await compare(engine("A"), questions, seed=7) for _ in range(2)]
        assert [sample.method for sample in one] == [sample.method for sample in again]


def sample(question: str, method: str, **values: object) -> Sample:
    """A sample with round numbers."""
    base = Sample(
        question=question,
        method=method,
        strategy="skeleton",
        router="hybrid" if method == "hybrid" else "llm",
        route_s=0.0 if method == "hybrid" else 0.5,
        first_text_s=1.0,
        total_s=4.0,
        requests=4,
        prompt_tokens=100,
        completion_tokens=200,
    )
    return dataclasses.replace(base, **values)  # pyright: ignore[reportArgumentType] - a test's few fields


SAMPLES = (
    sample("a", "hybrid"),
    sample("a", "llm", first_text_s=1.5, total_s=5.0, prompt_tokens=150),
    sample("a", "llm-hedge", first_text_s=1.2, prompt_tokens=300, completion_tokens=300),
    sample("b", "hybrid", strategy="normal"),
    sample("b", "llm", first_text_s=2.0, total_s=6.0, prompt_tokens=200, strategy="cot"),
    sample("b", "llm-hedge", first_text_s=2.0, total_s=6.0, prompt_tokens=400, strategy="cot"),
    sample("c", "hybrid"),
    sample("c", "llm", first_text_s=1.1, total_s=4.4, router="hybrid"),
    sample("c", "llm-hedge", first_text_s=0.9, total_s=4.2, router="hybrid"),
)


def cells(table: str, name: str) -> list[str]:
    (row,) = (line for line in table.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in row.strip("|").split("|")][1:]


class TestReport:
    def test_medians_and_extremes(self) -> None:
        table = report(SAMPLES)
        assert cells(table, "llm")[:3] == [
            "0.500 (0.500 to 0.500)",
            "1.50 (1.10 to 2.00)",
            "5.00 (4.40 to 6.00)",
        ]
        assert cells(table, "llm-hedge")[4] == "300 (100 to 400)"

    def test_differences_and_ratios_are_question_by_question(self) -> None:
        table = report(SAMPLES)
        assert cells(table, "llm against hybrid") == [
            "0.50 (0.10 to 1.00)",
            "1.25 (1.10 to 1.50)x",
            "1.50 (1.00 to 2.00)x",
            "1.00 (1.00 to 1.00)x",
            "2 of 3",
        ]
        assert cells(table, "llm-hedge against llm")[0] == "-0.20 (-0.30 to 0.00)"
        assert cells(table, "llm-hedge against llm")[2] == "2.00 (1.00 to 2.00)x"

    def test_what_hedging_does_for_each_strategy(self) -> None:
        table = report(SAMPLES)
        assert "- skeleton chosen (2): first text later than llm's by -0.25 (-0.30 to -0.20) s" in table
        assert "- cot chosen (1): first text later than llm's by 0.00 (0.00 to 0.00) s" in table
        assert "normal chosen" not in table

    def test_how_often_the_model_gave_a_letter(self) -> None:
        assert "llm: 2 of 3 replies were a letter, 1 of these agree with hybrid" in report(SAMPLES)
        none = [dataclasses.replace(one, router="hybrid") for one in SAMPLES]
        assert "llm: 0 of 3 replies were a letter; hybrid decided instead" in report(none)

    def test_nothing_to_compare_with(self) -> None:
        silent = [dataclasses.replace(one, prompt_tokens=0) for one in SAMPLES]
        assert cells(report(silent), "llm against hybrid")[2] == "unknown"


async def test_the_questions_are_of_all_kinds() -> None:
    questions = read_questions(MIXED)
    routes = [await HybridRouter().route([Message("user", question)]) for question in questions]
    for strategy in ("skeleton", "normal", "cot"):
        assert sum(route.strategy == strategy for route in routes) >= 4


class TestCommandLine:
    @pytest.fixture
    def server(self) -> Iterator[ScriptServer]:
        with ScriptServer() as server:
            yield server
            assert server.all_closed()

    def test_a_run(self, server: ScriptServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file, questions = tmp_path / "samples.json", tmp_path / "questions.txt"
        questions.write_text(f"{ADVICE}\n{SUM}\n{ADVICE}\n")
        arguments = ["--backend", server.url, "--questions", str(questions), "--json", str(file)]
        assert main(arguments) == 0
        output, errors = capsys.readouterr()
        assert output.startswith(f"{server.url}, scripted, 2 questions\n")
        assert cells(output, "llm-hedge against llm")
        assert len(errors.splitlines()) == 3 + 2 * 3
        samples = [Sample(**entry) for entry in json.loads(file.read_text())]
        assert len(samples) == 2 * len(METHODS)

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["--limit", "0"], "--limit must be at least 1"),
            (["--questions", "/no/such/file"], "/no/such/file"),
            (["--backend", "nonsense:"], "no engine for the backend"),
            (["--json", "/no/such/folder/file"], "/no/such/folder"),
        ],
    )
    def test_bad_use(self, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
        assert main(["--backend", "http://127.0.0.1:9/v1", *arguments]) == 2
        output, errors = capsys.readouterr()
        assert output == ""
        assert says in one_line(errors)

    def test_an_engine_that_fails(self, server: ScriptServer, capsys: pytest.CaptureFixture[str]) -> None:
        server.default = status(400, {"error": {"message": "broken"}})
        assert main(["--backend", server.url]) == 1
        output, errors = capsys.readouterr()
        assert output == ""
        assert "broken" in one_line(errors)
