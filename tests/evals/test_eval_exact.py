"""Exact-answer scoring: what is read from an answer, and when it counts as right."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import rows

from sot.evals.dataset.question import KINDS, Kind
from sot.evals.run.records import AnswerRecord
from sot.evals.score.exact import exact_score, score_text
from sot.evals.score.numbers import find_numbers, same_number


def found(text: str) -> list[Fraction]:
    return [number.value for number in find_numbers(text)]


class TestNumbers:
    @rows(
        ("text", "value"),
        [
            ("24", 24),
            ("-3", -3),
            ("x = −3", -3),
            ("答えは-3です", -3),
            ("+7", 7),
            ("1,234,567", 1234567),
            ("1'234'567", 1234567),
            ("1\u202f234\u202f567", 1234567),
            ("$1{,}234{,}567$", 1234567),
            (r"1\,234", 1234),
            ("$1,234.50", Fraction("1234.5")),
            ("-$18", -18),
            ("３４．５円", Fraction("34.5")),
            (".75", Fraction(3, 4)),
            ("5/14", Fraction(5, 14)),
            ("2 1/2", Fraction(5, 2)),
            ("½", Fraction(1, 2)),
            (r"\frac{5}{14}", Fraction(5, 14)),
            (r"\boxed{\dfrac{5}{14}}", Fraction(5, 14)),
            ("2e9", 2 * 10**9),
            ("1.5E-3", Fraction(15, 10**4)),
            ("2.9 × 10^9", 29 * 10**8),
            (r"2.9 \times 10^{9}", 29 * 10**8),
            ("5·10² m", 500),
            ("10⁹", 10**9),
            ("2^10", 1024),
            ("3 billion", 3 * 10**9),
            ("2.5 Million people", 2_500_000),
            ("30億回", 3 * 10**9),
            ("1万5000円", 15000),
            ("1億2345万", 123_450_000),
            ("four socks", 4),
        ],
    )
    def test_as_people_write_them(self, text: str, value: Fraction | int) -> None:
        assert found(text) == [value]

    @pytest.mark.parametrize(
        ("text", "values"),
        [
            ("10-3 = 7", [10, 3, 7]),
            ("336 m²", [336]),
            ("336 m^2 and H2O and x_1", [336]),
            ("- 24 bags\n- 5 trays", [24, 5]),
            ("1. First 2) Second", [1, 2]),
            ("between 3–5 and 1/0", [3, 5]),
            ("one digit 7 makes the words silent: two", [7]),
            ("9:40", [9, 40]),
            ("9" * 100, []),
            ("10^999999", []),
        ],
    )
    def test_in_a_text(self, text: str, values: list[int]) -> None:
        assert found(text) == values

    @given(number=st.integers(-(10**12), 10**12))
    def test_a_whole_number_comes_back_however_it_is_grouped(self, number: int) -> None:
        for written in (
            f"{number}",
            f"{number:,}",
            f"{number:_}",
            f"so it is {number:,} kg.",
            f"**{number}**",
        ):
            assert found(written) == [number]

    @given(number=st.decimals(-(10**6), 10**6, places=3))
    def test_a_decimal_comes_back(self, number: object) -> None:
        assert found(f"about {number:,} metres") == [Fraction(str(number))]

    @given(above=st.integers(0, 10**4), below=st.integers(1, 10**4))
    def test_a_fraction_comes_back(self, above: int, below: int) -> None:
        assert found(f"{above}/{below}") == found(rf"\frac{{{above}}}{{{below}}}") == [Fraction(above, below)]

    @given(text=st.text() | st.text("0123456789.,/^e-−%$万億 {}\\frac×"))
    def test_never_raises(self, text: str) -> None:
        for number in find_numbers(text):
            assert same_number(number, number)


def right(kind: Kind, reference: str, text: str, final: str | None = None) -> bool:
    return score_text(kind, reference, text, final).correct


class TestNumberAnswers:
    @rows(
        ("reference", "text"),
        [
            ("24", "18 × 24 = 432, of which 384 are left. 384 / 16 = 24 bags."),
            ("24", "The answer is **24**.\n\nThis uses 18 trays and 24 rolls, 16 to a bag."),
            ("24", "### Final Answer: 24 bags\n\nChecked 2 times."),
            ("24", r"So we get \boxed{24} bags of 16."),
            ("24", r"\boxed{24\text{ bags}} for 18 trays"),
            ("24", "答えは２４袋です。1袋は16個。"),
            ("12", "The answer is 3 × 4 = 12."),
            ("18", "The answer is 18 (that is 9 times 2)."),
            ("1004", "#### 1,004"),
            ("5/14", "The probability is 20/56."),
            ("5/14", "about 0.357"),
            ("5/14", "about 0.36"),
            ("25%", "0.25"),
            ("25%", "25"),
            ("0.25", "25 %"),
            ("25", "25 percent"),
            ("2121.80", "2121.8 euros"),
            ("2121.80", "2,121.7998 euros"),
            ("4", "You need four socks."),
            ("2e9..4.5e9", "Roughly 3 billion beats."),
            ("25000..80000", "約5万粒です"),
        ],
    )
    def test_right(self, reference: str, text: str) -> None:
        assert right("number", reference, text)

    @pytest.mark.parametrize(
        ("reference", "text"),
        [
            ("24", "The answer is 25. Not 24."),
            ("24", "24.4"),
            ("24", "-24"),
            ("24", "I do not know."),
            ("24", ""),
            ("5/14", "0.3"),
            ("5/14", "0.4"),
            ("5/14", "5/15"),
            ("2121.80", "2121.7"),
            ("2e9..4.5e9", "3 million"),
            ("no number", "3"),
        ],
    )
    def test_wrong(self, reference: str, text: str) -> None:
        assert not right("number", reference, text)

    def test_the_final_answer_counts_before_everything_else(self) -> None:
        score = score_text("number", "7", "The answer is 8. \\boxed{9} 10", "x = 7")
        assert score == (True, "7")

    def test_a_final_answer_without_a_number_leaves_the_text(self) -> None:
        assert right("number", "7", "so it is 7", "see above")


class TestChoices:
    @rows(
        ("text", "final"),
        [
            ("C", None),
            ("c)", None),
            ("(C)", None),
            ("The answer is (C) Cleo.", None),
            ("The answer is C.", None),
            ("**C. Cleo**", None),
            ("So it must be option C", None),
            ("(A) is out, (B) is out. That leaves (C).", None),
            (r"\boxed{\text{C}}", None),
            ("（Ｃ）", None),
            ("A long story about (A).", "C"),
            ("答えは(C)です。(A)ではありません。", None),
        ],
    )
    def test_right(self, text: str, final: str | None) -> None:
        assert right("choice", "(C)", text, final)
        assert right("choice", "C", text, final)

    @pytest.mark.parametrize(
        "text", ["", "A clear case", "I think so", "(A)", "The answer is B, not C.", "Cleo"]
    )
    def test_wrong(self, text: str) -> None:
        assert not right("choice", "(C)", text)


class TestTexts:
    @pytest.mark.parametrize(
        ("reference", "text"),
        [
            ("no", "No, because no trone is blue."),
            ("no", "Nothing here is blue, so the answer is: no."),
            ("Saturday", "Tomorrow is Saturday."),
            ("土曜日", "明日は土曜日です。"),
            ("west", "She looks West!"),
            ("34 55", "It prints:\n\n`34 55`"),
            ("Oskar", "Mara, Nils, Oskar, Pia, Quentin.\n\nTherefore **Oskar** sits in the middle."),
            ("sofa|couch", "The answer is the couch"),
            ("} ]", "Both are open.\n\n**Answer:**\n\n} ]"),
        ],
    )
    def test_right(self, reference: str, text: str) -> None:
        assert right("text", reference, text)

    @pytest.mark.parametrize(
        ("reference", "text"),
        [
            ("no", "Yes, no trone is blue, so it can."),
            ("no", "That is not known."),
            ("west", "She looks east, not west."),
            ("west", "Northwestern"),
            ("Oskar", "I take Nils."),
            ("Oskar", ""),
        ],
    )
    def test_wrong(self, reference: str, text: str) -> None:
        assert not right("text", reference, text)


@given(
    kind=st.sampled_from(KINDS),
    reference=st.text(),
    text=st.text() | st.text("(ABC) answer is:\\boxed{}0123./%"),
    final=st.none() | st.text(),
)
def test_scoring_never_raises(kind: Kind, reference: str, text: str, final: str | None) -> None:
    score = score_text(kind, reference, text, final)
    assert score.found is not None or not score.correct


def test_a_mark_that_is_said_again_and_again_in_one_line() -> None:
    for piece in ("the answer is ", "is \\boxed{ ² the answer is ", "答えは * ( { _ 千 ı \\text{ "):
        for kind, reference in (("number", "5"), ("text", "zz"), ("choice", "A")):
            assert not score_text(kind, reference, piece * (30_000 // len(piece))).correct
    assert score_text("number", "5", "the answer is " * 2_000 + "5").correct


class TestRecords:
    @staticmethod
    def record(**changes: object) -> AnswerRecord:
        fields: dict[str, object] = {
            "question_id": "q",
            "strategy": "cot",
            "question": "2 + 2?",
            "reference": "4",
            "kind": "number",
            "status": "done",
            "answer": {"text": "It is 4, as 1 + 3.", "final_answer": "4"},
            "started_at": "2025-01-01T00:00:00+00:00",
        }
        return AnswerRecord.model_validate({**fields, **changes})

    def test_a_done_answer_is_scored(self) -> None:
        score = exact_score(self.record())
        assert score is not None
        assert score.correct

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": "failed", "answer": None, "error": "gone"},
            {"kind": "open"},
            {"reference": None},
        ],
    )
    def test_what_cannot_be_scored_counts_neither_way(self, changes: dict[str, object]) -> None:
        assert exact_score(self.record(**changes)) is None
