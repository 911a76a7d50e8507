"""Reading question files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sot.errors import ConfigError
from sot.evals.dataset.load import SUITABLE, read_questions


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "questions"
        path.write_bytes(content)
        return path

    return write


def test_the_questions_that_come_along_suit_skeletons() -> None:
    questions = read_questions(SUITABLE)
    assert len(questions) == len(set(questions)) == 20
    assert all(question.endswith(("?", ".")) for question in questions)


@pytest.mark.parametrize(
    "content",
    [
        "Why?\n\n  日本? \r\n",
        "\ufeffWhy?\n日本?",
        '{"question": "Why?"}\n{"instruction": "日本?"}\n',
        '{"turns": ["Why?", "And then?"], "question": null}\n\n日本?\n',
        'Why?\n {"question": "日本?", "instruction": "other"}',
        "Why?\n日本?\u2028\n",
    ],
)
def test_lines_and_json_lines(write: Callable[[bytes], Path], content: str) -> None:
    assert read_questions(write(content.encode())) == ["Why?", "日本?"]


def test_line_separators_inside_json_do_not_part_it(write: Callable[[bytes], Path]) -> None:
    path = write('{"question": "One\u2028two\x85three?"}\n{"question": "Four?"}\n'.encode())
    assert read_questions(path) == ["One\u2028two\x85three?", "Four?"]


def test_a_limit(write: Callable[[bytes], Path]) -> None:
    path = write(b'Why?\nHow?\n{"broken\n')
    assert read_questions(path, limit=2) == ["Why?", "How?"]
    assert read_questions(path, limit=1) == ["Why?"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'Why?\n\n{"question": \n', "questions:3: not JSON: "),
        (b'{"text": "Why?"}', "questions:1: no text in the field question, instruction or turns"),
        (b'{"question": " "}', "questions:1: no text in the field"),
        (b'{"turns": []}', "questions:1: no text in the field"),
        (b'{"turns": [["Why?"]]}', "questions:1: no text in the field"),
        (b'{"question": ' + b"[" * 100_000, "questions:1: not JSON: "),
        (b"", "questions: no questions"),
        (b"\n \n", "questions: no questions"),
        (b"\xff\xfe", "the questions cannot be read: "),
    ],
)
def test_a_bad_file_is_named_with_its_line(write: Callable[[bytes], Path], content: bytes, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_questions(write(content))
    assert says in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the questions cannot be read: .*nowhere"):
        read_questions(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="the questions cannot be read: "):
        read_questions(tmp_path)
