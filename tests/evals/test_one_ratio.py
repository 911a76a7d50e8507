"""The same synthetic times through every command that prints a ratio give one number, the right one.

A command joins by one function in `COMMANDS`: it puts the times where the command reads them, runs what the
command runs, and returns the ratio of normal's times over the skeleton's as it is printed.
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from made_run import made_answer, made_record, write_run

from sot.cli import main
from sot.evals.report.load import figures, load_table
from sot.evals.run.records import AnswerRecord, Offered
from sot.evals.simulate.fleet import EXAMPLE

Times = Mapping[str, Mapping[str, tuple[float, ...]]]  # of each method the seconds of each question's repeats
Printed = Callable[[Path, Times, pytest.CaptureFixture[str]], str]

# Of each question the true ratio, and the seconds of normal decoding. One repetition of the skeleton is twice
# as slow as that and one twice as fast: an arithmetic mean of the two would make 1.25 times of each ratio.
RATIOS = {"a": (0.8, 60.0), "b": (1.0, 2.0), "c": (1.2, 50.0), "d": (1.5, 45.0)}
RATIOS |= {"e": (2.0, 5.0), "f": (3.0, 6.0), "g": (4.0, 40.0)}
TIMES: Times = {
    "normal": {name: (seconds, seconds) for name, (_, seconds) in RATIOS.items()},
    "skeleton": {
        name: (2 * seconds / ratio, seconds / ratio / 2) for name, (ratio, seconds) in RATIOS.items()
    },
}
RIGHT = "1.50x"


def test_other_ways_would_give_other_numbers() -> None:
    pairs = [list(zip(TIMES["normal"][name], TIMES["skeleton"][name], strict=True)) for name in RATIOS]
    arithmetic = statistics.median(statistics.fmean(one / two for one, two in own) for own in pairs)
    single = [one / two for own in pairs for one, two in own]
    medians = [statistics.median(part) for part in zip(*(pair for own in pairs for pair in own), strict=True)]
    others = arithmetic, statistics.median(single), statistics.fmean(single), medians[0] / medians[1]
    assert all(abs(other - 1.5) > 0.1 for other in others), others


def records(times: Times) -> list[AnswerRecord]:
    return [
        made_record(
            question,
            method,
            made_answer("Some words.", strategy=method, total_s=seconds),
            repeat=repeat,
        )
        for method, own in times.items()
        for question, repeats in own.items()
        for repeat, seconds in enumerate(repeats, 1)
    ]


def eval_report(folder: Path, times: Times, capsys: pytest.CaptureFixture[str]) -> str:
    write_run(folder, records(times), repeat=2)
    assert main(["eval", "report", str(folder)]) == 0
    said = capsys.readouterr().out
    (row,) = re.findall(r"^\| skeleton +\| 14 +\|.*\|$", (folder / "report.md").read_text(), re.MULTILINE)
    shown = row.split("|")[5].split()[0]
    assert f"came {shown} as fast" in said
    return shown


def eval_compare(folder: Path, times: Times, capsys: pytest.CaptureFixture[str]) -> str:
    for name in ("normal", "skeleton"):  # each a run of its own, which goes by the same name in both
        write_run(folder / name, records({"normal": times[name]}), repeat=2)
    assert main(["eval", "compare", str(folder / "normal"), str(folder / "skeleton")]) == 0
    (row,) = re.findall(r"^\| normal +\| 7 +\|.*\|$", capsys.readouterr().out, re.MULTILINE)
    return row.split("|")[5].split()[0]


def bench_latency(folder: Path, times: Times, capsys: pytest.CaptureFixture[str]) -> str:
    questions = folder / "questions.txt"
    questions.write_text("\n".join(RATIOS))
    command = ["bench", "latency", "--backend", f"replay:{EXAMPLE}", "--questions", str(questions)]
    command += [
        "--methods",
        "normal,skeleton",
        "--repeat",
        "2",
        "--lengths",
        "normal=9,skeleton=4,points=2x4",
    ]
    command += ["--out", str(folder / "run")]
    assert main(command) == 0
    lines = [json.loads(line) for line in (folder / "run" / "answers.jsonl").read_text().splitlines()]
    for line in lines:
        seconds = times[line["strategy"]][line["question"]][line["repeat"] - 1]
        line["answer"]["timing"]["total_s"] = seconds
    (folder / "run" / "answers.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    capsys.readouterr()
    assert main(command) == 0  # every answer is there: it reports them
    table = capsys.readouterr().out.partition("### Against normal decoding")[2]
    row = re.findall(r"^\| skeleton +\|.*$", table, re.MULTILINE)[0]
    return row.split("|")[2].split()[0]


def bench_load(folder: Path, times: Times, capsys: pytest.CaptureFixture[str]) -> str:
    offered = Offered(load=0.5, at_s=0.0)
    answers = {
        method: [[one.model_copy(update={"offered": offered}) for one in records({method: own})]]
        for method, own in times.items()
    }
    rows, _ = figures(answers, duration_s=100.0, deadline_s=50.0)
    (row,) = re.findall(r"^\| 50% +\| skeleton \|.*\|$", load_table(rows).markdown(), re.MULTILINE)
    return row.split("|")[5].strip()


COMMANDS: dict[str, Printed] = {
    "eval report": eval_report,
    "eval compare": eval_compare,
    "bench load": bench_load,
    "bench latency": bench_latency,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_prints_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert COMMANDS[command](tmp_path, TIMES, capsys) == RIGHT
