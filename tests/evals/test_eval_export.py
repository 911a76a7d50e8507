"""Answers in the formats of other tools, read back as those tools read them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from cli_server import one_line
from made_run import made_answer, made_record, write_run

from sot.cli import main
from sot.evals.dataset.question import QuestionSetInfo
from sot.evals.run.folder import RunFolder
from sot.evals.run.machine import Machine, Session
from sot.evals.run.manifest import EvalManifest
from sot.evals.run.records import AnswerRecord

TIME = "2025-03-01T12:00:00+00:00"


def record(question_id: str, strategy: str, repeat: int = 1, **changes: object) -> AnswerRecord:
    fields: dict[str, object] = {
        "question_id": question_id,
        "strategy": strategy,
        "repeat": repeat,
        "category": "travel",
        "question": f"Where to, {question_id}?",
        "status": "done",
        "answer": {"text": f"To 日本, {question_id} {strategy} {repeat}.\nAnd back."},
        "started_at": TIME,
    }
    return AnswerRecord.model_validate({**fields, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    machine = Machine(cpu="x", cores=1)
    manifest = EvalManifest(
        sot_version="0",
        backend="torch:",
        model="org/Some Model:7b",
        strategies=["normal", "skeleton", "cot"],
        questions=QuestionSetInfo(name="q", sha256="0", count=3, format="text"),
        question_ids=["81", "x-1"],
        settings={},
        prompts={},
        sessions=[Session(started_at=TIME, python="3", platform="x", packages={}, machine=machine)],
        created_at=TIME,
    )
    with RunFolder(tmp_path / "run", EvalManifest) as run:
        run.begin(manifest)
        run.append(record("81", "normal", 2))
        run.append(record("81", "normal"))
        run.append(record("x-1", "normal"))
        run.append(record("81", "skeleton", status="failed", answer=None, error="gone"))
        run.append(record("x-1", "skeleton", answer={"text": "first try"}))
        run.append(record("x-1", "skeleton", attempt=2, answer={"text": "second try"}))
    return tmp_path / "run"


def load_model_answers(place: Path) -> dict[str, dict[Any, Any]]:
    """Read as FastChat's judge does: a file a model, its answers by question id."""
    answers: dict[str, dict[Any, Any]] = {}
    for path in sorted(place.glob("*.jsonl")):
        lines = [json.loads(line) for line in path.read_text("ascii").splitlines()]
        answers[path.stem] = {line["question_id"]: line for line in lines}
    return answers


def test_fastchat(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "export", str(folder), "--format", "fastchat"]) == 0
    answers = load_model_answers(folder / "fastchat" / "model_answer")
    assert set(answers) == {"org_Some_Model_7b-normal", "org_Some_Model_7b-skeleton"}
    normal = answers["org_Some_Model_7b-normal"]
    assert set(normal) == {81, "x-1"}, "numbers are numbers again, as in the question file"
    assert normal[81]["model_id"] == "org_Some_Model_7b-normal"
    assert normal[81]["choices"] == [
        {"index": 0, "turns": ["To 日本, 81 normal 1.\nAnd back."]},
        {"index": 1, "turns": ["To 日本, 81 normal 2.\nAnd back."]},
    ]
    assert normal[81]["tstamp"] == 1740830400.0
    assert normal[81]["answer_id"] != normal["x-1"]["answer_id"]
    skeleton = answers["org_Some_Model_7b-skeleton"]
    assert [choice["turns"] for choice in skeleton["x-1"]["choices"]] == [["second try"]]
    said = capsys.readouterr().out
    assert "org_Some_Model_7b-skeleton.jsonl: 1 answers; 1 failed ones left out" in said


