"""What is said about an answer's text without a judge."""

from __future__ import annotations

import math

import pytest
from made_run import made_answer

from sot.evals.score.text_checks import (
    PointChecks,
    Style,
    differences,
    distinct,
    point_checks,
    repetition,
    style,
    words,
)
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


class TestStyle:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("Plain words - with a dash, 3. and **no bold", Style(0, 0, 0)),
            ("1. **Sleep**: early.\n2. **Light**: none.\n\n   - dark\n   * cool", Style(4, 0, 2)),
            ("## Sleep\n### Light\n#hashtag\n__now__", Style(0, 2, 1)),
            ("1、早く寝る\n・**暗く**する", Style(0, 0, 1)),
            ("```\n- x\n# y\n**z**\n```\n- seen", Style(1, 0, 0)),
        ],
    )
    def test_lists_headings_and_bold_are_counted(self, text: str, found: Style) -> None:
        assert style(text) == found

    def test_differences_are_symmetric_and_zero_between_like_answers(self) -> None:
        listed, plain = "- one two\n- three four", "one two three four five six seven eight"
        found = differences(listed, plain)
        assert found is not None
        assert found == {
            "length": pytest.approx(-math.log(2)),
            "list items": 1.0,
            "headings": 0.0,
            "bold": 0.0,
        }
        assert differences(plain, listed) == {name: -value for name, value in found.items()}
        assert set((differences(plain, plain) or {"": 1}).values()) == {0.0}
        assert differences("", plain) is None


class TestRepetition:
    @pytest.mark.parametrize(
        ("text", "share"),
        [
            ("Keep the room dark. Go to bed early.", 0.0),
            ("Keep the room very dark. Go to bed quite early. Keep the room very dark!", 1 / 3),
            ("1. **A**: Keep the room very dark.\n2. **B**: keep the room very dark.", 0.5),
            ("早く寝ることが大事です。部屋を暗くします。早く寝ることが大事です。", 1 / 3),
            ("- Yes, it is.\n- Yes, it is.", None),  # too short to tell
            ("| a | b | c | d | e |\n| a | b | c | d | e |", None),
            ("```\nfor a in the list\nfor a in the list\n```", None),
            ("", None),
        ],
    )
    def test_sentences_said_again_are_counted(self, text: str, share: float | None) -> None:
        assert repetition(text) == (None if share is None else pytest.approx(share))

    def test_nearly_the_same_words_are_a_repetition_and_the_same_topic_is_none(self) -> None:
        said = "Regular exercise in the morning helps most people to fall asleep at night."
        again = "Regular exercise in the morning helps most people to fall asleep at bedtime."
        other = "People who walk in the morning often say that they sleep better at night."
        assert repetition(f"{said} {again}") == 0.5
        assert repetition(f"{said} {other}") == 0


class TestPoints:
    def test_different_points_of_one_length(self) -> None:
        checks = checked(["the sun is very warm", "rain falls on all roofs"])
        assert checks == PointChecks(
            2, 0.0, 0.0, numbering=True, empty=0, repeated=0, on_title=0, in_order=True
        )
        assert checks.whole

    def test_a_point_said_twice_is_seen(self) -> None:
        checks = checked(["the sun is very warm", "The sun is very warm.", "rain falls on all roofs"])
        assert checks.overlap == pytest.approx(1 / 3)
        assert checks.repeated == 1

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

    def test_a_point_that_says_another_one_again_is_counted(self) -> None:
        said = "the sun is very warm and bright in the summer"
        assert checked([said, f"{said} too", "rain falls on all roofs"]).repeated == 1

    @pytest.mark.parametrize(
        ("title", "text", "follows"),
        [
            ("Regular exercise", "Exercising every day helps.", True),
            ("Hydration", "Drink enough to stay hydrated.", True),
            ("Regular exercise", "Go to bed early.", False),
            ("The sea", "A sea breeze cools.", False),  # no word of four letters: runs of two words
            ("睡眠時間", "毎日の睡眠は七時間です。", True),
            ("睡眠時間", "水を飲みます。", False),
        ],
    )
    def test_a_point_is_on_its_title_where_a_telling_word_of_it_returns(
        self, title: str, text: str, *, follows: bool
    ) -> None:
        answer = made_answer("", points=[text])
        answer["points"][0]["title"] = title
        checks = point_checks(AnswerJson.model_validate(answer))
        assert checks is not None
        assert checks.on_title == follows

    def test_a_word_that_several_titles_share_tells_nothing(self) -> None:
        answer = made_answer("", points=["The brakes are good.", "A good price.", "Good tyres."])
        for point, title in zip(answer["points"], ("Good brakes", "Good lights", "Good"), strict=True):
            point["title"] = title
        checks = point_checks(AnswerJson.model_validate(answer))
        assert checks is not None
        assert checks.on_title == 2  # the brakes, and what has no other word

    def test_titles_out_of_order_or_lost_are_seen(self) -> None:
        assert checked(["a b c", "d e f"]).in_order
        assert not checked(["a b c", "d e f"], text="1. **Point 2**: d\n\n2. **Point 1**: a").in_order
        assert not checked(["a b c", "d e f"], text="1. **Point 1**: a").in_order

    def test_an_answer_without_points_has_no_checks(self) -> None:
        assert point_checks(AnswerJson.model_validate(made_answer("Plain."))) is None


def checked(points: list[str], text: str = "") -> PointChecks:
    checks = point_checks(AnswerJson.model_validate(made_answer(text, points=points)))
    assert checks is not None
    return checks
