"""What is said about an answer's text without a judge."""

from __future__ import annotations

import pytest
from made_run import made_answer

from sot.evals.text_checks import PointChecks, distinct, point_checks, words
from sot.serialise import AnswerJson


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Don't stop, 2 cats!", ["don", "t", "stop", "2", "cats"]),
        ("", []),
        ("**…** —", []),
        ("猫が好き", ["猫", "が", "好", "き"]),
        ("東京 Tower 333", ["東", "京", "tower", "333"]),
        ("naïve snake_case", ["naïve", "snake", "case"]),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_distinct_looks_at_the_same_length_of_every_text() -> None:
    assert distinct("one two three") == 1
    assert distinct("again and again and again") == 0.5
    assert distinct("one") is None
    varied = " ".join(f"w{number}" for number in range(100))
    assert distinct(f"{varied} {varied}") == 1  # what comes after the first hundred words does not count


class TestPoints:
    def test_different_points_of_one_length(self) -> None:
        checks = checked(["the sun is very warm", "rain falls on all roofs"])
        assert checks == PointChecks(2, 0.0, 0.0, 0.0, numbering=True, empty=0)
        assert checks.whole

    def test_a_point_said_twice_is_seen(self) -> None:
        checks = checked(["the sun is very warm", "The sun is very warm.", "rain falls on all roofs"])
        assert checks.worst_overlap == 1
        assert checks.overlap == pytest.approx(1 / 3)

    def test_unequal_lengths_are_seen(self) -> None:
        checks = checked(["one two three", "one two three four five six seven eight nine"])
        assert checks.imbalance == pytest.approx(0.5)

    def test_a_missing_point_is_seen(self) -> None:
        checks = checked(["the sun is very warm", ""])
        assert checks.empty == 1
        assert not checks.whole

    def test_a_gap_in_the_numbers_is_seen(self) -> None:
        checks = checked(["a b c", "d e f"], text="1. **One**: a b c\n\n3. **Two**: d e f")
        assert not checks.numbering

    def test_a_point_that_runs_on_into_another_is_seen(self) -> None:
        checks = checked(["a b c\n2. d", "d e f"])
        assert not checks.numbering

    def test_an_answer_without_points_has_no_checks(self) -> None:
        assert point_checks(AnswerJson.model_validate(made_answer("Plain."))) is None


def checked(points: list[str], text: str = "") -> PointChecks:
    checks = point_checks(AnswerJson.model_validate(made_answer(text, points=points)))
    assert checks is not None
    return checks
