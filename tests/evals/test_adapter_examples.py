"""Training examples: what is read, what is left out and why, and which files are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sot.errors import ConfigError
from sot.evals.adapter.examples import DATA, main, read_examples

TITLES = ["Regular hours", "Dark bedroom", "Less coffee", "Evening walk", "Quiet reading"]
TEXTS = [
    "Your body learns when to rest. Keep the same hours on weekends.",
    "Light keeps the brain awake. Thick curtains cost little.",
    "Caffeine stays for hours. Drink the last cup at noon, e.g. after lunch. Tea counts as well.",
    "Moving tires the muscles. Ten minutes after dinner are enough.",
    "A calm book slows the mind. Pick one that you have read before.",
]


def example(**changes: Any) -> dict[str, Any]:
    return {"question": "How can I sleep better?", "points": TITLES, "texts": TEXTS, **changes}


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def changed(values: list[str], at: int, value: str) -> list[str]:
    return [*values[:at], value, *values[at + 1 :]]


def test_a_folder_of_files_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", example())
    write(tmp_path / "b.jsonl", example(question="How do I fall asleep?"))
    found = read_examples([tmp_path])
    assert [each.question for each in found.examples] == ["How can I sleep better?", "How do I fall asleep?"]
    assert not found.left_out


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"points": TITLES[:4], "texts": TEXTS[:4]}, "4 points"),
        ({"points": changed(TITLES, 1, "It is dark in the bedroom")}, "6 words"),
        ({"points": changed(TITLES, 1, "Darkness helps you sleep")}, "no heading"),
        ({"points": changed(TITLES, 1, "The regular hours")}, "say the same"),
        ({"texts": changed(TEXTS, 0, "One sentence only.")}, "1 sentences"),
        ({"texts": changed(TEXTS, 0, "It helps a lot. It costs nothing. It does so every")}, "unfinished"),
        ({"texts": changed(TEXTS, 0, "Do this.\n- Rest. Sleep.")}, "list"),
        ({"texts": changed(TEXTS, 0, "I like it. We all do.")}, "I or we"),
        ({"texts": changed(TEXTS, 0, "Regular hours help. They cost nothing.")}, "begins with its title"),
        ({"texts": changed(TEXTS, 0, TEXTS[1])}, "comes twice"),
    ],
)
def test_what_a_model_should_not_learn_is_left_out(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", example(question="Another?"), example(**changes))
    found = read_examples([file])
    assert len(found.examples) == 1
    assert found.left_out[0].startswith(f"{file}:2: ")
    assert why in found.left_out[0]
    assert len(read_examples([file], keep_all=True).examples) == 2


def test_a_question_asked_twice_counts_once(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", example(), example(question="how can i sleep better"))
    found = read_examples([file], keep_all=True)
    assert len(found.examples) == 1
    assert "a.jsonl:1" in found.left_out[0]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("no json", "a.jsonl:2: Invalid JSON"),
        (json.dumps({"points": TITLES, "texts": TEXTS}), "a.jsonl:2: question: "),
        (json.dumps(example(texts=TEXTS[:3])), "5 points, but 3 texts"),
        (json.dumps(example(points=changed(TITLES, 2, " "))), "empty"),
    ],
)
def test_a_broken_line_is_an_error_with_its_place(line: str, why: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", example(), line)
    with pytest.raises(ConfigError) as error:
        read_examples([file])
    assert why in str(error.value)


def test_no_examples_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no \.jsonl file"):
        read_examples([tmp_path])
    with pytest.raises(ConfigError, match=r"missing\.jsonl"):
        read_examples([tmp_path / "missing.jsonl"])
    file = write(tmp_path / "a.jsonl", example(points=TITLES[:4], texts=TEXTS[:4]))
    with pytest.raises(ConfigError, match=r"left out because of .*4 points"):
        read_examples([file])


def test_questions_of_the_measure_are_not_trained_on(tmp_path: Path) -> None:
    asked = "Could you tell me how I can stop biting my nails?"
    file = write(tmp_path / "a.jsonl", example(), example(question=asked))
    found = read_examples([file])
    assert [each.question for each in found.examples] == ["How can I sleep better?"]
    assert "question of the measure" in found.left_out[0]


def test_the_check_lists_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(
        tmp_path / "a.jsonl", example(), example(question="Another?", points=changed(TITLES, 0, "In"))
    )
    assert main([str(file)]) == 0
    write(file, example(), example(question="Another?", points=changed(TITLES, 0, "In a bed")))
    assert main([str(file)]) == 1
    assert "1 examples, 1 left out" in capsys.readouterr().out


def test_the_packaged_examples_are_mostly_good() -> None:
    found = read_examples([DATA])
    assert len(found.left_out) <= len(found.examples) / 20
