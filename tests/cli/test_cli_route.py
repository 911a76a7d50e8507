"""`sot route`: which strategy, why, and how sure."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_here import sot_here
from cli_server import one_line, run_sot

from sot.cli import main
from sot.router.corpus import Entry, load_corpus
from sot.types import Message

ADVICE = "How can I sleep better?"
SUM = "What is 17 + 25?"
KEYS = ["question", "strategy", "confidence", "reason", "router", "seconds"]

Lines = Callable[..., list[str]]


def asked(question: str) -> tuple[Message, ...]:
    return (Message("user", question),)


@pytest.fixture
def route(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Lines:
    """Runs `sot route` in this process and gives the lines of its output."""

    def route(*arguments: str, stdin: bytes = b"") -> list[str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        assert main(["route", *arguments]) == 0
        output, errors = capsys.readouterr()
        assert errors == ""
        return output.splitlines()

    return route


def test_for_people(route: Lines) -> None:
    advice, calculation = route(ADVICE, SUM)
    assert re.fullmatch(rf"skeleton: asks for advice \(hybrid, \d\d% sure\): {re.escape(ADVICE)}", advice)
    assert re.fullmatch(rf"cot: holds a calculation \(hybrid, \d\d% sure\): {re.escape(SUM)}", calculation)


def test_the_contract(route: Lines) -> None:
    first, second = (json.loads(line) for line in route(ADVICE, SUM, "--json"))
    assert list(first) == list(second) == KEYS
    assert (first["question"], first["strategy"], first["router"]) == (ADVICE, "skeleton", "hybrid")
    assert (second["question"], second["strategy"]) == (SUM, "cot")
    assert 0 <= first["confidence"] <= 1
    assert first["seconds"] >= 0
    assert first["reason"]


def test_lines_and_json_lines(route: Lines) -> None:
    stdin = f"{ADVICE}\r\n\n  \n{json.dumps({'id': 1, 'question': SUM})}\n日本語 \u2028?".encode()
    assert [json.loads(line)["question"] for line in route("--json", stdin=stdin)] == [
        ADVICE,
        SUM,
        "日本語 \u2028?",
    ]


def test_a_question_of_several_lines_is_one_line_of_output(route: Lines) -> None:
    assert len(route("--", "Two\nlines\u2028three?", "--json")) == 2
    assert len(route("--json", "Two\nlines?")) == 1


@pytest.mark.parametrize("stdin", [b"", b"\n\n"])
def test_nothing_asked_nothing_said(route: Lines, stdin: bytes) -> None:
    assert route(stdin=stdin) == []


def test_many_questions(route: Lines) -> None:
    questions = [f"{ADVICE} ({number})" for number in range(2000)]
    lines = route("--json", stdin="\n".join(questions).encode())
    assert [json.loads(line)["question"] for line in lines] == questions


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"question": ', "line 3 of the input is not JSON"),
        (b'{"text": "Hi"}', 'line 3 of the input has no text field "question"'),
        (b'{"question": 3}', 'line 3 of the input has no text field "question"'),
        (b'{"question": ' + b"[" * 100_000, "line 3 of the input is not JSON"),
    ],
)
def test_a_bad_line_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: bytes, says: str
) -> None:
    stdin = b"Hi\n\n" + line + b"\nHello\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
    assert main(["route", "--json"]) == 2
    output, errors = capsys.readouterr()
    assert [json.loads(line)["question"] for line in output.splitlines()] == ["Hi"]
    assert says in one_line(errors)


def test_no_such_router(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["route", "--router", "dice", "Hi"]) == 2
    assert (
        one_line(capsys.readouterr().err)
        == "sot: no router 'dice': it must be one of hybrid, rules, trained, llm"
    )


@pytest.mark.parametrize("router", ["hybrid", "rules", "trained"])
def test_a_router_by_name(route: Lines, router: str) -> None:
    (line,) = route("--router", router, "--json", SUM)
    assert (json.loads(line)["router"], json.loads(line)["strategy"]) == (router, "cot")


@pytest.mark.parametrize("router", ["hybrid", "rules", "trained"])
def test_the_figures_on_labelled_questions(route: Lines, tmp_path: Path, router: str) -> None:
    labelled = tmp_path / "labelled.jsonl"
    history = [{"role": "user", "content": ADVICE}, {"role": "assistant", "content": "1. Less coffee."}]
    lines = [
        {"question": "What are some tips for keeping bees?", "route": "skeleton"},
        {"question": SUM, "route": "cot"},
        {"question": "Thanks!", "route": "normal", "history": history},
        {"question": SUM + " ", "route": "normal"},
    ]
    labelled.write_text("\n".join(map(json.dumps, lines)))
    printed = route("--eval", str(labelled), "--router", router)
    assert printed[0] == f"{router}: 3 of 4 right (75.0%)"
    assert "macro-F1 0.778" in printed  # 1, 2/3 and 2/3
    for words in ("precision", "AUC of skeleton", "calibration error", "milliseconds a question"):
        assert any(words in line for line in printed)


def test_rows_for_languages_turns_and_kinds(route: Lines, tmp_path: Path) -> None:
    labelled = tmp_path / "labelled.jsonl"
    lines = [
        {"question": ADVICE, "route": "skeleton", "language": "en", "category": "advice"},
        {"question": SUM, "route": "normal", "language": "en", "category": "arithmetic"},
    ]
    labelled.write_text("\n".join(map(json.dumps, lines)))
    printed = [" ".join(line.split()) for line in route("--eval", str(labelled))]
    rows = printed[printed.index("language | questions right macro-F1 | routed to skeleton normal cot") :]
    assert rows[1] == "en | 2 50.0% 0.500 | 1 0 1"
    assert "first question | 2 50.0% 0.500 | 1 0 1" in rows
    assert rows[-2:] == ["advice | 1 100.0% | 1 0 0", "arithmetic | 1 0.0% | 0 0 1"]


CORPUS = [
    Entry(asked(ADVICE), "skeleton", "en", "music", "advice"),
    Entry(asked(SUM), "cot", "en", "music", "arithmetic"),
    Entry(asked("What is 3 + 4?"), "cot", "en", "camping", "arithmetic"),  # for calibration
    Entry(asked("What is 3 + 5?"), "cot", "en", "gardens", "arithmetic"),  # for training
]


def test_the_held_out_topics_go_by_a_name(route: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sot.router.corpus.load_corpus", lambda: CORPUS)
    printed = route("--eval", "heldout")
    assert printed[0] == "hybrid: 2 of 2 right (100.0%)"
    assert any(re.match(r" +arithmetic \| +1 100.0%", line) for line in printed)


def test_there_are_held_out_topics() -> None:
    held = [entry for entry in load_corpus() if entry.split == "heldout"]
    assert {"en", "ja"} <= {entry.language for entry in held}
    assert {entry.route for entry in held} == {"skeleton", "normal", "cot"}


def test_a_file_of_that_name_comes_first(
    route: Lines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("heldout").write_text(json.dumps({"question": SUM, "route": "cot"}))
    assert route("--eval", "heldout")[0] == "hybrid: 1 of 1 right (100.0%)"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--eval", "FILE"], "FILE:1: the field route must be one of skeleton, normal, cot"),
        (["--eval", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--eval", "FILE", ADVICE], "leave out questions"),
    ],
)
def test_figures_that_cannot_be_had(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], says: str
) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"question": "Hi"}')
    assert main(["route", *(argument.replace("FILE", str(file)) for argument in arguments)]) == 2
    assert says.replace("FILE", str(file)) in one_line(capsys.readouterr().err)


def test_a_dash_stands_for_standard_input(route: Lines) -> None:
    lines = route(SUM, "-", "--json", stdin=f"{ADVICE}\n".encode())
    assert [json.loads(line)["question"] for line in lines] == [SUM, ADVICE]


def test_a_dash_without_a_question() -> None:
    done = sot_here("route", "-", stdin=b"\n")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "standard input has none" in one_line(done.stderr)


def test_as_a_process() -> None:
    done = run_sot("route", "Is \xff here?", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["question"] == "Is \xff here?"