def test_alpaca(folder: Path, tmp_path: Path) -> None:
    assert main(["eval", "export", str(folder), "-f", "alpaca", "--to", str(tmp_path / "a" / "b")]) == 0
    outputs = json.loads((tmp_path / "a" / "b" / "org_Some_Model_7b-normal.json").read_text())
    assert outputs == [
        {
            "dataset": "travel",
            "instruction": f"Where to, {name}?",
            "output": f"To 日本, {name} normal 1.\nAnd back.",
            "generator": "org_Some_Model_7b-normal",
        }
        for name in ("81", "x-1")
    ]
    assert not (tmp_path / "a" / "b" / "org_Some_Model_7b-cot.json").exists()


def test_an_answer_that_lacks_something_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = {name: value for name, value in made_answer("Yes.").items() if name != "route"}
    run = write_run(tmp_path / "run", [made_record("q1", "normal", answer)])
    assert main(["eval", "export", str(run), "-f", "inspect"]) == 2
    assert "the answer to q1 by normal cannot be read: route" in capsys.readouterr().err


def test_inspect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Read as `inspect_ai.log.read_eval_log` does; the library itself reads it, too, where it is there."""
    answer = made_answer("The result is 42.", total_s=4.0, points=["a", "b"], strategy="skeleton")
    asked = {"reference": "42", "kind": "number", "category": "math"}
    records = [
        made_record("q1", "skeleton", {**answer, "text": "The result is 42."}, **asked),
        made_record("q2", "skeleton", None, **asked),
    ]
    run = write_run(tmp_path / "run", records)
    assert main(["eval", "export", str(run), "-f", "inspect"]) == 0
    assert "2 answers; 1 of them failed" in capsys.readouterr().out
    path = run / "inspect" / "made-up-skeleton.json"
    log = json.loads(path.read_text())
    assert (log["version"], log["status"]) == (2, "success")
    assert (log["eval"]["task"], log["eval"]["dataset"]["samples"]) == ("made-up", 2)
    done, failed = log["samples"]
    assert (done["id"], done["epoch"], done["input"], done["target"]) == ("q1", 1, "What about q1?", "42")
    assert [turn["role"] for turn in done["messages"]] == ["user", "assistant"]
    assert done["output"]["choices"][0]["message"]["content"] == "The result is 42."
    assert done["output"]["usage"]["total_tokens"] == 130
    assert (done["total_time"], done["metadata"]["first_text_s"]) == (4.0, 0.4)
    assert done["metadata"]["points"] == ["Point 1", "Point 2"]
    assert done["scores"]["exact"] == {"value": "C", "answer": "42"}
    assert failed["error"]["message"] == "the engine is gone"
    assert "output" not in failed
    assert main(["eval", "export", str(run), "-f", "inspect"]) == 0, "an earlier export gives way"
    if importlib.util.find_spec("inspect_ai") is not None:
        from inspect_ai.log import read_eval_log  # pyright: ignore

        assert len(read_eval_log(str(path)).samples) == 2  # pyright: ignore


def test_what_was_exported_can_be_asked_again(folder: Path, tmp_path: Path) -> None:
    """AlpacaEval's outputs are also a question set."""
    from sot.evals.dataset import load_questions

    main(["eval", "export", str(folder), "-f", "alpaca", "--to", str(tmp_path)])
    found = load_questions(str(tmp_path / "org_Some_Model_7b-normal.json"))
    assert found.format == "alpacaeval"
    assert [question.question for question in found.questions] == ["Where to, 81?", "Where to, x-1?"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere", "-f", "alpaca"], "nowhere: no run there"),
        (["{run}", "-f", "xml"], "--format is 'xml'; it must be one of fastchat, alpaca, inspect"),
        (["{run}"], "Missing option '--format'"),
    ],
)
def test_bad_use(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    assert main(["eval", "export", *(part.format(run=folder) for part in arguments)]) == 2
    assert says in one_line(capsys.readouterr().err)


def test_a_run_without_answers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "answers.jsonl").unlink()
    assert main(["eval", "export", str(folder), "-f", "alpaca"]) == 2
    assert "no answers to export" in one_line(capsys.readouterr().err)
